// The names of one zone of `PlainZones`: which exist, also without RRsets (empty non-terminals), who is below whom,
// and how they are found. Lookups are a hot path (bench/answer.ts): an index keyed by 30-bit hashes, whose entries
// chain where hashes meet.

import { type Name, RrType } from "#wire";
import type { Handles } from "./handles.ts";
import { isSameLabel, isSameName, type NameWalk } from "./name-walk.ts";
import type { Rrset } from "./rrset.ts";

/** A name that exists in a zone: it has RRsets, or names below it that do, or it is the apex. */
export interface Node {
  readonly handle: number;
  readonly owner: Uint8Array;
  readonly hash: number;
  /** Absent for the apex. */
  readonly parent: Node | undefined;
  /** The next node of the zone with the same hash. */
  next: Node | undefined;
  childCount: number;
  /** The child whose label is a single asterisk. */
  wildcard: Node | undefined;
  /** By type number, ascending. */
  readonly rrsets: StoredRrset[];
  /** Has NS and is not the apex. */
  isCut: boolean;
  hasDname: boolean;
}

/** An RRset at a node. */
export interface StoredRrset {
  readonly handle: number;
  value: Rrset;
}

/** The nodes of one zone. */
export class PlainTree {
  readonly apex: Name;
  readonly root: Node;
  readonly #handles: Handles<Node>;
  readonly #walk: NameWalk;
  readonly #byHash = new Map<number, Node>();

  /**
   * @param handles  the table that nodes of all zones are in
   * @param walk  for this tree's own use, shared between trees
   */
  constructor(apex: Name, handles: Handles<Node>, walk: NameWalk) {
    this.apex = apex;
    this.#handles = handles;
    this.#walk = walk;
    walk.read(apex.octets, 0);
    this.root = this.#add(apex.octets, walk.hashes[0]!, undefined);
  }

  /** The child of a node whose label is the one at `at`. As the parent is known, only the label is compared. */
  findChild(parent: Node, hash: number, name: Uint8Array, at: number): Node | undefined {
    let node = this.#byHash.get(hash);
    while (node !== undefined && !(node.parent === parent && isSameLabel(name, at, node.owner, 0))) {
      node = node.next;
    }
    return node;
  }

  /** The node of a name wherever it lies. */
  find(name: Uint8Array, at: number): Node | undefined {
    this.#walk.read(name, at);
    if (this.#walk.labelCount < this.apex.labelCount) return undefined;
    let node = this.#byHash.get(this.#walk.hashes[0]!);
    while (node !== undefined && !isSameName(name, at, node.owner, 0)) node = node.next;
    return node;
  }

  /** The node of a name at or below the apex, made with the empty non-terminals above it where it is not there. */
  make(owner: Name): Node {
    const walk = this.#walk;
    walk.read(owner.octets, 0);
    let node = this.root;
    for (let i = walk.labelCount - this.apex.labelCount - 1; i >= 0; i--) {
      const hash = walk.hashes[i]!;
      const at = walk.labelAt[i]!;
      node = this.findChild(node, hash, owner.octets, at) ?? this.#add(owner.octets.slice(at), hash, node);
    }
    return node;
  }

  /** Takes a node away that no longer exists, and the empty non-terminals above that it was the reason for. */
  prune(from: Node): void {
    let node = from;
    while (node.parent !== undefined && node.rrsets.length === 0 && node.childCount === 0) {
      this.#unlink(node);
      this.#handles.remove(node.handle);
      node.parent.childCount--;
      if (node.parent.wildcard === node) node.parent.wildcard = undefined;
      node = node.parent;
    }
  }

  /** All nodes in no particular order. */
  *nodes(): Generator<Node> {
    for (const first of this.#byHash.values()) {
      for (let node: Node | undefined = first; node !== undefined; node = node.next) yield node;
    }
  }

  #add(owner: Uint8Array, hash: number, parent: Node | undefined): Node {
    const node = this.#handles.add((handle) => ({
      handle,
      owner,
      hash,
      parent,
      next: this.#byHash.get(hash),
      childCount: 0,
      wildcard: undefined,
      rrsets: [],
      isCut: false,
      hasDname: false,
    }));
    this.#byHash.set(hash, node);
    if (parent !== undefined) {
      parent.childCount++;
      if (isAsterisk(owner)) parent.wildcard = node;
    }
    return node;
  }

  #unlink(node: Node): void {
    const first = this.#byHash.get(node.hash);
    if (first === node) {
      if (node.next === undefined) this.#byHash.delete(node.hash);
      else this.#byHash.set(node.hash, node.next);
      return;
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next === node) before.next = node.next;
    }
  }
}

/** Notes what a node's RRsets make of it. */
export function markTypes(node: Node): void {
  node.isCut = node.parent !== undefined && node.rrsets.some((rrset) => rrset.value.type === RrType.NS);
  node.hasDname = node.rrsets.some((rrset) => rrset.value.type === RrType.DNAME);
}

function isAsterisk(owner: Uint8Array): boolean {
  return owner[0] === 1 && owner[1] === 0x2a;
}
