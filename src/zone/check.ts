// Checks of a zone's contents: what servers must not serve, and what works but not as its owner thinks. Findings are
// values with a sentence each; whether an error stops a change is the caller's affair.

import { Name, RrType, rdataNames, typeName } from "#wire";
import { type LoadedZone, RrsetList } from "./load.ts";
import type { Rrset } from "./rrset.ts";

/** What is wrong in a zone. */
export type ZoneFindingCode =
  | "soa-missing"
  | "soa-several"
  | "soa-below-apex"
  | "ns-missing"
  | "name-outside-zone"
  | "cname-and-other-data"
  | "cname-several"
  | "dname-several"
  | "dname-at-zone-cut"
  | "ds-without-delegation"
  | "wildcard-delegation"
  | "occluded-by-delegation"
  | "occluded-by-dname"
  | "glue-missing"
  | "target-without-address"
  | "target-is-alias";

/** One thing that is wrong. */
export interface ZoneFinding {
  readonly code: ZoneFindingCode;
  /** `error`: the zone breaks a rule of the DNS. `warning`: it can be served, but probably not as meant. */
  readonly severity: "error" | "warning";
  /** Where: an owner name in the zone. */
  readonly owner: Name;
  /** What and why, one sentence. */
  readonly message: string;
}

/**
 * Types that may stand beside CNAME: those that DNSSEC puts there.
 * @see RFC 2181 section 10.1; RFC 4034 section 3 and section 4
 */
const typesBesideCname: ReadonlySet<number> = new Set([
  RrType.RRSIG,
  RrType.NSEC,
  RrType.KEY,
  RrType.SIG,
  RrType.CNAME,
]);

/** Types a parent zone holds at a zone cut; all else there is the child's. @see RFC 4035 section 2.6 */
const typesAtCut: ReadonlySet<number> = new Set([
  RrType.NS,
  RrType.DS,
  RrType.NSEC,
  RrType.RRSIG,
  RrType.A,
  RrType.AAAA,
]);

/** Types that name a host whose addresses are looked up next, and must not name an alias. @see RFC 2181 section 10.3 */
const typesWithHost: ReadonlySet<number> = new Set([RrType.NS, RrType.MX, RrType.SRV]);

/**
 * Checks a zone as a whole.
 *
 * @param rrsets  each owner and type once
 * @returns what is wrong, in canonical order of owners; empty where nothing is
 */
export function checkZone(apex: Name, rrsets: Iterable<Rrset>): ZoneFinding[] {
  const findings: ZoneFinding[] = [];
  checkLoadedZone(apex, new RrsetList(rrsets), (finding) => findings.push(finding));
  return findings.sort((a, b) => Name.compare(a.owner, b.owner));
}

/** Checks a zone where it lies, and keeps nothing of it. @param onFinding  told what is wrong: the apex first, then as owners follow each other */
export function checkLoadedZone(
  apex: Name,
  zone: LoadedZone,
  onFinding: (finding: ZoneFinding) => void,
): void {
  new ZoneCheck(apex, zone, onFinding).run();
}

class ZoneCheck {
  readonly #apex: Name;
  readonly #zone: LoadedZone;
  readonly #onFinding: (finding: ZoneFinding) => void;

  constructor(apex: Name, zone: LoadedZone, onFinding: (finding: ZoneFinding) => void) {
    this.#apex = apex;
    this.#zone = zone;
    this.#onFinding = onFinding;
  }

  run(): void {
    let isApexChecked = false;
    for (const rrsets of this.#zone.suspects()) {
      // In most zones the apex comes first: then it is read once.
      if (!isApexChecked)
        this.#checkApex(rrsets[0]?.owner.equals(this.#apex) === true ? rrsets : this.#zone.at(this.#apex));
      isApexChecked = true;
      this.#checkOwner(rrsets);
      for (const rrset of rrsets) if (rrset.owner.isSubdomainOf(this.#apex)) this.#checkTargets(rrset);
    }
    if (!isApexChecked) this.#checkApex(this.#zone.at(this.#apex));
  }

  #checkApex(rrsets: readonly Rrset[]): void {
    const soa = rrsets.find(({ type }) => type === RrType.SOA);
    if (soa === undefined) {
      this.#error("soa-missing", this.#apex, "there is no SOA record at the apex");
    } else if (soa.rdata.length > 1) {
      this.#error("soa-several", this.#apex, `there are ${soa.rdata.length} SOA records: a zone has one`);
    }
    if (!rrsets.some(({ type }) => type === RrType.NS)) {
      this.#error("ns-missing", this.#apex, "there is no NS record at the apex");
    }
  }

  #checkOwner(rrsets: readonly Rrset[]): void {
    const [first] = rrsets;
    if (first === undefined) return;
    const { owner } = first;
    if (!owner.isSubdomainOf(this.#apex)) {
      this.#error(
        "name-outside-zone",
        owner,
        `it does not end with the zone's name, ${this.#apex.toString()}`,
      );
      return;
    }
    const isApex = owner.equals(this.#apex);
    const has = (type: number): boolean => rrsets.some((rrset) => rrset.type === type);
    if (has(RrType.SOA) && !isApex) {
      this.#error("soa-below-apex", owner, "there is an SOA record below the apex");
    }
    this.#checkSingle(rrsets, RrType.CNAME, "cname-several");
    this.#checkSingle(rrsets, RrType.DNAME, "dname-several");
    const beside = rrsets.filter((rrset) => !typesBesideCname.has(rrset.type));
    if (has(RrType.CNAME) && beside.length > 0) {
      const types = beside.map((rrset) => typeName(rrset.type)).join(", ");
      this.#error("cname-and-other-data", owner, `a CNAME stands alone, but there is ${types} beside it`);
    }
    if (has(RrType.DNAME) && has(RrType.NS) && !isApex) {
      this.#error("dname-at-zone-cut", owner, "a DNAME stands beside NS records below the apex");
    }
    if (has(RrType.DS) && (isApex || !has(RrType.NS))) {
      this.#error("ds-without-delegation", owner, "a DS record stands where there is no delegation");
    }
    if (has(RrType.NS) && owner.isWildcard) {
      this.#warn(
        "wildcard-delegation",
        owner,
        "NS records at a wildcard do not delegate the names it stands for",
      );
    }
    this.#checkOcclusion(owner, rrsets);
  }

  #checkSingle(rrsets: readonly Rrset[], type: number, code: ZoneFindingCode): void {
    const rrset = rrsets.find((candidate) => candidate.type === type);
    if (rrset === undefined || rrset.rdata.length === 1) return;
    this.#error(
      code,
      rrset.owner,
      `there are ${rrset.rdata.length} ${typeName(type)} records: a name has one`,
    );
  }

  /** RFC 2136 section 7.18: data below a zone cut or a DNAME is never answered from this zone. */
  #checkOcclusion(owner: Name, rrsets: readonly Rrset[]): void {
    for (let i = 0; i < owner.labelCount - this.#apex.labelCount; i++) {
      const ancestor = owner.slice(i);
      const isCut = this.#zone.has(ancestor, RrType.NS) && !ancestor.isWildcard;
      const hidden = rrsets.find((rrset) =>
        i === 0 ? !typesAtCut.has(rrset.type) : rrset.type !== RrType.A && rrset.type !== RrType.AAAA,
      );
      if (isCut && hidden !== undefined) {
        const message = `${typeName(hidden.type)} is never answered: ${ancestor.toString()} is delegated to other name servers`;
        this.#warn("occluded-by-delegation", owner, message);
        return;
      }
      if (i > 0 && this.#zone.has(ancestor, RrType.DNAME)) {
        this.#error(
          "occluded-by-dname",
          owner,
          `it is never answered: the DNAME at ${ancestor.toString()} stands for all below`,
        );
        return;
      }
    }
  }

  #checkTargets(rrset: Rrset): void {
    if (!typesWithHost.has(rrset.type)) return;
    const isDelegation = rrset.type === RrType.NS && !rrset.owner.equals(this.#apex);
    for (const rdata of rrset.rdata) {
      const [target] = rdataNames(rrset.type, rdata);
      if (target === undefined || target.isRoot || !target.isSubdomainOf(this.#apex)) continue;
      const what = `${typeName(rrset.type)} names ${target.toString()}`;
      if (this.#zone.has(target, RrType.CNAME)) {
        this.#error(
          "target-is-alias",
          rrset.owner,
          `${what}, which is a CNAME: it must have addresses of its own`,
        );
      } else if (!this.#hasAddress(target)) {
        if (isDelegation && target.isSubdomainOf(rrset.owner)) {
          this.#error(
            "glue-missing",
            rrset.owner,
            `${what}, which cannot be found without an A or AAAA record here`,
          );
        } else if (this.#isOurs(target)) {
          this.#warn("target-without-address", rrset.owner, `${what}, which has no A or AAAA record`);
        }
      }
    }
  }

  #hasAddress(name: Name): boolean {
    return [RrType.A, RrType.AAAA].some(
      (type) => this.#zone.has(name, type) || this.#hasByWildcard(name, type),
    );
  }

  /** Whether this zone, and no other, would have the name's addresses. */
  #isOurs(name: Name): boolean {
    for (let i = 0; i < name.labelCount - this.#apex.labelCount; i++) {
      const ancestor = name.slice(i);
      if (this.#zone.has(ancestor, RrType.NS)) return false;
      if (i > 0 && this.#zone.has(ancestor, RrType.DNAME)) return false;
    }
    return true;
  }

  /** RFC 4592 section 3.3.1, near enough for addresses: the wildcard right above the name. */
  #hasByWildcard(name: Name, type: number): boolean {
    if (this.#zone.has(name)) return false;
    const wildcard = name.parent()?.prepend(asterisk);
    return wildcard !== undefined && this.#zone.has(wildcard, type);
  }

  #error(code: ZoneFindingCode, owner: Name, message: string): void {
    this.#add(code, "error", owner, message);
  }

  #warn(code: ZoneFindingCode, owner: Name, message: string): void {
    this.#add(code, "warning", owner, message);
  }

  #add(code: ZoneFindingCode, severity: "error" | "warning", owner: Name, message: string): void {
    this.#onFinding({ code, severity, owner, message: `${owner.toString()}: ${message}` });
  }
}

const asterisk = new Uint8Array([0x2a]);
