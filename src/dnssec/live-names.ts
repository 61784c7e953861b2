// The names of a zone that is kept signed, in canonical order (RFC 4034 section 6.1): which lie below others, which are hidden by a cut or DNAME,
// and which are next to each other in the chain.

import { type Name, RrType } from "#wire";
import type { ZoneNode } from "./authority.ts";
import { LiveNode, placeOf } from "./live-node.ts";

/** See the head of this file. */
export class LiveNames {
  readonly #apex: Name;
  readonly #nodes = new Map<string, LiveNode>();
  /** All owners in canonical order. */
  readonly #order: LiveNode[] = [];
  /** Nodes that are open: those that the change at hand has touched. */
  readonly #opened = new Set<LiveNode>();

  constructor(apex: Name) {
    this.#apex = apex;
  }

  /** All nodes in order. */
  get all(): readonly LiveNode[] {
    return this.#order;
  }

  /** The node of an owner. */
  get({ key }: Name): LiveNode | undefined {
    return this.#nodes.get(key);
  }

  /** Where an owner stands, or would. */
  placeFrom(place: string): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const node = this.#order[middle];
      if (node && node.place < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Closes what is open. */
  close(): void {
    for (const node of this.#opened) node.close();
  }

  /** Makes the node of an owner that has none. */
  insert(owner: Name): LiveNode {
    const node = new LiveNode(owner, this.#opened);
    this.#nodes.set(owner.key, node);
    // A zone that is loaded comes in order mostly.
    const last = this.#order.at(-1);
    if (!last || last.place < node.place) this.#order.push(node);
    else this.#order.splice(this.placeFrom(node.place), 0, node);
    return node;
  }

  /** Takes a node away. */
  remove(node: LiveNode): void {
    this.#nodes.delete(node.owner.key);
    this.#order.splice(this.placeFrom(node.place), 1);
  }

  /** A node that was taken away needs not be closed any more. */
  forget(node: LiveNode): void {
    this.#opened.delete(node);
  }

  /** The nodes below a node, in order. */
  *below(node: LiveNode): Generator<LiveNode> {
    for (let at = this.placeFrom(node.place); at < this.#order.length; at++) {
      const other = this.#order[at];
      if (!other?.place.startsWith(node.place)) return;
      if (other !== node) yield other;
    }
  }

  /** Whether what lies below a node is hidden by it. */
  hides({ owner, rrsets }: LiveNode): boolean {
    return rrsets.has(RrType.DNAME) || (rrsets.has(RrType.NS) && !owner.equals(this.#apex));
  }

  /** What a node is by those above it and what is at it. */
  kindOf(node: LiveNode): ZoneNode["kind"] {
    for (let name = node.owner; name.labelCount > this.#apex.labelCount;) {
      name = name.parent() ?? this.#apex;
      const above = this.#nodes.get(name.key);
      if (above && this.hides(above)) return "below";
    }
    if (node.owner.equals(this.#apex)) return "apex";
    return node.rrsets.has(RrType.NS) ? "cut" : "plain";
  }

  /** The node of the chain before a name: the last one of all where it is the first. */
  linkedBefore(name: Name): LiveNode | undefined {
    const at = this.placeFrom(placeOf(name));
    for (let steps = 1; steps <= this.#order.length; steps++) {
      const node = this.#order[(at - steps + this.#order.length) % this.#order.length];
      if (node && node.kind !== "below") return node;
    }
    return undefined;
  }

  /** The node of the chain behind one of it: the first one of all where it is the last. */
  linkedAfter(node: LiveNode): LiveNode {
    const at = this.placeFrom(node.place);
    for (let steps = 1; steps <= this.#order.length; steps++) {
      const next = this.#order[(at + steps) % this.#order.length];
      if (next && next.kind !== "below") return next;
    }
    return node;
  }
}
