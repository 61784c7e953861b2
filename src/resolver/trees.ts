// Trees of the DNS (TERMS.md): which root, port and part of the cache a name belongs to. The most
// specific configured suffix chooses, before any look-up and again at each CNAME and DNAME step; names under no suffix
// go the way `outside` says.

import type { NegativeAnchorObject, OutsideObject, TreeObject } from "#contract";
import { formatAddress, isIpv4, isNearby, parseAddress, type Endpoint } from "#engine";
import { dsOf, readPublicKey, type TrustAnchor } from "#dnssec";
import { Name, parseZoneFile, RrType } from "#wire";
import { publicRootHints } from "./public-root-hints.ts";

/** What control tells the resolver. */
export interface ResolverConfiguration {
  readonly trees: readonly TreeObject[];
  readonly outside: OutsideObject;
  /** Absent: none. */
  readonly negativeAnchors?: readonly NegativeAnchorObject[];
}

/** A name at and below which nothing is validated for a while: a negative trust anchor. @see RFC 7646 */
export interface UnvalidatedName {
  readonly name: Name;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A root server by name and addresses. */
export interface RootHint {
  readonly name: Name;
  readonly addresses: readonly Uint8Array[];
}

/** A tree, ready for use. */
export interface Tree {
  readonly id: string;
  readonly hints: readonly RootHint[];
  /** The port of its authoritative servers. */
  readonly authorityPort: number;
  readonly isPrivate: boolean;
  /** What answers are validated from; none where they are not. */
  readonly anchors: readonly TrustAnchor[];
}

/** Where a name is resolved. */
export type Place =
  | { readonly kind: "tree"; readonly tree: Tree }
  | { readonly kind: "forward"; readonly forwarders: readonly Endpoint[] }
  | { readonly kind: "refuse" };

/** The part of the cache that forwarded answers are in. No tree may have this id: "#" is in no id of control's. */
export const forwardPartition = "#forward";

const publicTree = (): Tree => ({
  id: "#public",
  hints: readHints(publicRootHints),
  authorityPort: 53,
  isPrivate: false,
  anchors: [],
});

/** Trees by suffix. Immutable: a new configuration is a new object. */
export class Trees {
  /** Of each name one. */
  readonly negativeAnchors: readonly UnvalidatedName[];
  readonly #bySuffix = new Map<string, Place>();
  readonly #outside: Place;
  /** Where the root itself is: who validates from it (delv, Unbound, drill) asks for its keys. */
  readonly #root: Place;

  /** Suffixes and addresses that cannot be read are left out: the schema and control answer for them. */
  constructor(configuration: ResolverConfiguration) {
    for (const object of configuration.trees) {
      const place: Place = {
        kind: "tree",
        tree: {
          id: object.id,
          hints: readHints(object.rootHints),
          authorityPort: object.authorityPort,
          isPrivate: object.isPrivate,
          anchors: readAnchors(object.trustAnchors ?? []),
        },
      };
      for (const suffix of object.suffixes) {
        const name = Name.parse(suffix);
        if (name.ok) this.#bySuffix.set(name.value.key, place);
      }
    }
    this.negativeAnchors = (configuration.negativeAnchors ?? []).flatMap(({ name, until }) => {
      const read = Name.parse(name);
      return read.ok ? [{ name: read.value, until }] : [];
    });
    this.#outside = outsidePlace(configuration.outside);
    // Where there is another root outside, "." is that one's.
    const [own] = this.#bySuffix.values();
    this.#root = (this.#outside.kind === "refuse" && own) || this.#outside;
  }

  /** The configured trees, and the public one where names outside are iterated. */
  all(): Tree[] {
    const trees = new Set<Tree>();
    for (const place of [...this.#bySuffix.values(), this.#outside]) {
      if (place.kind === "tree") trees.add(place.tree);
    }
    return [...trees];
  }

  /** Whether a tree of this id is entered by the same servers here. */
  hasSameRoot(tree: Tree): boolean {
    const here = this.all().find(({ id }) => id === tree.id);
    return here !== undefined && describeRoot(here) === describeRoot(tree);
  }

  /** Whether a tree of this id is validated from the same anchors here. */
  hasSameAnchors(tree: Tree): boolean {
    const here = this.all().find(({ id }) => id === tree.id);
    return here !== undefined && describeAnchors(here) === describeAnchors(tree);
  }

  /** Whether a configured tree is for this name, the tree for all names (".") not counted. */
  isConfigured(name: Name): boolean {
    for (let drop = 0; drop < name.labelCount; drop++) {
      if (this.#bySuffix.has(name.slice(drop).key)) return true;
    }
    return false;
  }

  /** Where a name is resolved. */
  placeOf(name: Name): Place {
    for (let drop = 0; drop <= name.labelCount; drop++) {
      const place = this.#bySuffix.get(name.slice(drop).key);
      if (place) return place;
    }
    return name.isRoot ? this.#root : this.#outside;
  }
}

/** The part of the cache for what was not validated of a tree that is: sent to those alone who asked with CD, and used for walking. */
export function uncheckedPartitionOf(place: Place): string {
  const partition = partitionOf(place);
  return isValidated(place) ? `${partition}#unchecked` : partition;
}

/** Whether what comes of a place is validated. */
export function isValidated(place: Place): place is Extract<Place, { kind: "tree" }> {
  return place.kind === "tree" && place.tree.anchors.length > 0;
}

/** The part of the cache for a place. */
export function partitionOf(place: Place): string {
  return place.kind === "tree" ? place.tree.id : place.kind === "forward" ? forwardPartition : "#refuse";
}

/**
 * Tells whether a server may be asked at an address. In the public tree nobody's data sends us to our own machine or
 * network, and nowhere at all to addresses that are no host's.
 */
export function mayAsk(tree: Tree, address: Uint8Array): boolean {
  return !isNoHost(address) && (tree.isPrivate || !isNearby(address));
}

/** Unspecified, "this network", multicast, reserved and broadcast addresses (RFC 6890). */
function isNoHost(address: Uint8Array): boolean {
  if (isIpv4(address)) {
    const first = address[12] ?? 0;
    return first === 0 || first >= 224;
  }
  return address[0] === 0xff || address.every((octet) => octet === 0);
}

function describeRoot(tree: Tree): string {
  const hints = tree.hints.map(
    ({ name, addresses }) => `${name.key} ${addresses.map(formatAddress).sort().join(" ")}`,
  );
  return `${tree.authorityPort} ${hints.sort().join("; ")}`;
}

function describeAnchors(tree: Tree): string {
  return tree.anchors
    .map(
      ({ zone, ds }) =>
        `${zone.key} ${ds
          .map((rdata) => rdata.join())
          .sort()
          .join(" ")}`,
    )
    .sort()
    .join("; ");
}

/** Anchors by zone. A key stands for its DS; what cannot be read, or is of an algorithm that is not known, is left out. */
function readAnchors(lines: readonly string[]): TrustAnchor[] {
  const { records } = parseZoneFile(`${lines.join("\n")}\n`, { origin: Name.root, ttl: 0 });
  const byZone = new Map<string, { zone: Name; ds: Uint8Array[] }>();
  for (const { name, type, rdata } of records) {
    const key = type === RrType.DNSKEY ? readPublicKey(rdata, true) : undefined;
    const ds = type === RrType.DS ? rdata : key && dsOf(name, key);
    if (!ds) continue;
    const anchor = byZone.get(name.key) ?? { zone: name, ds: [] };
    anchor.ds.push(ds);
    byZone.set(name.key, anchor);
  }
  return [...byZone.values()];
}

function outsidePlace(outside: OutsideObject): Place {
  switch (outside.policy) {
    case "iterate":
      return { kind: "tree", tree: publicTree() };
    case "refuse":
      return { kind: "refuse" };
    case "forward":
      return {
        kind: "forward",
        forwarders: outside.forwarders.flatMap(({ address, port }) => {
          const octets = parseAddress(address);
          return octets ? [{ address: octets, port }] : [];
        }),
      };
  }
}

function readHints(hints: TreeObject["rootHints"]): RootHint[] {
  return hints.flatMap((hint) => {
    const name = Name.parse(hint.name);
    const addresses = hint.addresses
      .map((text) => parseAddress(text))
      .filter((octets) => octets !== undefined);
    return name.ok && addresses.length > 0 ? [{ name: name.value, addresses }] : [];
  });
}
