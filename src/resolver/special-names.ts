// Names that no resolver asks servers for: localhost, invalid and onion (RFC 6761, RFC 7686), unless a configured
// tree has them, and the answer to ANY (RFC 8482).

import { Rcode, RrType, type Name } from "#wire";
import type { ResolutionOutcome } from "./outcome.ts";
import { Rank, type CachedRrset } from "./rrset.ts";

/** Seconds that answers of our own making are good for. */
const specialTtl = 3_600;

/** The answer for a special name; undefined for all others. */
export function answerSpecialName(
  name: Name,
  type: number,
  monotonic: number,
): ResolutionOutcome | undefined {
  if (name.isRoot) return undefined;
  switch (name.slice(name.labelCount - 1).key) {
    case "\u0009localhost\0": {
      const rdata =
        type === RrType.A ? [127, 0, 0, 1] : type === RrType.AAAA ? [...Array<number>(15).fill(0), 1] : [];
      const answer = rdata.length > 0 ? [ownRrset(name, type, Uint8Array.from(rdata), monotonic)] : [];
      return ownOutcome(Rcode.NOERROR, answer);
    }
    case "\u0007invalid\0":
    case "\u0005onion\0":
      return ownOutcome(Rcode.NXDOMAIN, []);
    default:
      return undefined;
  }
}

/** The answer to ANY: one made-up HINFO record that says why there is no more (RFC 8482 section 4.2). */
export function answerAny(name: Name, monotonic: number): ResolutionOutcome {
  const rdata = Uint8Array.from([7, ...new TextEncoder().encode("RFC8482"), 0]);
  return ownOutcome(Rcode.NOERROR, [ownRrset(name, RrType.HINFO, rdata, monotonic)]);
}

function ownRrset(name: Name, type: number, rdata: Uint8Array, monotonic: number): CachedRrset {
  return {
    name,
    type,
    ttl: specialTtl,
    expiresAt: monotonic + specialTtl * 1000,
    rdata: [rdata],
    signatures: [],
    rank: Rank.authoritativeAnswer,
  };
}

function ownOutcome(rcode: number, answer: readonly CachedRrset[]): ResolutionOutcome {
  return { rcode, answer, authority: [], errors: [], isFromCache: true, isExhausted: false };
}
