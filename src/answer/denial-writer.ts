// What a signed zone says of what it does not have: the NSEC (RFC 4035 section 3.1.3) or NSEC3 records (RFC 5155 section 7.2) of a negative answer, of an
// answer by a wildcard, and of a referral to a zone that is not signed. Each stands once in a response, with its signatures.

import { lowerCase, maxNameOctets, maxNsec3Iterations, maxTtl, nsec3Sha1, RrType } from "#wire";
import { none, type ZoneReader, type ZoneSearch } from "#zone";
import { nameEnd } from "./octet-names.ts";
import { type ResponseWriter, Section } from "./response-writer.ts";

/**
 * The hash of a name for NSEC3, as a label: its length octet, then base 32 in lower case.
 * @param name  uncompressed, in lower case
 * @see RFC 5155 section 5
 */
export type HashName = (name: Uint8Array, iterations: number, salt: Uint8Array) => Uint8Array;

/** Links in one response: one for each step of a chain, and three at its end. */
const maxLinks = 24;

/** Links of other chains that are passed over in a row: of two chains side by side, so many in a row never come by chance. */
const maxForeignLinks = 64;

/** Writes what proves that something is not there. */
export class DenialWriter {
  readonly #zones: ZoneReader;
  readonly #writer: ResponseWriter;
  readonly #hashName: HashName | undefined;
  readonly #owner = new Uint8Array(maxNameOctets);
  readonly #lowered = new Uint8Array(maxNameOctets + 2);
  readonly #asterisk = new Uint8Array(maxNameOctets + 2);
  readonly #parameters = new Uint8Array(260);
  /** What is written already: each link stands once. */
  readonly #placed = new Int32Array(maxLinks);
  #placedCount = 0;
  /** Nodes of links that follow later, and which of the two types each is. */
  readonly #kept = new Int32Array(maxLinks);
  readonly #keptTypes = new Uint8Array(maxLinks);
  #keptCount = 0;
  /** Octets of the parameters of the zone at hand; 0 where it has no NSEC3. */
  #parameterOctets = 0;

  /** @param hashName  absent: zones with NSEC3 are answered without their proofs */
  constructor(zones: ZoneReader, writer: ResponseWriter, hashName: HashName | undefined) {
    this.#zones = zones;
    this.#writer = writer;
    this.#hashName = hashName;
  }

  /** Forgets the last response. */
  begin(): void {
    this.#placedCount = 0;
    this.#keptCount = 0;
  }

  /**
   * Proves that a name has no RRset of the type asked for. It exists, or a wildcard stands in for it.
   * @param name  the name asked for, at `at`
   * @returns whether all of the proof fitted
   */
  proveNoData(zone: number, name: Uint8Array, at: number, found: ZoneSearch): boolean {
    const zones = this.#zones;
    const { node } = found;
    if (this.#hasNsec(zone)) {
      if (!this.#putNsec(zones.nsecNode(zone, name, at))) return false;
      if (node !== none) return true;
      // The wildcard that stands in for it, perhaps without records of its own.
      const asterisk = this.#asteriskBelow(name, found.encloserAt);
      return this.#putNsec(zones.nsecNode(zone, asterisk, 0));
    }
    if (!this.#readParameters(zone)) return true;
    if (node === none) {
      return (
        this.#proveEncloser(zone, name, at, found) &&
        this.#putHashed(zone, this.#asteriskBelow(name, found.encloserAt), 0)
      );
    }
    if (this.#isHashed(zone, name, at)) return this.#putHashed(zone, name, at);
    // A delegation that opt-out has left out of the chain, asked for its DS (RFC 5155 section 7.2.4).
    return this.#proveEncloser(zone, name, at, found);
  }

  /** Proves that a name does not exist, and no wildcard that would stand in for it. */
  proveNoName(zone: number, name: Uint8Array, at: number, found: ZoneSearch): boolean {
    const zones = this.#zones;
    if (this.#hasNsec(zone)) {
      const asterisk = this.#asteriskBelow(name, found.encloserAt);
      return (
        this.#putNsec(zones.nsecNode(zone, name, at)) && this.#putNsec(zones.nsecNode(zone, asterisk, 0))
      );
    }
    if (!this.#readParameters(zone)) return true;
    const encloserAt = this.#provableEncloser(zone, name, at, found);
    return (
      this.#putEncloser(zone, name, at, encloserAt) &&
      this.#putHashed(zone, this.#asteriskBelow(name, encloserAt), 0)
    );
  }

  /**
   * Finds what proves that nothing closer to a name exists than the wildcard that stood in for it (RFC 4035 section 3.1.3.3). It is written by
   * {@link putKept}, once the answer section is complete.
   */
  keepExpansion(zone: number, name: Uint8Array, at: number, found: ZoneSearch): void {
    const zones = this.#zones;
    const hasNsec = this.#hasNsec(zone);
    if (!hasNsec && !this.#readParameters(zone)) return;
    const node = hasNsec
      ? zones.nsecNode(zone, name, at)
      : this.#hashedNode(zone, this.#hash(name, nextCloser(name, at, found.encloserAt)));
    this.#kept[this.#keptCount] = node;
    this.#keptTypes[this.#keptCount] = hasNsec ? RrType.NSEC : RrType.NSEC3;
    this.#keptCount++;
  }

  /** Writes the proofs that were kept. Returns whether all of them fitted. */
  putKept(): boolean {
    const count = this.#keptCount;
    this.#keptCount = 0;
    for (let i = 0; i < count; i++) if (!this.#putLink(this.#kept[i]!, this.#keptTypes[i]!)) return false;
    return true;
  }

  /** Proves that a delegation has no DS: the zone below is not signed. */
  proveInsecure(zone: number, name: Uint8Array, found: ZoneSearch): boolean {
    const { cut, cutAt } = found;
    if (this.#hasNsec(zone)) return this.#putNsec(cut);
    if (!this.#readParameters(zone)) return true;
    if (this.#isHashed(zone, name, cutAt)) return this.#putHashed(zone, name, cutAt);
    return this.#proveEncloser(zone, name, cutAt, found);
  }

  /** Where in a name its closest encloser begins that the chain has: what opt-out has left out encloses nothing provably. */
  #provableEncloser(zone: number, name: Uint8Array, at: number, { encloserAt, apexAt }: ZoneSearch): number {
    let place = encloserAt > at ? encloserAt : at + name[at]! + 1;
    while (place < apexAt && !this.#isHashed(zone, name, place)) place += name[place]! + 1;
    return place;
  }

  /** The records of a name's closest encloser, and of the next closer name, which is not there. @see RFC 5155 section 7.2.1 */
  #putEncloser(zone: number, name: Uint8Array, at: number, encloserAt: number): boolean {
    return (
      this.#putHashed(zone, name, encloserAt) && this.#putHashed(zone, name, nextCloser(name, at, encloserAt))
    );
  }

  #proveEncloser(zone: number, name: Uint8Array, at: number, found: ZoneSearch): boolean {
    return this.#putEncloser(zone, name, at, this.#provableEncloser(zone, name, at, found));
  }

  #hasNsec(zone: number): boolean {
    return this.#zones.rrset(this.#zones.apex(zone), RrType.NSEC) !== none;
  }

  /** Reads the zone's NSEC3PARAM. Returns false where there is none that can be worked with. */
  #readParameters(zone: number): boolean {
    const zones = this.#zones;
    const rrset = zones.rrset(zones.apex(zone), RrType.NSEC3PARAM);
    if (rrset === none || this.#hashName === undefined) return false;
    const parameters = this.#parameters;
    const count = zones.count(rrset);
    for (let i = 0; i < count; i++) {
      this.#parameterOctets = zones.copyRdata(rrset, i, parameters, 0);
      const iterations = (parameters[2]! << 8) | parameters[3]!;
      // RFC 5155 section 4.1.2: one with any flag is of a chain that is not there whole.
      if (parameters[0] === nsec3Sha1 && parameters[1] === 0 && iterations <= maxNsec3Iterations) return true;
    }
    return false;
  }

  /** The node of a hash in the zone's chain, or of the one before it. Links of other chains stand among them while one is put in another's place. */
  #hashedNode(zone: number, label: Uint8Array): number {
    const zones = this.#zones;
    let node = zones.hashedNode(zone, label);
    for (let i = 0; node !== none && !this.#isOfChain(node); i++) {
      if (i === maxForeignLinks) return none;
      const owner = this.#owner;
      zones.copyOwner(node, owner, 0);
      const last = owner[0]!;
      for (let k = 1; k <= last; k++) owner[k] = lowerCase[owner[k]!]!;
      // Before it, and behind all others that are.
      owner[last]!--;
      node = zones.hashedNode(zone, owner.subarray(0, last + 1));
    }
    return node;
  }

  /** Whether a link has the rounds and the salt of the zone's parameters; both stand alike in it. */
  #isOfChain(node: number): boolean {
    const zones = this.#zones;
    const parameters = this.#parameters;
    const rrset = zones.rrset(node, RrType.NSEC3);
    if (rrset === none) return false;
    const length = zones.rdataLength(rrset, 0);
    for (let at = 2; at < this.#parameterOctets; at++) {
      if (at + 2 > length || zones.rdataU16(rrset, 0, at) >> 8 !== parameters[at]) return false;
    }
    return true;
  }

  /** The hash of a name, as a label. */
  #hash(name: Uint8Array, at: number): Uint8Array {
    const end = nameEnd(name, at);
    const lowered = this.#lowered;
    for (let i = at; i < end; i++) lowered[i - at] = lowerCase[name[i]!]!;
    const parameters = this.#parameters;
    const iterations = (parameters[2]! << 8) | parameters[3]!;
    const salt = parameters.subarray(5, this.#parameterOctets);
    return this.#hashName?.(lowered.subarray(0, end - at), iterations, salt) ?? lowered.subarray(0, 0);
  }

  /** Whether a name has an NSEC3 record of its own. */
  #isHashed(zone: number, name: Uint8Array, at: number): boolean {
    const label = this.#hash(name, at);
    const node = this.#hashedNode(zone, label);
    if (node === none) return false;
    this.#zones.copyOwner(node, this.#owner, 0);
    for (let i = 0; i < label.length; i++) if (lowerCase[this.#owner[i]!] !== label[i]) return false;
    return true;
  }

  /** The NSEC3 record of a name, or the one that it would come after: which of them it is shows whether the name is there. */
  #putHashed(zone: number, name: Uint8Array, at: number): boolean {
    return this.#putLink(this.#hashedNode(zone, this.#hash(name, at)), RrType.NSEC3);
  }

  #putNsec(node: number): boolean {
    return this.#putLink(node, RrType.NSEC);
  }

  #putLink(node: number, type: number): boolean {
    const zones = this.#zones;
    const rrset = node === none ? none : zones.rrset(node, type);
    if (rrset === none || this.#isPlaced(rrset)) return true;
    this.#writer.ownerInZone(zones.copyOwner(node, this.#owner, 0));
    if (!this.#writer.putRrset(Section.AUTHORITY, this.#owner, 0, zones, rrset, maxTtl)) return false;
    if (this.#placedCount < maxLinks) this.#placed[this.#placedCount++] = rrset;
    this.#writer.sameOwner();
    return this.#writer.putSignatures(Section.AUTHORITY, this.#owner, 0, zones, node, rrset, maxTtl);
  }

  #isPlaced(rrset: number): boolean {
    for (let i = 0; i < this.#placedCount; i++) if (this.#placed[i] === rrset) return true;
    return false;
  }

  /** The wildcard right below a name. */
  #asteriskBelow(name: Uint8Array, encloserAt: number): Uint8Array {
    const asterisk = this.#asterisk;
    const end = nameEnd(name, encloserAt);
    asterisk[0] = 1;
    asterisk[1] = 0x2a;
    for (let i = encloserAt; i < end; i++) asterisk[2 + i - encloserAt] = name[i]!;
    return asterisk;
  }
}

/** Where in a name the one begins that is a label longer than its encloser. @see RFC 5155 section 1.3 */
function nextCloser(name: Uint8Array, at: number, encloserAt: number): number {
  let closer = at;
  for (let next = at; next < encloserAt; next += name[next]! + 1) closer = next;
  return closer;
}
