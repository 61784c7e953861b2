// The RRsets of a node as values, copied out of an image.

import { Name } from "#wire";
import { policiesType } from "../policies/choices.ts";
import type { Rrset } from "../rrset.ts";
import type { ArenaView } from "./arena.ts";
import { countOf, firstRrset, nameOf, nextRrset, recordAt } from "./blocks.ts";

/** The owner name of a node. */
export function readOwner(view: ArenaView, node: number): Name {
  return Name.fromOctets(view.octets, nameOf(node))!;
}

/** The RRsets of a node by ascending type; none where it is empty. Of several sets that are chosen from it is the default beside them. */
export function readRrsets(view: ArenaView, node: number): Rrset[] {
  const owner = readOwner(view, node);
  const rrsets: Rrset[] = [];
  let at = firstRrset(view, node);
  for (let left = countOf(view, node); left > 0; left--) {
    if (view.halves[4 * at] !== policiesType) rrsets.push(copyRrset(view, owner, at));
    if (left > 1) at = nextRrset(view, at);
  }
  return rrsets;
}

/** The RRset of one type of a node; undefined where it has none. */
export function readRrset(view: ArenaView, node: number, type: number): Rrset | undefined {
  let at = firstRrset(view, node);
  for (let left = countOf(view, node); left > 0; left--) {
    if (view.halves[4 * at] === type) return copyRrset(view, readOwner(view, node), at);
    if (left > 1) at = nextRrset(view, at);
  }
  return undefined;
}

function copyRrset(view: ArenaView, owner: Name, at: number): Rrset {
  const rdata: Uint8Array[] = [];
  const count = view.halves[4 * at + 1]!;
  for (let i = 0; i < count; i++) {
    const from = recordAt(view, at, i);
    const length = (view.octets[from]! << 8) + view.octets[from + 1]!;
    // A copy in memory of its own: what is shared between threads is not handed to strangers.
    rdata.push(copyOctets(view, from + 2, length));
  }
  return { owner, type: view.halves[4 * at]!, ttl: view.words[2 * at + 1]!, rdata };
}

/** Few octets are copied one by one: a view of the shared memory costs more. */
function copyOctets({ octets }: ArenaView, at: number, length: number): Uint8Array {
  if (length > 64) return new Uint8Array(octets.subarray(at, at + length));
  const copy = new Uint8Array(length);
  for (let i = 0; i < length; i++) copy[i] = octets[at + i]!;
  return copy;
}
