// The journal of zones as octets, for whoever keeps it on disk: what was added to it, cut from it and forgotten, one record each. What is read is checked field
// by field: a disk may give back anything.

import { Name, type ResourceRecord, RrClass, RrType } from "#wire";
import type { Rrset } from "./rrset.ts";
import type { VersionDiff } from "./version.ts";

/** What is done to a journal. */
export type JournalEvent =
  /** A zone has another version. */
  | { readonly kind: "add"; readonly apex: Name; readonly diff: VersionDiff }
  /** Versions after the one of this serial never came to be. */
  | { readonly kind: "cut"; readonly apex: Name; readonly serial: number }
  /** Nothing that is known of a zone holds any more. */
  | { readonly kind: "forget"; readonly apex: Name };

const kinds = ["add", "cut", "forget"] as const;

/** Encodes what was done. */
export function encodeJournalEvent(event: JournalEvent): Uint8Array {
  const writer = new OctetWriter();
  writer.u8(kinds.indexOf(event.kind));
  writer.name(event.apex);
  if (event.kind === "cut") writer.u32(event.serial);
  if (event.kind === "add") {
    const { from, to, removed, added } = event.diff;
    for (const soa of [from, to]) writer.data(soa.ttl, soa.rdata[0] ?? new Uint8Array());
    for (const records of [removed, added]) {
      writer.u32(records.length);
      for (const { name, type, ttl, rdata } of records) {
        writer.name(name);
        writer.u16(type);
        writer.data(ttl, rdata);
      }
    }
  }
  return writer.written();
}

/** Decodes it; undefined where the octets are none. */
export function decodeJournalEvent(octets: Uint8Array): JournalEvent | undefined {
  const reader = new OctetReader(octets);
  const kind = kinds[reader.u8()];
  const apex = reader.name();
  if (!kind || !apex) return undefined;
  let event: JournalEvent;
  if (kind === "forget") event = { kind, apex };
  else if (kind === "cut") event = { kind, apex, serial: reader.u32() };
  else {
    const soa = (): Rrset => {
      const { ttl, rdata } = reader.data();
      return { owner: apex, type: RrType.SOA, ttl, rdata: [rdata] };
    };
    const [from, to] = [soa(), soa()];
    const [removed, added] = [reader.records(), reader.records()];
    // An SOA record has two names and five numbers.
    if ([from, to].some(({ rdata }) => (rdata[0]?.length ?? 0) < 22)) return undefined;
    event = { kind, apex, diff: { from, to, removed, added } };
  }
  return reader.isWhole ? event : undefined;
}

/** Least octets of a record: the root's name, type, TTL and a length. */
const minRecordOctets = 10;

class OctetWriter {
  #octets = new Uint8Array(512);
  #view = new DataView(this.#octets.buffer);
  #at = 0;

  u8(value: number): void {
    const at = this.#take(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#take(2);
    this.#view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#view.setUint32(at, value);
  }

  name(name: Name): void {
    this.u8(name.octets.length);
    const at = this.#take(name.octets.length);
    this.#octets.set(name.octets, at);
  }

  data(ttl: number, rdata: Uint8Array): void {
    this.u32(ttl);
    this.u16(rdata.length);
    const at = this.#take(rdata.length);
    this.#octets.set(rdata, at);
  }

  written(): Uint8Array {
    return this.#octets.subarray(0, this.#at);
  }

  /** Makes room; what is written to may be another array afterwards. */
  #take(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#octets.length) {
      const larger = new Uint8Array(Math.max(2 * this.#octets.length, this.#at));
      larger.set(this.#octets);
      this.#octets = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Reads on after what is not there, with zeros; whether all was there and read is asked at the end. */
class OctetReader {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #hasFailed = false;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  }

  get isWhole(): boolean {
    return !this.#hasFailed && this.#at === this.#octets.length;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0xff : this.#view.getUint8(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at);
  }

  name(): Name | undefined {
    const length = this.u8();
    const at = this.#take(length);
    const name = at < 0 ? undefined : Name.fromOctets(this.#octets.slice(at, at + length));
    if (name?.octets.length !== length) this.#hasFailed = true;
    return name;
  }

  data(): { ttl: number; rdata: Uint8Array } {
    const ttl = this.u32();
    const lengthAt = this.#take(2);
    const length = lengthAt < 0 ? 0 : this.#view.getUint16(lengthAt);
    const at = this.#take(length);
    return { ttl, rdata: at < 0 ? new Uint8Array() : this.#octets.slice(at, at + length) };
  }

  records(): ResourceRecord[] {
    const count = this.u32();
    const records: ResourceRecord[] = [];
    // Looked at before room is made for them.
    if (count * minRecordOctets > this.#octets.length - this.#at) this.#hasFailed = true;
    for (let i = 0; i < count && !this.#hasFailed; i++) {
      const name = this.name();
      const typeAt = this.#take(2);
      const { ttl, rdata } = this.data();
      if (!name || typeAt < 0) break;
      records.push({ name, type: this.#view.getUint16(typeAt), class: RrClass.IN, ttl, rdata });
    }
    return records;
  }

  #take(length: number): number {
    if (this.#hasFailed || this.#at + length > this.#octets.length) {
      this.#hasFailed = true;
      return -1;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
