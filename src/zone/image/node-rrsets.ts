// The RRsets of a node as values, copied out of an image.

import { Name } from "#wire";
import { policiesType } from "../policies/choices.ts";
import type { Rrset } from "../rrset.ts";
import { type ArenaView, unitOctets } from "./arena.ts";
import { nameOf, recordAt, rrsetsOf } from "./blocks.ts";

/** The owner name of a node. */
export function readOwner(view: ArenaView, node: number): Name {
  const at = nameOf(node);
  return Name.fromOctets(new Uint8Array(view.octets.subarray(at, at + view.octets[node * unitOctets]!)))!;
}

/** The RRsets of a node by ascending type; none where it is empty. Of several sets that are chosen from it is the default beside them. */
export function readRrsets(view: ArenaView, node: number): Rrset[] {
  const owner = readOwner(view, node);
  const rrsets = rrsetsOf(view, node).filter(({ type }) => type !== policiesType);
  return rrsets.map(({ type, at }) => {
    const rdata: Uint8Array[] = [];
    const count = view.halves[4 * at + 1]!;
    for (let i = 0; i < count; i++) {
      const from = recordAt(view, at, i);
      const length = (view.octets[from]! << 8) + view.octets[from + 1]!;
      // A copy in memory of its own: what is shared between threads is not handed to strangers.
      rdata.push(new Uint8Array(view.octets.subarray(from + 2, from + 2 + length)));
    }
    return { owner, type, ttl: view.words[2 * at + 1]!, rdata };
  });
}
