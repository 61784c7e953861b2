// What a flow comes to: an EPP result code with an answer and facts, or with a reason. A value, never thrown.

import type { RegistryFact } from "./objects.ts";

/** The EPP result codes that this registry's flows give. @see RFC 5730 section 3 */
export const EppCode = {
  success: 1000,
  parameterMissing: 2003,
  parameterRange: 2004,
  parameterSyntax: 2005,
  notEligibleForRenewal: 2105,
  authorizationError: 2201,
  objectExists: 2302,
  objectDoesNotExist: 2303,
  statusProhibits: 2304,
  associationProhibits: 2305,
  parameterPolicy: 2306,
} as const;
export type EppResultCode = (typeof EppCode)[keyof typeof EppCode];

/** A refusal: nothing changes. */
export interface Refusal {
  readonly code: Exclude<EppResultCode, 1000>;
  /** Why, in words that follow a colon: `it is registered already`. */
  readonly reason: string;
  /** Which rule of the registry it is, for names: the TLD is none of ours, it is not one label below one, or nobody can have the label. */
  readonly cause?: "tld" | "depth" | "reserved";
}

/** A success: what is answered, and what is true from now on. */
export interface Success<Answer> {
  readonly code: 1000;
  readonly answer: Answer;
  readonly facts: readonly RegistryFact[];
}

/** What a flow comes to; `code` tells which of the two. */
export type Outcome<Answer> = Success<Answer> | Refusal;

/** Makes a success. */
export function succeed<Answer>(answer: Answer, facts: readonly RegistryFact[] = []): Success<Answer> {
  return { code: EppCode.success, answer, facts };
}

/** Makes a refusal. */
export function refuse(code: Refusal["code"], reason: string, cause?: Refusal["cause"]): Refusal {
  return { code, reason, ...(cause && { cause }) };
}
