// Signs a change of a zone that is signed and in force, against the zone as it stands: the RRsets that change, the links of the chain beside them, and
// nothing else is read or made. What a change costs does not depend on the size of the zone, with NSEC3 neither: names that come and go are
// hashed, empty non-terminals among them, and no other. With signatures that are to be made anew it is the same: they are a change that
// changes no data.

import { compareOctets, decodeRdata, Name, RrType } from "#wire";
import { madeTypes, type Rrset, type ZoneSnapshot } from "#zone";
import { deniedTypesOf, signedRrsetsOf, type ZoneNode } from "./authority.ts";
import { ChainLinks } from "./chain-links.ts";
import { hashLabel, hashName, hashOfLabel, nsec3Link, nsec3Parameters, nsecLink } from "./denial.ts";
import type { LiveSigning } from "./live-signatures.ts";
import { signRrset } from "./sign.ts";
import { keysFor } from "./sign-zone.ts";
import { goodAmong, signaturesOver } from "./whole-signer.ts";

/** What is to change of a zone, without what a signer makes (RRSIG, NSEC, NSEC3, NSEC3PARAM). */
export interface ZoneEdit {
  readonly put: readonly Rrset[];
  readonly remove: readonly Pick<Rrset, "owner" | "type">[];
  /** Names of records, and of links of an NSEC3 chain, whose signatures are looked at though nothing changes there. */
  readonly renewed?: readonly Name[];
  readonly renewedLinks?: readonly Name[];
}

/** All that is to be put and taken away for it. */
export interface SignedEdit {
  readonly put: readonly Rrset[];
  readonly remove: readonly Pick<Rrset, "owner" | "type">[];
  /** Signatures that were made. */
  readonly made: number;
}

/** A name that the change touches. */
interface TouchedNode {
  readonly owner: Name;
  /** All that is there, signatures and chain too. */
  readonly before: readonly Rrset[];
  /** What is there of the zone's own, by type, as it will be. */
  readonly own: Map<number, Rrset>;
  kind: ZoneNode["kind"];
}

/**
 * Signs a change.
 * @param zone  with all that signing makes of it, in the way that `signing` says
 * @param signing  `renewBefore` is when signatures end that are made anew where they are looked at
 */
export function signEdit(zone: ZoneSnapshot, apex: Name, signing: LiveSigning, edit: ZoneEdit): SignedEdit {
  return new EditSigner(zone, apex, signing).run(edit);
}

class EditSigner {
  readonly #zone: ZoneSnapshot;
  readonly #apex: Name;
  readonly #signing: LiveSigning;
  readonly #nodes = new Map<string, TouchedNode>();
  /** Whether names hide what is below them: as they are, and as they will be. */
  readonly #hidBefore = new Map<string, boolean>();
  readonly #put: Rrset[] = [];
  readonly #remove: Pick<Rrset, "owner" | "type">[] = [];
  #made = 0;

  constructor(zone: ZoneSnapshot, apex: Name, signing: LiveSigning) {
    this.#zone = zone;
    this.#apex = apex;
    this.#signing = signing;
  }

  run(edit: ZoneEdit): SignedEdit {
    for (const { owner, type } of edit.remove) this.#touch(owner).own.delete(type);
    for (const rrset of edit.put) this.#touch(rrset.owner).own.set(rrset.type, rrset);
    for (const node of Array.from(this.#nodes.values())) {
      // A cut or DNAME that comes or goes bears on all that lies below it.
      if (this.#hides(this.#ownOf(node.before), node.owner) === this.#hides(node.own, node.owner)) continue;
      for (const [first] of this.#zone.onward(this.#apex, node.owner, "names")) {
        if (!first?.owner.isSubdomainOf(node.owner)) break;
        this.#touch(first.owner);
      }
    }
    for (const owner of edit.renewed ?? []) this.#touch(owner);
    const dirty = [...this.#nodes.values()].sort((a, b) => Name.compare(a.owner, b.owner));
    for (const node of dirty) node.kind = this.#kindOf(node.owner, node.own);
    switch (this.#signing.denial.kind) {
      case "nsec":
        this.#signWithNsec(dirty);
        break;
      case "nsec3":
        for (const node of dirty) this.#publish(node, undefined);
        this.#signHashed(dirty, edit.renewedLinks ?? []);
        break;
      case "compact":
        for (const node of dirty) this.#publish(node, undefined);
    }
    return { put: this.#put, remove: this.#remove, made: this.#made };
  }

  // Names.

  #touch(owner: Name): TouchedNode {
    const held = this.#nodes.get(owner.key);
    if (held) return held;
    const before = this.#zone.at(this.#apex, owner, "names");
    const node: TouchedNode = {
      owner: before[0]?.owner ?? owner,
      before,
      own: this.#ownOf(before),
      kind: "plain",
    };
    this.#nodes.set(owner.key, node);
    return node;
  }

  #ownOf(rrsets: readonly Rrset[]): Map<number, Rrset> {
    return new Map(rrsets.filter(({ type }) => !madeTypes.has(type)).map((rrset) => [rrset.type, rrset]));
  }

  /** Whether what lies below a name is hidden by it. */
  #hides(own: ReadonlyMap<number, Rrset>, owner: Name): boolean {
    return own.has(RrType.DNAME) || (own.has(RrType.NS) && !owner.equals(this.#apex));
  }

  #isHidden(owner: Name): boolean {
    for (let name = owner; name.labelCount > this.#apex.labelCount;) {
      name = name.parent() ?? this.#apex;
      const touched = this.#nodes.get(name.key);
      if (touched ? this.#hides(touched.own, name) : this.#hidesNow(name)) return true;
    }
    return false;
  }

  /** Whether a name that is not touched hides what is below it. */
  #hidesNow(name: Name): boolean {
    let known = this.#hidBefore.get(name.key);
    if (known === undefined) {
      known = this.#hides(this.#ownOf(this.#zone.at(this.#apex, name, "names")), name);
      this.#hidBefore.set(name.key, known);
    }
    return known;
  }

  #kindOf(owner: Name, own: ReadonlyMap<number, Rrset>): ZoneNode["kind"] {
    if (this.#isHidden(owner)) return "below";
    if (owner.equals(this.#apex)) return "apex";
    return own.has(RrType.NS) ? "cut" : "plain";
  }

  // The chain of names.

  #signWithNsec(dirty: readonly TouchedNode[]): void {
    const links = new ChainLinks(this.#zone, this.#apex, "names");
    const isLinked = ({ own, kind }: TouchedNode): boolean => own.size > 0 && kind !== "below";
    const was = (node: TouchedNode): boolean => node.before.some(({ type }) => type === RrType.NSEC);
    const joined = dirty.filter((node) => isLinked(node) && !was(node)).map(({ owner }) => owner);
    const left = dirty.filter((node) => !isLinked(node) && was(node)).map(({ owner }) => owner);
    links.change(joined, left);
    const toLink = new Map(dirty.map((node) => [node.owner.key, node]));
    for (const owner of [...joined, ...left].sort((a, b) => Name.compare(a, b))) {
      const before = this.#touch(links.before(owner));
      if (toLink.has(before.owner.key)) continue;
      before.kind = this.#kindOf(before.owner, before.own);
      toLink.set(before.owner.key, before);
    }
    for (const node of toLink.values())
      this.#publish(
        node,
        isLinked(node)
          ? nsecLink(viewOf(node), links.after(node.owner), this.#signing.negativeTtl)
          : undefined,
      );
  }

  // The chain of hashes.

  #signHashed(dirty: readonly TouchedNode[], renewed: readonly Name[]): void {
    const { denial, negativeTtl } = this.#signing;
    if (denial.kind !== "nsec3") return;
    const links = new ChainLinks(this.#zone, this.#apex, "hashed");
    /** What each link that was looked at says, if it is there. */
    const types = new Map<string, { readonly owner: Name; readonly types: readonly number[] | undefined }>();
    const isAbove = this.#namesAbove(dirty);
    const seen = new Set<string>();
    const look = (name: Name): void => {
      if (seen.has(name.key)) return;
      seen.add(name.key);
      const owner = this.#apex.prepend(hashLabel(hashName(name, denial.iterations, denial.salt)));
      if (!owner)
        throw new RangeError(
          `Cannot sign ${this.#apex.toString()} with NSEC3: a hashed name would be too long`,
        );
      types.set(owner.key, { owner, types: this.#deniedAt(name, isAbove) });
    };
    for (const { owner } of dirty) {
      look(owner);
      for (let name = owner.parent(); name && name.labelCount > this.#apex.labelCount; name = name.parent())
        look(name);
    }
    const changed = [...types.values()].map((link) => ({ ...link, held: links.held(link.owner) }));
    const joined = changed.filter(({ held, types: now }) => !held && now).map(({ owner }) => owner);
    const left = changed.filter(({ held, types: now }) => held && !now).map(({ owner }) => owner);
    links.change(joined, left);
    const wanted = new Map(changed.filter(({ types: now }) => now).map(({ owner }) => [owner.key, owner]));
    for (const owner of [...joined, ...left].sort((a, b) => Name.compare(a, b))) {
      const before = links.before(owner);
      wanted.set(before.key, before);
    }
    for (const owner of renewed) if (links.held(owner)) wanted.set(owner.key, owner);
    for (const owner of left) {
      wanted.delete(owner.key);
      this.#replace(owner, this.#zone.at(this.#apex, owner, "hashed"), []);
    }
    for (const owner of wanted.values()) {
      const before = this.#zone.at(this.#apex, owner, "hashed");
      const link = nsec3Link(owner, negativeTtl, denial, {
        next: hashOfLabel(links.after(owner).label(0)),
        types: types.get(owner.key)?.types ?? typesIn(before),
      });
      this.#replace(owner, before, [link, signaturesAt(owner, [this.#signed(link, before)])]);
    }
  }

  /** Keys of all names above those touched that will have something. */
  #namesAbove(dirty: readonly TouchedNode[]): ReadonlySet<string> {
    const above = new Set<string>();
    for (const { owner, own } of dirty) {
      if (own.size === 0) continue;
      for (let name = owner.parent(); name && !above.has(name.key); name = name.parent()) above.add(name.key);
    }
    return above;
  }

  /** The types that an NSEC3 says of a name, ascending; undefined where the name has none. */
  #deniedAt(name: Name, isAbove: ReadonlySet<string>): number[] | undefined {
    const { denial } = this.#signing;
    const touched = this.#nodes.get(name.key);
    const own = touched?.own ?? this.#ownOf(this.#zone.at(this.#apex, name, "names"));
    const kind = touched?.kind ?? this.#kindOf(name, own);
    if (kind === "below") return undefined;
    if (own.size === 0) return isAbove.has(name.key) || this.#hasBelow(name) ? [] : undefined;
    const isInsecureCut = kind === "cut" && !own.has(RrType.DS);
    if (isInsecureCut && denial.kind === "nsec3" && denial.hasOptOut) return undefined;
    const types = deniedTypesOf({ owner: name, kind, rrsets: [...own.values()] });
    if (kind === "apex") types.push(RrType.NSEC3PARAM);
    // A cut without DS has nothing that is signed, and no signature in its own name (RFC 5155 section 7.1).
    if (!isInsecureCut) types.push(RrType.RRSIG);
    return types.sort((a, b) => a - b);
  }

  /** Whether a name will have others below it that are there already. */
  #hasBelow(name: Name): boolean {
    for (const [first] of this.#zone.onward(this.#apex, name, "names")) {
      if (!first?.owner.isSubdomainOf(name)) return false;
      if (first.owner.equals(name)) continue;
      const touched = this.#nodes.get(first.owner.key);
      if (!touched || touched.own.size > 0) return true;
    }
    return false;
  }

  // What is published.

  /** Publishes what a name has, with its signatures. @param link  its NSEC, where it has one */
  #publish(node: TouchedNode, link: Rrset | undefined): void {
    const view = viewOf(node);
    const toSign = [...signedRrsetsOf(view)];
    const made: Rrset[] = [];
    if (link) made.push(link);
    if (node.kind === "apex" && this.#signing.denial.kind === "nsec3")
      made.push(nsec3Parameters(this.#apex, this.#signing.denial));
    const signed = [...toSign, ...made].map((rrset) => this.#signed(rrset, node.before));
    if (signed.length > 0) made.push(signaturesAt(node.owner, signed));
    this.#replace(node.owner, node.before, [...view.rrsets, ...made]);
  }

  /** The signatures over an RRset: those that are there already, where they do. */
  #signed(rrset: Rrset, before: readonly Rrset[]): SignedData {
    const { forKeys, forData, validity, renewBefore } = this.#signing;
    const held = before.find(({ type }) => type === rrset.type);
    const old =
      held && (held === rrset || hasSameOctets(held, rrset)) ? signaturesOver(before, rrset.type) : [];
    const holds = validity(rrset.owner);
    const signatures = keysFor(rrset.type, forKeys, forData).map((key) => {
      const good = goodAmong(old, key, holds, renewBefore);
      if (good) return good;
      this.#made++;
      return signRrset(this.#apex, rrset, key, holds);
    });
    return { ttl: rrset.ttl, signatures };
  }

  #replace(owner: Name, before: readonly Rrset[], after: readonly Rrset[]): void {
    for (const { type } of before)
      if (!after.some((rrset) => rrset.type === type)) this.#remove.push({ owner, type });
    for (const rrset of after) {
      const old = before.find(({ type }) => type === rrset.type);
      if (old !== rrset && !(old && hasSameOctets(old, rrset))) this.#put.push(rrset);
    }
  }
}

interface SignedData {
  readonly ttl: number;
  readonly signatures: readonly Uint8Array[];
}

function viewOf({ owner, kind, own }: TouchedNode): ZoneNode {
  return { owner, kind, rrsets: [...own.values()].sort((a, b) => a.type - b.type) };
}

/** All signatures of a name as the one RRset that they are in tables of zones. */
function signaturesAt(owner: Name, signed: readonly SignedData[]): Rrset {
  return {
    owner,
    type: RrType.RRSIG,
    ttl: Math.min(...signed.map(({ ttl }) => ttl)),
    rdata: signed.flatMap(({ signatures }) => signatures),
  };
}

function typesIn(rrsets: readonly Rrset[]): readonly number[] {
  const link = rrsets.find(({ type }) => type === RrType.NSEC3);
  const decoded = link?.rdata[0] && decodeRdata(RrType.NSEC3, link.rdata[0]);
  if (!decoded?.ok) throw new TypeError("Cannot sign a link of a chain: it is not there");
  return decoded.value.types;
}

function hasSameOctets(a: Rrset, b: Rrset): boolean {
  return (
    a.ttl === b.ttl &&
    a.rdata.length === b.rdata.length &&
    a.rdata.every((octets, i) => compareOctets(octets, b.rdata[i] ?? octets) === 0)
  );
}
