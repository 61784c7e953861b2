// Why text in presentation format was refused: the same codes for RDATA of all types, owners and directives.

import type { Failure } from "./failure.ts";

/** Why a text in presentation format was refused. One word per kind of defect, the same for all record types. */
export type TextFailureCode =
  | "bad-character"
  | "bad-escape"
  | "bad-value"
  | "empty-label"
  | "label-too-long"
  | "name-too-long"
  | "bad-number"
  | "number-too-large"
  | "string-too-long"
  | "unclosed-quote"
  | "nested-parenthesis"
  | "unopened-parenthesis"
  | "unclosed-parenthesis"
  | "missing-value"
  | "unexpected-value"
  | "unknown-type"
  | "unknown-class"
  | "wrong-class"
  | "missing-owner"
  | "missing-ttl"
  | "missing-origin"
  | "length-mismatch"
  | "rdata-too-long"
  | "duplicate-key"
  | "missing-key"
  | "unknown-directive"
  | "include-refused"
  | "include-failed"
  | "include-too-deep"
  | "too-many-includes"
  | "record-too-long"
  | "too-many-records"
  | "too-many-errors";

/** A defect: its kind, its place and what should have stood there. */
export interface TextFailure extends Failure {
  readonly code: TextFailureCode;
  /** Octets from the start of the text. */
  readonly offset: number;
  /** What should have stood there, as words that follow "expected". */
  readonly expected: string;
  /** What stood there instead, shortened; empty where nothing did. */
  readonly found: string;
}

/** Octets of a defect that are quoted in its description. */
export const maxFoundOctets = 40;
