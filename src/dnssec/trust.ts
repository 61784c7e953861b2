// The chain of trust (RFC 4035 section 5): what is asked on the way, what comes of it, and how what is wrong is told. The way down is
// in zone-trust.ts, judging an answer with what it leads to in judgement.ts.

import { type Name, type RrType, typeName } from "#wire";
import type { PublicKey } from "./key.ts";
import type { SignedRrset } from "./sign-zone.ts";
import type { RrsetVerdict, VerifyWork } from "./verify.ts";

/** A question on the way down. */
export interface TrustQuestion {
  readonly name: Name;
  readonly type: typeof RrType.DS | typeof RrType.DNSKEY;
  /** Whether servers must be asked, because what was known before did not fit. */
  readonly isFresh: boolean;
}

/** What was found for a question, as it came. */
export type TrustFound =
  | { readonly kind: "answer"; readonly rrset: SignedRrset }
  /** An alias stands at the name. */
  | { readonly kind: "alias"; readonly rrset: SignedRrset }
  | { readonly kind: "negative"; readonly authority: readonly SignedRrset[] }
  | { readonly kind: "failed" };

/** Why something is bogus, or is insecure though its zone is signed. */
export interface TrustReason {
  readonly code:
    | Extract<RrsetVerdict, { isSecure: false }>["reason"]
    | "no-dnskey"
    | "no-denial"
    | "no-answer"
    | "opt-out"
    | "negative-anchor"
    | "too-many-rounds"
    | "unknown-algorithm"
    | "unknown-digest";
  /** In words, with the name that it is about. */
  readonly text: string;
}

/** What is known of the zone that a name is in. */
export type ZoneTrust =
  | { readonly kind: "secure"; readonly zone: Name; readonly keys: readonly PublicKey[] }
  | { readonly kind: "insecure"; readonly reason?: TrustReason }
  | { readonly kind: "bogus"; readonly reason: TrustReason };

/** What came of validating. The TTL in seconds is the most that what was validated may be kept for. */
export type Judgement =
  | { readonly kind: "secure"; readonly ttl: number }
  | { readonly kind: "insecure"; readonly reason?: TrustReason }
  | { readonly kind: "bogus"; readonly reason: TrustReason };

/** A zone whose keys are trusted from the start. */
export interface TrustAnchor {
  readonly zone: Name;
  /** RDATA of DS records. */
  readonly ds: readonly Uint8Array[];
}

/** What validating needs besides. */
export interface TrustContext {
  readonly anchors: readonly TrustAnchor[];
  /** Names at and below which nothing is validated, but below an anchor that lies deeper (RFC 7646 section 2). */
  readonly negativeAnchors?: readonly Name[];
  /** Seconds since 1970. */
  readonly now: number;
  /** What is left of the checks for the whole query. */
  readonly work: VerifyWork;
  /** What was found before, by name of the zone cut or of a name that is none. */
  get(name: Name): ZoneTrust | undefined;
  /** Keeps it, for no longer than this many seconds. */
  put(name: Name, trust: ZoneTrust, ttl: number): void;
  /** Forgets what was found of a zone, unless that was a moment ago; @returns whether it did. */
  forget(zone: Name): boolean;
}

/** A part of the work: yields questions, is given what was found, ends with `T`. */
export type TrustSteps<T> = Generator<TrustQuestion, T, TrustFound>;

/** Most signature checks for all that one query needs: an answer of eight aliases, each in zones of their own five cuts deep, takes 120. */
export const maxChecksPerQuery = 200;

/** What is bogus, for a reason. */
export function bogus(code: TrustReason["code"], words: string): Extract<Judgement, { kind: "bogus" }> {
  return { kind: "bogus", reason: { code, text: words } };
}

/** Names hashed so often that what they prove counts for nothing (RFC 9276 section 3.2). @param zone  absent: whichever it is */
export function tooManyRounds(zone?: Name): TrustReason {
  const where = zone ? ` in ${text(zone)}` : "";
  return { code: "too-many-rounds", text: `names are hashed more often than is believed${where}` };
}

/** An RRset in words, for reasons. */
export function describe({ owner, type }: Pick<SignedRrset, "owner" | "type">): string {
  return `${text(owner)} ${typeName(type)}`;
}

/** A name in words, for reasons. */
export function text(name: Name): string {
  return `"${name.toString()}"`;
}
