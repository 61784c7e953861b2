// What ACME's objects look like, as far as we use them: members that we do not know are passed over, lists and texts have a most.

import { z } from "zod";

const url = z.string().max(2000);
const word = z.string().max(40);
/** Names of one order; what we ask for has at most ten. */
const maxIdentifiers = 100;
/** Ways to prove one name. */
const maxChallenges = 50;

/** What a server offers. @see RFC 8555 section 7.1.1 */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly revokeCert?: string | undefined;
  /** @see RFC 9773 section 4.1 */
  readonly renewalInfo?: string | undefined;
  readonly meta?:
    | { readonly termsOfService?: string | undefined; readonly externalAccountRequired?: boolean | undefined }
    | undefined;
}

/** A way to prove that a name is ours. @see RFC 8555 section 8 */
export interface Challenge {
  readonly type: string;
  readonly url: string;
  readonly token?: string | undefined;
  /** A problem document, once it has failed. */
  readonly error?: unknown;
}

/** A name with the ways to prove it. @see RFC 8555 section 7.1.4 */
export interface AuthorizationObject {
  readonly status: "pending" | "valid" | "invalid" | "deactivated" | "expired" | "revoked";
  readonly identifier: { readonly type: string; readonly value: string };
  readonly wildcard?: boolean | undefined;
  readonly challenges: readonly Challenge[];
}

/** An order. @see RFC 8555 section 7.1.3 */
export interface OrderObject {
  readonly status: "pending" | "ready" | "processing" | "valid" | "invalid";
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string | undefined;
  readonly error?: unknown;
}

/** Renewal information. @see RFC 9773 section 4.2 */
export interface RenewalObject {
  readonly suggestedWindow: { readonly start: string; readonly end: string };
}

/** Schemas of the above; an account is read for its status alone. */
export const directorySchema: z.ZodType<Directory> = z.object({
  newNonce: url,
  newAccount: url,
  newOrder: url,
  revokeCert: url.optional(),
  renewalInfo: url.optional(),
  meta: z
    .object({ termsOfService: url.optional(), externalAccountRequired: z.boolean().optional() })
    .optional(),
});
export const accountSchema: z.ZodType<{ readonly status: string }> = z.object({ status: word });
export const authorizationSchema: z.ZodType<AuthorizationObject> = z.object({
  status: z.enum(["pending", "valid", "invalid", "deactivated", "expired", "revoked"]),
  identifier: z.object({ type: word, value: z.string().max(300) }),
  wildcard: z.boolean().optional(),
  challenges: z
    .array(
      z.object({ type: word, url, token: z.string().max(500).optional(), error: z.unknown().optional() }),
    )
    .max(maxChallenges),
});
export const orderSchema: z.ZodType<OrderObject> = z.object({
  status: z.enum(["pending", "ready", "processing", "valid", "invalid"]),
  authorizations: z.array(url).max(maxIdentifiers),
  finalize: url,
  certificate: url.optional(),
  error: z.unknown().optional(),
});
export const renewalSchema: z.ZodType<RenewalObject> = z.object({
  suggestedWindow: z.object({ start: word, end: word }),
});
