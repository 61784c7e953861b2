// Encodes DNS messages to a given maximum (RFC 1035 section 4.1, RFC 6891), compressing names (RFC 3597 section 4).
// What does not fit is left out by whole RRsets and told to the caller as a value; TC is set where the rules say so.
// For the answers of hot paths, which are prebuilt octets, this is not the place.

import { fail, type Result, succeed } from "./failure.ts";
import { headerOctets, maxMessageOctets } from "./limits.ts";
import {
  compactOkBit,
  dnssecOkBit,
  type Edns,
  encodeFlags,
  FlagBit,
  type Message,
  type Question,
  type ResourceRecord,
} from "./message.ts";
import { writeRdata } from "./rdata/rdata.ts";
import { RrType } from "./rr-type.ts";
import { Writer } from "./writer.ts";

/** A message in wire form. */
export interface EncodedMessage {
  /** Octets of their own. */
  readonly octets: Uint8Array;
  /** Whether TC is set: records that had to be there are missing, or the message came with TC. */
  readonly isTruncated: boolean;
  /** Records left out for want of room, of any section. */
  readonly omittedRecords: number;
}

/** What to hold on to when room is short. */
export interface EncodeOptions {
  /**
   * How many of the first additional records have to be there, such as glue for name servers in the zone below a
   * referral: leaving one of them out sets TC (RFC 9471 section 3). Absent is none.
   */
  readonly requiredAdditional?: number;
}

// The message that is being put together; used within one call only.
const scratch = new Writer(new Uint8Array(maxMessageOctets));

/**
 * Encodes a message into at most `maxOctets` octets (512 for UDP without EDNS, 65535 for TCP).
 *
 * Where an RRset of the answer or authority section does not fit, it and all after it are left out and TC is set;
 * RRsets of the additional section are left out one by one, without TC (RFC 2181 section 9). The OPT record and a
 * TSIG or SIG(0) record at the end are kept. Failures: `no-room` where not even the question, OPT and signature fit;
 * `bad-value` where a response code is over 15 without an OPT record, or over 4095.
 * @see RFC 1035 section 4.1; RFC 2181 section 9; RFC 6891 section 6.1
 */
export function encodeMessage(
  message: Message,
  maxOctets: number = maxMessageOctets,
  options: EncodeOptions = {},
): Result<EncodedMessage> {
  const { edns, additional } = message;
  if (message.rcode > (edns ? 0xfff : 0xf) || message.rcode < 0) return badValue("rcode");
  const last = additional.at(-1);
  const signature = last !== undefined && isSignature(last) ? last : undefined;
  const writer = scratch;
  writer.reset(Math.min(maxOctets, maxMessageOctets));
  writer.bytes(emptyHeader);
  for (const question of message.question) writeQuestion(writer, question);
  const reserved = (edns ? ednsOctets(edns) : 0) + (signature ? recordOctets(signature) : 0);
  if (writer.hasOverflowed || writer.position + reserved > writer.end) return fail("no-room", writer.length);
  writer.end -= reserved;

  const answers = writeSection(writer, message.answer);
  const isAnswerWhole = answers === message.answer.length;
  const authorities = isAnswerWhole ? writeSection(writer, message.authority) : 0;
  const isAuthorityWhole = isAnswerWhole && authorities === message.authority.length;
  const body = signature ? additional.slice(0, -1) : additional;
  const additionals = isAuthorityWhole
    ? writeOptional(writer, body, options.requiredAdditional ?? 0)
    : { written: 0, isRequiredMissing: false };
  const isTruncated =
    message.flags.tc || !isAnswerWhole || !isAuthorityWhole || additionals.isRequiredMissing;

  writer.end += reserved;
  if (edns) writeEdns(writer, edns, message.rcode);
  if (signature) writeRecord(writer, signature);
  if (writer.hasOverflowed) return fail("no-room", writer.length);
  const flags = encodeFlags(message.flags, message.rcode) | (isTruncated ? FlagBit.TC : 0);
  const end = writer.position;
  const counts = additionals.written + (edns ? 1 : 0) + (signature ? 1 : 0);
  writer.rewind(writer.start);
  writeHeader(writer, message.id, flags, message.question.length, answers, authorities, counts);
  const omittedRecords =
    message.answer.length +
    message.authority.length +
    body.length -
    answers -
    authorities -
    additionals.written;
  return succeed({ octets: writer.octets.slice(writer.start, end), isTruncated, omittedRecords });
}

const emptyHeader = new Uint8Array(headerOctets);

function badValue(field: string): Result<EncodedMessage> {
  return fail("bad-value", 0, { section: "header", field });
}

function isSignature(record: ResourceRecord): boolean {
  // SIG(0) covers no type (RFC 2931 section 3).
  return (
    record.type === RrType.TSIG ||
    (record.type === RrType.SIG && record.rdata[0] === 0 && record.rdata[1] === 0)
  );
}

/** Writes a header: 12 octets. `flags` are the second 16 bits, as `encodeFlags` makes them. */
export function writeHeader(
  writer: Writer,
  id: number,
  flags: number,
  questions: number,
  answers: number,
  authorities: number,
  additionals: number,
): void {
  writer.u16(id);
  writer.u16(flags);
  writer.u16(questions);
  writer.u16(answers);
  writer.u16(authorities);
  writer.u16(additionals);
}

/** Writes one question. */
export function writeQuestion(writer: Writer, question: Question): void {
  writer.name(question.name);
  writer.u16(question.type);
  writer.u16(question.class);
}

/**
 * Writes one record, names compressed where they may be. Where it does not fit, the writer has overflowed and the
 * caller rewinds.
 */
export function writeRecord(writer: Writer, record: ResourceRecord): void {
  writer.name(record.name);
  writer.u16(record.type);
  writer.u16(record.class);
  writer.u32(record.ttl);
  const lengthAt = writer.position;
  writer.u16(0);
  writeRdata(writer, record.type, record.class, record.rdata);
  writer.patchU16(lengthAt, writer.position - lengthAt - 2);
}

/** Writes an OPT record; `rcode` gives its upper eight bits to it (RFC 6891 section 6.1.3). */
export function writeEdns(writer: Writer, edns: Edns, rcode: number = 0): void {
  writer.u8(0);
  writer.u16(RrType.OPT);
  writer.u16(edns.udpPayloadSize);
  writer.u8(rcode >> 4);
  writer.u8(edns.version);
  writer.u16((edns.isDnssecOk ? dnssecOkBit : 0) | (edns.isCompactOk ? compactOkBit : 0));
  writer.u16(ednsOctets(edns) - 11);
  for (const option of edns.options) {
    writer.u16(option.code);
    writer.u16(option.octets.length);
    writer.bytes(option.octets);
  }
}

/** The octets of an OPT record: 11 and its options. */
export function ednsOctets(edns: Edns): number {
  let octets = 11;
  for (const option of edns.options) octets += 4 + option.octets.length;
  return octets;
}

/** The octets of a record without compression. */
function recordOctets(record: ResourceRecord): number {
  return record.name.octets.length + 10 + record.rdata.length;
}

/** Where the RRset that begins at `from` ends: records of one owner, type and class in a row. */
function rrsetEnd(records: readonly ResourceRecord[], from: number): number {
  const first = records[from];
  if (!first) return from;
  let end = from + 1;
  while (end < records.length && isSameRrset(first, records[end])) end++;
  return end;
}

function isSameRrset(a: ResourceRecord, b: ResourceRecord | undefined): boolean {
  return b !== undefined && a.type === b.type && a.class === b.class && a.name.equals(b.name);
}

/** Writes the records from `from` to `to` or, where they do not all fit, none. */
function writeRrset(writer: Writer, records: readonly ResourceRecord[], from: number, to: number): boolean {
  const begin = writer.position;
  for (let i = from; i < to; i++) {
    const record = records[i];
    if (record) writeRecord(writer, record);
    if (writer.hasOverflowed) {
      writer.rewind(begin);
      return false;
    }
  }
  return true;
}

/** Writes RRsets until one does not fit. Returns the records written. */
function writeSection(writer: Writer, records: readonly ResourceRecord[]): number {
  for (let from = 0; from < records.length;) {
    const to = rrsetEnd(records, from);
    if (!writeRrset(writer, records, from, to)) return from;
    from = to;
  }
  return records.length;
}

/** Writes the RRsets that fit. */
function writeOptional(
  writer: Writer,
  records: readonly ResourceRecord[],
  required: number,
): { written: number; isRequiredMissing: boolean } {
  let written = 0;
  let isRequiredMissing = false;
  for (let from = 0; from < records.length;) {
    const to = rrsetEnd(records, from);
    if (writeRrset(writer, records, from, to)) written += to - from;
    else if (from < required) isRequiredMissing = true;
    from = to;
  }
  return { written, isRequiredMissing };
}
