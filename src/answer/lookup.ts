// Hot path (bench/answer.ts): the algorithm of an authoritative server (RFC 1034 section 4.3.2 steps 2 to 6 as amended by
// RFC 4592, RFC 6672 and RFC 6604) for one question, straight from the zones into the response.
//
// It answers for the zones of one listener group only, and follows CNAME and DNAME as far as they stay in those.
// Records about delegations and negative answers go into the authority section; positive answers carry nothing there.

import { maxNameOctets, maxTtl, Rcode, RrClass, RrType } from "#wire";
import { none, policiesType, type RrsetReader, type ZoneReader, ZoneSearch } from "#zone";
import { AdditionalSection } from "./additional-section.ts";
import { CompactDenial } from "./compact-denial.ts";
import type { Choice } from "./choice.ts";
import { DenialWriter, type HashName } from "./denial-writer.ts";
import { isAtOrBelow, nameEnd } from "./octet-names.ts";
import type { OnlineSigning } from "./online-signing.ts";
import type { Query } from "./query.ts";
import { type ResponseWriter, Section } from "./response-writer.ts";

/** CNAME and DNAME steps followed for one question; what comes after is left to the resolver. */
export const maxChainLength = 16;

/** Looks up one question after the other. */
export class Lookup {
  /** Response code of the end of the chain (RFC 6604 section 3). */
  rcode: number = Rcode.NOERROR;
  /** AA: about the first name of the chain (RFC 1035 section 4.1.1). */
  isAuthoritative = false;
  /** TC: something that must be there did not fit. */
  isTruncated = false;
  /** Whether the answer section holds an RRset of the type asked for. */
  hasAnswer = false;
  /** Where the apex of the zone begins in the name that was asked for; -1 where it is in none. */
  apexAt = -1;
  /** Whether a record came from a wildcard: such names are as many as somebody likes to ask for. */
  isExpanded = false;
  /** Whether the zone that the answer ends in is signed while answering (RFC 9824); looked at where the query has the CO flag, or it matters. */
  isCompact = false;
  /** Sets that a policy chose for the response; the last one is what the choice still knows of. */
  chosen = 0;
  /** How many of 128 bits of the client's address decided it, 0 where none did. */
  decidingBits = 0;
  /** On whose behalf is asked: 16 octets, IPv4 mapped. Set before `run`. */
  client: Uint8Array = new Uint8Array(16);

  readonly #zones: ZoneReader;
  readonly #group: number;
  readonly #writer: ResponseWriter;
  readonly #additional: AdditionalSection;
  readonly #denial: DenialWriter;
  /** What is not there in zones that are signed while answering, and whether something of it could not be signed. */
  readonly compact: CompactDenial;
  readonly #choice: Choice | undefined;
  /** The DO bit of the query. */
  #isDnssecOk = false;
  readonly #found = new ZoneSearch();

  // The name that is looked for at the moment: in the query's buffer, or in one of two of our own.
  #name: Uint8Array = new Uint8Array(maxNameOctets);
  #nameAt = 0;
  readonly #targets = [new Uint8Array(maxNameOctets), new Uint8Array(maxNameOctets)] as const;
  readonly #soa = new Uint8Array(2 * maxNameOctets + 20);
  /** The query's buffer. */
  #question: Uint8Array = this.#name;
  /** The revision of the zones that is answered from: what was made of another one is not used. */
  revision = 0;
  // The SOA record of the last negative answer as it is written behind its owner, and the RRset that it was made of.
  readonly #soaMade = new Uint8Array(2 * maxNameOctets + 34);
  #soaOf: number = none;
  #soaRevision = -1;
  #soaMinimum = 0;
  /** 0 where its names are not in the zone. */
  #soaOctets = 0;
  #mnameEnd = 0;
  #rnameEnd = 0;
  #apexOctets = 0;
  // Where in the response the names stand that the chain has passed.
  readonly #passed = new Int32Array(maxChainLength + 1);
  #chainLength = 0;

  /**
   * @param hashName  of NSEC3; absent: zones that have it are answered without their proofs
   * @param signing  signs for zones with compact denial; absent: there are none
   * @param choice  chooses where names have several sets; absent: the default is given
   */
  constructor(
    zones: ZoneReader,
    group: number,
    writer: ResponseWriter,
    hashName?: HashName,
    signing?: OnlineSigning,
    choice?: Choice,
  ) {
    this.#zones = zones;
    this.#group = group;
    this.#writer = writer;
    this.#additional = new AdditionalSection(zones, writer);
    this.#denial = new DenialWriter(zones, writer, hashName);
    this.compact = new CompactDenial(zones, writer, signing);
    this.#choice = choice;
  }

  /** Sets the fields above to what they are for a response without records. */
  clear(): void {
    this.rcode = Rcode.NOERROR;
    this.isAuthoritative = false;
    this.isTruncated = false;
    this.hasAnswer = false;
    this.isExpanded = false;
    this.apexAt = -1;
    this.isCompact = false;
    this.chosen = 0;
    this.decidingBits = 0;
  }

  /** Writes the records of the response to a query and sets the fields above. Header and question are written. */
  run(query: Query, input: Uint8Array): void {
    this.clear();
    this.#additional.begin();
    this.#denial.begin();
    this.#isDnssecOk = this.#additional.isDnssecOk = query.isDnssecOk;
    this.#name = this.#question = input;
    this.#nameAt = query.nameAt;
    this.#chainLength = 0;
    while (this.#step(query));
    this.#endAnswer();
  }

  /** Looks the current name up. Returns true where a CNAME was followed and there is a new current name. */
  #step(query: Query): boolean {
    const zones = this.#zones;
    const found = this.#found;
    const zone = this.#findZone(query.type);
    if (zone === none) {
      // The chain has left our zones: what is known of it is the answer.
      if (this.#chainLength === 0) this.rcode = Rcode.REFUSED;
      return false;
    }
    zones.search(zone, this.#name, this.#nameAt, found);
    if (this.#chainLength === 0) this.apexAt = found.apexAt;
    if (query.isCompactOk) this.isCompact = this.#signerOf() !== none;
    // RFC 4035 section 3.1.4.1: DS at the cut is the parent's own.
    if (found.cut !== none && !(query.type === RrType.DS && found.node === found.cut)) {
      this.#refer(query, zone);
      return false;
    }
    this.isAuthoritative = true;
    if (found.dname !== none) return this.#followDname(query, found.dname);
    const node = found.node === none ? found.wildcard : found.node;
    if (node === none) {
      this.#denyName(query, zone);
      return false;
    }
    return this.#answerFrom(query, zone, node);
  }

  /** There is neither the name nor a wildcard in its place. */
  #denyName(query: Query, zone: number): void {
    const signer = this.#signerOf();
    if (signer === none) {
      this.rcode = Rcode.NXDOMAIN;
      if (this.#deny(zone))
        this.#prove(this.#denial.proveNoName(zone, this.#name, this.#nameAt, this.#found));
      return;
    }
    // RFC 9824 sections 3.1 and 5.1: the signed answer is one of a name without data, unless who asks knows how to read it.
    this.rcode = query.isCompactOk ? Rcode.NXDOMAIN : Rcode.NOERROR;
    this.#proveCompact(query, zone, signer, none);
  }

  /** The signer of the zone at hand where it is signed while answering, and signatures are asked for. */
  #signerOf(): number {
    return this.#isDnssecOk ? this.compact.signerOf(this.#name, this.#found.apexAt) : none;
  }

  /** A negative answer with the one link that is made for it. Of that link's own two types it is an answer. @param node  `none`: no such name */
  #proveCompact(query: Query, zone: number, signer: number, node: number): void {
    const name = this.#name;
    const at = this.#nameAt;
    const isLink = query.type === RrType.NSEC || query.type === RrType.RRSIG;
    const section = isLink ? Section.ANSWER : Section.AUTHORITY;
    if (isLink) {
      this.hasAnswer = true;
      this.isExpanded = node === none || this.#found.node === none;
    } else if (!this.#deny(zone)) return;
    this.#prove(
      node === none
        ? this.compact.proveNoName(signer, zone, name, at, this.#found, section)
        : this.compact.proveNoData(signer, zone, name, at, this.#found, section),
    );
    if (isLink) this.#endAnswer();
  }

  #findZone(type: number): number {
    if (type === RrType.DS) {
      const parent = this.#zones.findZone(this.#group, this.#name, this.#nameAt, true);
      if (parent !== none) return parent;
    }
    return this.#zones.findZone(this.#group, this.#name, this.#nameAt, false);
  }

  /** RFC 1034 section 4.3.2 step 3a; RFC 4592 section 3.3.1 where the node is a wildcard's. */
  #answerFrom(query: Query, zone: number, node: number): boolean {
    const zones = this.#zones;
    if (zones.policies(node) !== none) return this.#answerByPolicy(query, zone, node);
    return this.#answerPlainly(query, zone, node);
  }

  /** A node with sets that are chosen from, of some of its types. */
  #answerByPolicy(query: Query, zone: number, node: number): boolean {
    const zones = this.#zones;
    const choice = this.#choice;
    const first = firstRrset(zones, node);
    const type = query.type === RrType.ANY && first !== none ? zones.type(first) : query.type;
    if (choice !== undefined && type !== policiesType) {
      if (this.#choose(choice, node, type)) {
        this.hasAnswer = true;
        if (this.#putAnswer(zone, node, choice, 0)) this.#endAnswer();
        return false;
      }
      // ANY and NSEC are of the name itself, whatever alias stands there.
      const isOwn = type === RrType.NSEC && this.#signerOf() !== none;
      if (!isOwn && zones.rrset(node, type) === none && this.#choose(choice, node, RrType.CNAME)) {
        if (!this.#putAnswer(zone, node, choice, 0)) return false;
        const target = this.#otherTarget();
        choice.copyRdata(0, 0, target, 0);
        return this.#follow(target);
      }
    }
    return this.#answerPlainly(query, zone, node);
  }

  #choose(choice: Choice, node: number, type: number): boolean {
    if (!choice.choose(this.#zones.policies(node), type, this.client, this.#isDnssecOk)) return false;
    this.chosen++;
    if (choice.bits > this.decidingBits) this.decidingBits = choice.bits;
    return true;
  }

  #answerPlainly(query: Query, zone: number, node: number): boolean {
    const zones = this.#zones;
    // RFC 8482 section 4.1: ANY is answered with one RRset of those there are.
    const rrset =
      query.type === RrType.ANY
        ? firstRrset(zones, node)
        : query.type === policiesType
          ? none // that a name has them is nobody's business
          : zones.rrset(node, query.type);
    if (rrset !== none) {
      this.hasAnswer = true;
      // RFC 2181 section 5.5: a DNAME may lead to its own name, and stands in the answer once all the same.
      const isThere = this.#found.node === node && this.#additional.isPlaced(rrset);
      if ((!isThere && !this.#putAnswer(zone, node, zones, rrset)) || !this.#endAnswer()) return false;
      this.#additional.addTargets(zone, rrset, this.#name, this.#nameAt, this.#found.apexAt);
      return false;
    }
    // ANY and NSEC are of the name itself, whatever alias stands there.
    const isOwn = query.type === RrType.ANY || (query.type === RrType.NSEC && this.#signerOf() !== none);
    const cname = isOwn ? none : zones.rrset(node, RrType.CNAME);
    if (cname === none) {
      const signer = this.#signerOf();
      if (signer !== none) this.#proveCompact(query, zone, signer, node);
      else if (this.#deny(zone))
        this.#prove(this.#denial.proveNoData(zone, this.#name, this.#nameAt, this.#found));
      return false;
    }
    if (!this.#putAnswer(zone, node, zones, cname)) return false;
    const target = this.#otherTarget();
    zones.copyRdata(cname, 0, target, 0);
    return this.#follow(target);
  }

  /** RFC 6672 section 3.2 step 3c. */
  #followDname(query: Query, node: number): boolean {
    const zones = this.#zones;
    const { dnameAt } = this.#found;
    const dname = zones.rrset(node, RrType.DNAME);
    if (!this.#additional.isPlaced(dname)) {
      if (!this.#writer.putRrset(Section.ANSWER, this.#name, dnameAt, zones, dname, maxTtl)) {
        this.isTruncated = true;
        return false;
      }
      this.#additional.place(dname);
      if (!this.#sign(Section.ANSWER, this.#name, dnameAt, node, dname, maxTtl)) return false;
    }
    const kept = dnameAt - this.#nameAt;
    if (kept + zones.rdataLength(dname, 0) > maxNameOctets) {
      this.rcode = Rcode.YXDOMAIN;
      return false;
    }
    const target = this.#otherTarget();
    for (let i = 0; i < kept; i++) target[i] = this.#name[this.#nameAt + i]!;
    zones.copyRdata(dname, 0, target, kept);
    // RFC 6672 section 3.1: the synthesised CNAME has the DNAME's TTL.
    if (!this.#writer.putCname(this.#name, this.#nameAt, zones.ttl(dname), target, 0)) {
      this.isTruncated = true;
      return false;
    }
    if (query.type === RrType.CNAME || query.type === RrType.ANY) {
      this.hasAnswer = true;
      return false;
    }
    return this.#follow(target);
  }

  /** Goes on with a CNAME's target, unless the chain has been there or is too long. */
  #follow(target: Uint8Array): boolean {
    this.#passed[this.#chainLength++] = this.#writer.ownerPlace;
    if (this.#chainLength > maxChainLength) return false;
    for (let i = 0; i < this.#chainLength; i++) {
      if (this.#passed[i]! >= 0 && this.#writer.isNameAt(this.#passed[i]!, target, 0)) return false;
    }
    this.#name = target;
    this.#nameAt = 0;
    return true;
  }

  /** The buffer that does not hold the current name. */
  #otherTarget(): Uint8Array {
    return this.#name === this.#targets[0] ? this.#targets[1] : this.#targets[0];
  }

  /** @param from  what the RRset is read from: the zones, or the choice */
  #putAnswer(zone: number, node: number, from: RrsetReader, rrset: number): boolean {
    const writer = this.#writer;
    const name = this.#name;
    if (!writer.putRrset(Section.ANSWER, name, this.#nameAt, from, rrset, maxTtl)) {
      this.isTruncated = true;
      return false;
    }
    if (from === this.#zones) this.#additional.place(rrset);
    if (this.#found.node === none) this.isExpanded = true;
    if (!this.#isDnssecOk) return true;
    const isExpanded = this.#found.node === none;
    const signer = isExpanded ? this.#signerOf() : none;
    if (signer !== none)
      return this.#prove(this.compact.putExpanded(signer, name, this.#nameAt, from, rrset));
    if (!this.#prove(writer.putSignatures(Section.ANSWER, name, this.#nameAt, from, node, rrset, maxTtl)))
      return false;
    if (isExpanded) this.#denial.keepExpansion(zone, name, this.#nameAt, this.#found);
    return true;
  }

  /** The answer section is complete: what proves its wildcards follows in the next one. */
  #endAnswer(): boolean {
    return !this.#isDnssecOk || this.#prove(this.#denial.putKept());
  }

  /** Writes the signatures over an RRset where they are asked for. Returns false, and TC is set, where they do not fit. */
  #sign(
    section: number,
    owner: Uint8Array,
    ownerAt: number,
    node: number,
    rrset: number,
    most: number,
  ): boolean {
    if (!this.#isDnssecOk) return true;
    return this.#prove(this.#writer.putSignatures(section, owner, ownerAt, this.#zones, node, rrset, most));
  }

  /** RFC 4035 section 3.1.1: what belongs to a proof is not left out. */
  #prove(hasFitted: boolean): boolean {
    if (!hasFitted) this.isTruncated = true;
    return hasFitted;
  }

  /** A referral (RFC 1034 section 4.3.2 step 3b): the cut's NS, its DS where asked for, and glue. */
  #refer(query: Query, zone: number): void {
    const zones = this.#zones;
    const writer = this.#writer;
    const { cut, cutAt } = this.#found;
    if (!this.#endAnswer()) return;
    const ns = zones.rrset(cut, RrType.NS);
    if (!writer.putRrset(Section.AUTHORITY, this.#name, cutAt, zones, ns, maxTtl)) {
      this.isTruncated = true;
      return;
    }
    // RFC 4035 section 3.1.4: DS belongs to a signed referral, or the proof that there is none. A zone that is not signed vouches for nobody.
    const ds = query.isDnssecOk ? zones.rrset(cut, RrType.DS) : none;
    if (ds !== none) {
      if (zones.rrset(cut, RrType.RRSIG) === none) return this.#addGlue(zone, ns);
      const hasFitted = writer.putRrset(Section.AUTHORITY, this.#name, cutAt, zones, ds, maxTtl);
      if (!this.#prove(hasFitted) || !this.#sign(Section.AUTHORITY, this.#name, cutAt, cut, ds, maxTtl))
        return;
    } else if (query.isDnssecOk && !this.#prove(this.#proveInsecure(zone))) return;
    this.#addGlue(zone, ns);
  }

  /** RFC 9471 section 3: glue of in-domain name servers is not optional. */
  #addGlue(zone: number, ns: number): void {
    const { cutAt, apexAt } = this.#found;
    if (!this.#additional.addGlue(zone, ns, this.#name, cutAt, apexAt)) this.isTruncated = true;
  }

  #proveInsecure(zone: number): boolean {
    const signer = this.#signerOf();
    return signer === none
      ? this.#denial.proveInsecure(zone, this.#name, this.#found)
      : this.compact.proveInsecure(signer, zone, this.#name, this.#found);
  }

  /**
   * The SOA of a negative answer, with the TTL it may be cached for (RFC 2308 section 3).
   * @returns whether a proof is to follow
   */
  #deny(zone: number): boolean {
    const zones = this.#zones;
    const soa = zones.rrset(zones.apex(zone), RrType.SOA);
    if (soa === none) {
      // A zone without SOA is no zone yet: nothing can be said about what is not in it.
      this.rcode = Rcode.SERVFAIL;
      this.isAuthoritative = false;
      return false;
    }
    if (!this.#endAnswer()) return false;
    const { apexAt } = this.#found;
    if (soa !== this.#soaOf || this.revision !== this.#soaRevision) this.#makeSoa(soa, apexAt);
    const minimum = this.#soaMinimum;
    const isInQuestion = this.#name === this.#question;
    if (isInQuestion) this.#writer.setApex(apexAt, this.#apexOctets);
    const hasFitted =
      isInQuestion && this.#soaOctets > 0
        ? this.#writer.putApexRecord(
            Section.AUTHORITY,
            this.#soaMade,
            this.#soaOctets,
            this.#mnameEnd,
            this.#rnameEnd,
          )
        : this.#writer.putRrset(Section.AUTHORITY, this.#name, apexAt, zones, soa, minimum);
    if (!this.#prove(hasFitted) || !this.#isDnssecOk) return false;
    return this.#sign(Section.AUTHORITY, this.#name, apexAt, zones.apex(zone), soa, minimum);
  }

  /** Makes the SOA record of negative answers once for a revision: they are the same but for where the apex stands in the question. */
  #makeSoa(soa: number, apexAt: number): void {
    const zones = this.#zones;
    const rdata = this.#soa;
    const end = zones.copyRdata(soa, 0, rdata, 0);
    const minimum = readU32(rdata, end - 4);
    const apexOctets = nameEnd(this.#name, apexAt) - apexAt;
    const rnameAt = nameEnd(rdata, 0);
    this.#soaOf = soa;
    this.#soaRevision = this.revision;
    this.#soaMinimum = minimum;
    this.#apexOctets = apexOctets;
    this.#soaOctets = 0;
    if (
      apexOctets === 1 ||
      !isAtOrBelow(rdata, 0, this.#name, apexAt) ||
      !isAtOrBelow(rdata, rnameAt, this.#name, apexAt)
    )
      return;
    const made = this.#soaMade;
    const ttl = Math.min(zones.ttl(soa), minimum);
    const mnameOwn = rnameAt - apexOctets;
    const rnameOwn = end - 20 - rnameAt - apexOctets;
    const length = mnameOwn + 2 + rnameOwn + 2 + 20;
    for (const [at, value] of [
      [0, RrType.SOA],
      [2, RrClass.IN],
      [4, ttl >>> 16],
      [6, ttl & 0xffff],
      [8, length],
    ] as const) {
      made[at] = value >> 8;
      made[at + 1] = value & 0xff;
    }
    made.set(rdata.subarray(0, mnameOwn), 10);
    this.#mnameEnd = 10 + mnameOwn;
    made.set(rdata.subarray(rnameAt, rnameAt + rnameOwn), this.#mnameEnd + 2);
    this.#rnameEnd = this.#mnameEnd + 2 + rnameOwn;
    made.set(rdata.subarray(end - 20, end), this.#rnameEnd + 2);
    this.#soaOctets = 10 + length;
  }
}

/** The RRset of a node that stands for all of them: the first that is data, else the link of the chain, and signatures alone where there is no other. */
function firstRrset(zones: ZoneReader, node: number): number {
  let first = none;
  for (let i = 0; i < zones.rrsetCount(node); i++) {
    const rrset = zones.rrsetAt(node, i);
    const type = zones.type(rrset);
    if (type !== RrType.RRSIG && type !== RrType.NSEC) return rrset;
    if (first === none || type === RrType.NSEC) first = rrset;
  }
  return first;
}

function readU32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}
