// DNS UPDATE (RFC 2136): prerequisites and changes of one message against one version of a zone. All of it is decided before anything is changed; what
// comes out is one change, with the serial counted up once. Who may send it is said elsewhere; what of a zone somebody may change is looked at for each
// record (RFC 3007 section 3).

import {
  canonicalRdata,
  isMetaType,
  type Message,
  type Name,
  Rcode,
  type ResourceRecord,
  RrClass,
  RrType,
} from "#wire";
import type { ZoneChange } from "./change.ts";
import { madeTypes } from "./made-types.ts";
import type { Rrset } from "./rrset.ts";
import { compareSerials, nextSerial } from "./serial.ts";
import { serialOf, withSerial } from "./version.ts";

/** What of a zone somebody may change. */
export interface UpdateScope {
  /** Names at or below which records may be changed; absent: all of the zone. */
  readonly below?: readonly Name[];
  /** Types that may be changed; absent: all but SOA, NS at the apex, and those of DNSSEC. */
  readonly types?: readonly number[];
}

/** A version of a zone, as an update sees it. */
export interface UpdateView {
  readonly apex: Name;
  /** The RRsets at a name. */
  at(owner: Name): readonly Rrset[];
}

/** Octets that an RRset may have: with more it fits into no message. */
const maxRrsetOctets = 60_000;

/** What comes of an update. */
export type UpdateOutcome =
  | { readonly rcode: 0; readonly change: ZoneChange | undefined }
  | { readonly rcode: number; readonly change?: undefined };

/** Tells whether a record may be changed by who has a scope. */
export function isInScope(
  { below, types }: UpdateScope,
  { name, type }: ResourceRecord,
  apex: Name,
): boolean {
  if (below && !below.some((top) => name.isSubdomainOf(top))) return false;
  if (types) return types.includes(type);
  if (madeTypes.has(type) || type === RrType.DNSKEY) return false;
  return !(name.equals(apex) && (type === RrType.SOA || type === RrType.NS));
}

/**
 * Decides an update. Prerequisites are in the answer section of the message, changes in the authority section.
 * @param scopes  what its sender may change, of all of which one is enough for each record
 * @param seconds  since 1970, for the serial
 */
export function decideUpdateOf(
  { answer, authority }: Pick<Message, "answer" | "authority">,
  view: UpdateView,
  scopes: readonly UpdateScope[],
  seconds: number,
): UpdateOutcome {
  const { apex } = view;
  const unmet = checkPrerequisites(answer, view);
  if (unmet !== Rcode.NOERROR) return { rcode: unmet };
  const unsound = prescan(authority, apex);
  if (unsound !== Rcode.NOERROR) return { rcode: unsound };
  if (!authority.every((record) => scopes.some((scope) => isInScope(scope, record, apex))))
    return { rcode: Rcode.REFUSED };
  return new Update(view, seconds).run(authority);
}

/** RFC 2136 section 3.2. */
function checkPrerequisites(records: readonly ResourceRecord[], view: UpdateView): number {
  const { apex } = view;
  const wanted = new Map<string, ResourceRecord[]>();
  // Each name is looked up once, however many records speak of it.
  const found = new Map<string, readonly Rrset[]>();
  const at = (name: Name): readonly Rrset[] => {
    const rrsets = found.get(name.key) ?? view.at(name);
    found.set(name.key, rrsets);
    return rrsets;
  };
  for (const record of records) {
    const { name, type, rdata } = record;
    if (record.ttl !== 0) return Rcode.FORMERR;
    if (!name.isSubdomainOf(apex)) return Rcode.NOTZONE;
    const there = at(name);
    const isThere = type === RrType.ANY ? there.length > 0 : there.some((rrset) => rrset.type === type);
    switch (record.class) {
      case RrClass.ANY:
        if (rdata.length > 0) return Rcode.FORMERR;
        if (!isThere) return type === RrType.ANY ? Rcode.NXDOMAIN : Rcode.NXRRSET;
        break;
      case RrClass.NONE:
        if (rdata.length > 0) return Rcode.FORMERR;
        if (isThere) return type === RrType.ANY ? Rcode.YXDOMAIN : Rcode.YXRRSET;
        break;
      case RrClass.IN: {
        if (isMetaType(type)) return Rcode.FORMERR;
        const key = `${type} ${name.key}`;
        const beside = wanted.get(key);
        if (beside) beside.push(record);
        else wanted.set(key, [record]);
        break;
      }
      default:
        return Rcode.FORMERR;
    }
  }
  for (const rrset of wanted.values()) {
    const [first] = rrset;
    const there = first && at(first.name).find(({ type }) => type === first.type);
    if (!there || !isSameSet(rrset, there)) return Rcode.NXRRSET;
  }
  return Rcode.NOERROR;
}

function isSameSet(records: readonly ResourceRecord[], { type, rdata }: Rrset): boolean {
  const wanted = new Set(records.map((record) => keyOf(type, record.rdata)));
  return wanted.size === rdata.length && rdata.every((each) => wanted.has(keyOf(type, each)));
}

/** The same text for the same data of a type. Sets of data are compared by it: a message holds thousands, and each with each would be millions. */
function keyOf(type: number, rdata: Uint8Array): string {
  let key = "";
  for (const octet of canonicalRdata(type, rdata)) key += String.fromCharCode(octet);
  return key;
}

/** RFC 2136 section 3.4.1. */
function prescan(records: readonly ResourceRecord[], apex: Name): number {
  for (const { name, type, class: rrClass, ttl, rdata } of records) {
    if (!name.isSubdomainOf(apex)) return Rcode.NOTZONE;
    switch (rrClass) {
      case RrClass.IN:
        if (isMetaType(type)) return Rcode.FORMERR;
        break;
      case RrClass.ANY:
        if (ttl !== 0 || rdata.length > 0 || (isMetaType(type) && type !== RrType.ANY)) return Rcode.FORMERR;
        break;
      case RrClass.NONE:
        if (ttl !== 0 || isMetaType(type)) return Rcode.FORMERR;
        break;
      default:
        return Rcode.FORMERR;
    }
  }
  return Rcode.NOERROR;
}

/** An RRset while it is worked out; empty where it is to go. */
interface Draft {
  readonly before: Rrset | undefined;
  readonly owner: Name;
  readonly type: number;
  ttl: number;
  /** By what tells it apart. */
  readonly rdata: Map<string, Uint8Array>;
}

/** The changes of one message, worked out on copies of what they touch (RFC 2136 section 3.4.2). */
class Update {
  readonly #view: UpdateView;
  readonly #seconds: number;
  readonly #names = new Map<string, Map<number, Draft>>();
  #soa: Rrset | undefined;
  #isSoaGiven = false;

  constructor(view: UpdateView, seconds: number) {
    this.#view = view;
    this.#seconds = seconds;
    this.#soa = view.at(view.apex).find(({ type }) => type === RrType.SOA);
  }

  run(records: readonly ResourceRecord[]): UpdateOutcome {
    if (this.#soa === undefined) return { rcode: Rcode.SERVFAIL };
    for (const record of records) {
      if (record.class === RrClass.IN) this.#add(record);
      else if (record.class === RrClass.NONE) this.#removeRecord(record);
      else this.#removeRrsets(record);
    }
    return this.#finish(this.#soa);
  }

  #isApex(name: Name): boolean {
    return name.equals(this.#view.apex);
  }

  #at(name: Name): Map<number, Draft> {
    let found = this.#names.get(name.key);
    if (found === undefined) {
      const rrsets = this.#view.at(name);
      found = new Map(
        rrsets.map((before) => [
          before.type,
          {
            before,
            owner: before.owner,
            type: before.type,
            ttl: before.ttl,
            rdata: new Map(before.rdata.map((each) => [keyOf(before.type, each), each])),
          },
        ]),
      );
      this.#names.set(name.key, found);
    }
    return found;
  }

  #add({ name, type, ttl, rdata }: ResourceRecord): void {
    if (type === RrType.SOA) return this.#addSoa(name, ttl, rdata);
    const drafts = this.#at(name);
    const others = [...drafts.values()].filter(
      (draft) => draft.rdata.size > 0 && !besideCname.has(draft.type),
    );
    const hasCname = (drafts.get(RrType.CNAME)?.rdata.size ?? 0) > 0;
    // Silently left out, as the RFC has it: a CNAME beside others, and others beside a CNAME.
    if (type === RrType.CNAME ? others.length > 0 : hasCname && !besideCname.has(type)) return;
    let draft = drafts.get(type);
    if (!draft) drafts.set(type, (draft = { before: undefined, owner: name, type, ttl, rdata: new Map() }));
    draft.ttl = ttl;
    // One CNAME, and one DNAME (RFC 6672 section 2.4), takes the place of another.
    if (type === RrType.CNAME || type === RrType.DNAME) draft.rdata.clear();
    draft.rdata.set(keyOf(type, rdata), rdata);
  }

  #addSoa(name: Name, ttl: number, rdata: Uint8Array): void {
    const current = serialOf(this.#soa);
    const given: Rrset = { owner: name, type: RrType.SOA, ttl, rdata: [rdata] };
    const serial = serialOf(given);
    if (!this.#isApex(name) || current === undefined || serial === undefined) return;
    if ((compareSerials(serial, current) ?? -1) <= 0) return;
    this.#soa = given;
    this.#isSoaGiven = true;
  }

  #removeRecord({ name, type, rdata }: ResourceRecord): void {
    if (type === RrType.SOA) return;
    const draft = this.#at(name).get(type);
    if (!draft) return;
    const key = keyOf(type, rdata);
    // RFC 2136 section 3.4.2.4: the last NS of the zone stays.
    if (draft.rdata.size === 1 && draft.rdata.has(key) && type === RrType.NS && this.#isApex(name)) return;
    draft.rdata.delete(key);
  }

  #removeRrsets({ name, type }: ResourceRecord): void {
    for (const draft of this.#at(name).values()) {
      if (type !== RrType.ANY && draft.type !== type) continue;
      if (this.#isApex(name) && (draft.type === RrType.SOA || draft.type === RrType.NS)) continue;
      draft.rdata.clear();
    }
  }

  #finish(soa: Rrset): UpdateOutcome {
    const { apex } = this.#view;
    const put: Rrset[] = [];
    const remove: { owner: Name; type: number }[] = [];
    for (const drafts of this.#names.values()) {
      for (const draft of drafts.values()) {
        if (!isChanged(draft)) continue;
        if (draft.rdata.size === 0) remove.push(draft);
        else
          put.push({
            owner: draft.owner,
            type: draft.type,
            ttl: draft.ttl,
            rdata: [...draft.rdata.values()],
          });
      }
    }
    if (put.some(({ rdata }) => rdata.reduce((sum, each) => sum + each.length + 12, 0) > maxRrsetOctets))
      return { rcode: Rcode.REFUSED };
    if (put.length + remove.length === 0 && !this.#isSoaGiven) return { rcode: 0, change: undefined };
    // RFC 2136 section 3.6: the serial goes up once, unless the message has brought one.
    const to = this.#isSoaGiven ? soa : withSerial(soa, nextSerial(serialOf(soa), this.#seconds));
    const change: ZoneChange = {
      put: [to, ...put].map((rrset) => ({ kind: "rrset", apex, ...rrset })),
      remove: remove.map(({ owner, type }) => ({ kind: "rrset", apex, owner, type })),
    };
    return { rcode: 0, change };
  }
}

function isChanged({ before, ttl, rdata, type }: Draft): boolean {
  if (!before) return rdata.size > 0;
  if (rdata.size !== before.rdata.length) return true;
  return (
    (rdata.size > 0 && ttl !== before.ttl) || !before.rdata.every((each) => rdata.has(keyOf(type, each)))
  );
}

/** What may stand beside a CNAME (RFC 4035 section 2.5). */
const besideCname: ReadonlySet<number> = new Set([
  RrType.CNAME,
  RrType.RRSIG,
  RrType.NSEC,
  RrType.KEY,
  RrType.SIG,
]);
