// A zone on its way to a secondary (RFC 5936, RFC 1995): records in messages, as fast as these are taken, each of them signed where the request was.
// The records are of one revision of the zone, which is held until the end.

import type { ResponseSink, Transaction } from "#answer";
import type { Now } from "#engine";
import {
  type Edns,
  FlagBit,
  headerOctets,
  maxMessageOctets,
  type ResourceRecord,
  RrType,
  type TsigSession,
  tsigOctets,
  writeEdns,
  writeRecord,
  Writer,
} from "#wire";
import { type Rrset, soaRecord, toRecords, type VersionDiff } from "#zone";

/** A message is sent once it has so many octets: beyond 16,384 no name can be pointed at, and waiting costs memory. */
const fullOctets = 32 * 1024;

/** Milliseconds after which a transfer that is not through is given up: until then its revision takes up memory. */
export const maxTransferMs: number = 60 * 60 * 1000;

/** The records of a whole zone: SOA at both ends (RFC 5936 section 2.2). */
export function* axfrRecords(soa: Rrset, rrsets: Iterable<Rrset>): Generator<ResourceRecord> {
  yield soaRecord(soa);
  for (const rrset of rrsets) {
    if (rrset.type !== RrType.SOA || !rrset.owner.equals(soa.owner)) yield* toRecords([rrset]);
  }
  yield soaRecord(soa);
}

/** The records of differences, one version after the other (RFC 1995 section 4). */
export function* ixfrRecords(diffs: readonly VersionDiff[]): Generator<ResourceRecord> {
  const last = diffs.at(-1);
  if (last === undefined) return;
  yield soaRecord(last.to);
  for (const { from, to, removed, added } of diffs) {
    yield soaRecord(from);
    yield* removed;
    yield soaRecord(to);
    yield* added;
  }
  yield soaRecord(last.to);
}

/** How a transfer is made. */
export interface OutgoingTransferOptions {
  /** Header and question of the response. */
  readonly head: Uint8Array;
  readonly records: Iterator<ResourceRecord>;
  readonly sink: ResponseSink;
  /** Signs; absent: messages go unsigned. */
  readonly session?: TsigSession | undefined;
  /** Goes with the first message. */
  readonly edns?: Edns | undefined;
  /** Lets the revision go. Called once. */
  readonly release: () => void;
  readonly startedAt: number;
}

/** See the head of this file. */
export class OutgoingTransfer implements Transaction {
  readonly #options: OutgoingTransferOptions;
  readonly #writer: Writer;
  #next: ResourceRecord | undefined;
  #isFirst = true;
  #isOver = false;

  constructor(options: OutgoingTransferOptions) {
    this.#options = options;
    const reserved = options.session ? tsigOctets(options.session.key) : 0;
    this.#writer = new Writer(new Uint8Array(maxMessageOctets - reserved));
    this.#take();
  }

  more(now: Now): void {
    const { sink, session, startedAt } = this.#options;
    while (!this.#isOver) {
      if (now.monotonic - startedAt > maxTransferMs) return this.#end(() => sink.abort());
      if (this.#next === undefined) return this.#end(() => sink.end());
      const message = this.#message();
      // A record that no message can hold: what was sent must not be taken for the zone.
      if (message === undefined) return this.#end(() => sink.abort());
      const signed = session ? session.sign(message, Math.floor(now.wall / 1000)) : message;
      if (!sink.send(signed) && this.#next !== undefined) return;
    }
  }

  cancel(): void {
    this.#end(() => {});
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.release();
    tell();
  }

  #take(): void {
    const { done, value } = this.#options.records.next();
    this.#next = done === true ? undefined : value;
  }

  /** The next message; undefined where the next record fits into none. */
  #message(): Uint8Array | undefined {
    const { head, edns } = this.#options;
    const writer = this.#writer;
    writer.reset(writer.octets.length);
    writer.bytes(head);
    let count = 0;
    const hasEdns = this.#isFirst && edns !== undefined;
    const reserved = hasEdns ? 64 : 0;
    writer.end -= reserved;
    while (this.#next !== undefined && writer.length < fullOctets) {
      const mark = writer.position;
      writeRecord(writer, this.#next);
      if (writer.hasOverflowed) {
        writer.rewind(mark);
        break;
      }
      count++;
      this.#take();
    }
    if (count === 0) return undefined;
    writer.end += reserved;
    if (hasEdns) writeEdns(writer, edns);
    this.#isFirst = false;
    const message = writer.octets.slice(0, writer.length);
    message[2]! |= FlagBit.AA >>> 8;
    message[6] = count >>> 8;
    message[7] = count;
    message[11] = hasEdns ? 1 : 0;
    return message;
  }
}

/** Puts records into one message of at most so many octets; undefined where they do not fit (RFC 1995 section 2: IXFR over UDP). */
export function singleMessage(
  head: Uint8Array,
  records: Iterable<ResourceRecord>,
  edns: Edns | undefined,
  maxOctets: number,
): Uint8Array | undefined {
  const writer = new Writer(new Uint8Array(maxOctets));
  writer.bytes(head);
  let count = 0;
  for (const record of records) {
    writeRecord(writer, record);
    if (writer.hasOverflowed) return undefined;
    count++;
  }
  if (edns) writeEdns(writer, edns);
  if (writer.hasOverflowed || writer.length < headerOctets) return undefined;
  const message = writer.octets.slice(0, writer.length);
  message[2]! |= FlagBit.AA >>> 8;
  message[6] = count >>> 8;
  message[7] = count;
  message[11] = edns ? 1 : 0;
  return message;
}
