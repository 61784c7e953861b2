// Which RRsets stand apart from a zone's names: NSEC3 and the signatures over it, whose owners are hashes (RFC 5155 section 7.2.8).

import { RrType } from "#wire";
import type { Rrset } from "./rrset.ts";

/** Whether an RRset belongs to the chain of hashes: NSEC3, or RRSIG over it. */
export function isHashed({ type, rdata }: Pick<Rrset, "type" | "rdata">): boolean {
  if (type === RrType.NSEC3) return true;
  const [first] = rdata;
  const covered = first === undefined ? 0 : (first[0]! << 8) + first[1]!;
  return type === RrType.RRSIG && covered === RrType.NSEC3;
}
