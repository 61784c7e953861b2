// RDATA as a whole, derived from the rows of table.ts: reading it from a message (names decompressed), writing it into
// one (names compressed where RFC 3597 section 4 lets them be), canonical form, and its fields as values.
// Everywhere else RDATA is held as uncompressed wire octets.

import { fail, type Result, succeed } from "../failure.ts";
import { maxNameOctets, maxRdataOctets } from "../limits.ts";
import type { Name } from "../name.ts";
import { lowerCase } from "../octets.ts";
import { Reader } from "../reader.ts";
import { typeName } from "../rr-type.ts";
import { Writer } from "../writer.ts";
import { fieldCodecs } from "./field-codecs.ts";
import type { Field, FieldValue } from "./field.ts";
import { rdataType, type RdataType } from "./table.ts";

/** Names that may be decompressed in one RDATA, at most (SOA, MINFO, RP, PX). */
const maxDecompressedNames = 2;

// RDATA that is being put together; used within one call only.
const scratch = new Uint8Array(maxRdataOctets + maxDecompressedNames * maxNameOctets);
const scratchWriter = new Writer(scratch, 0, maxRdataOctets);

/**
 * Reads the RDATA of one record at the reader's cursor, checking it against the type's row.
 *
 * @param length  RDLENGTH; the fields must fill it exactly
 * @returns a copy, names uncompressed; empty on failure, which is set on the reader with the field's name
 * @see RFC 1035 section 3.2.1; RFC 3597 section 4
 */
export function readRdata(reader: Reader, type: number, rrClass: number, length: number): Uint8Array {
  const row = rdataType(type, rrClass);
  const outer = reader.enter(length);
  if (reader.failure !== undefined) return noOctets;
  let rdata: Uint8Array;
  if (row === undefined) rdata = reader.take(length);
  else if (row.hasDecompressibleName) rdata = readExpanded(reader, row);
  else {
    const start = reader.position;
    checkFields(reader, row);
    rdata = reader.failure === undefined ? reader.octets.slice(start, reader.end) : noOctets;
  }
  reader.leave(outer);
  return rdata;
}

const noOctets = new Uint8Array(0);

function checkFields(reader: Reader, row: RdataType): void {
  const start = reader.position;
  for (const field of row.fields) {
    fieldCodecs[field.kind].skip(reader, field, start);
    if (reader.failure !== undefined) {
      nameField(reader, row, field);
      return;
    }
  }
  if (reader.position !== reader.end) reader.fail("leftover-octets");
}

function readExpanded(reader: Reader, row: RdataType): Uint8Array {
  const start = reader.position;
  let written = 0;
  for (const field of row.fields) {
    if (field.kind === "name") {
      written += reader.nameInto(scratch, written, field.compression !== "fixed");
    } else {
      const from = reader.position;
      fieldCodecs[field.kind].skip(reader, field, start);
      for (let i = from; i < reader.position; i++) scratch[written++] = reader.octets[i] ?? 0;
    }
    if (reader.failure !== undefined) {
      nameField(reader, row, field);
      return noOctets;
    }
  }
  // A signature of almost 65,535 octets can grow beyond what RDLENGTH can say when its name is expanded.
  if (written > maxRdataOctets) reader.fail("bad-rdata", start);
  return scratch.slice(0, written);
}

function nameField(reader: Reader, row: RdataType, field: Field): void {
  if (reader.failure) reader.failure = { ...reader.failure, field: `${row.name}.${field.name}` };
}

/**
 * Writes RDATA (uncompressed octets) without RDLENGTH, compressing the names that may be.
 * Octets that are not well-formed RDATA of the type are written as they are.
 * @see RFC 3597 section 4
 */
export function writeRdata(writer: Writer, type: number, rrClass: number, rdata: Uint8Array): void {
  const row = rdataType(type, rrClass);
  if (row === undefined || !row.hasCompressibleName) return writer.bytes(rdata);
  const begin = writer.position;
  const reader = new Reader(rdata);
  for (const field of row.fields) {
    const from = reader.position;
    fieldCodecs[field.kind].skip(reader, field, 0);
    if (reader.failure !== undefined) break;
    if (field.kind === "name") writer.nameOctets(rdata, from, field.compression === "compressible");
    else writer.bytes(rdata, from, reader.position);
  }
  if (reader.failure !== undefined || reader.remaining > 0) {
    if (writer.hasOverflowed) return;
    writer.rewind(begin);
    writer.bytes(rdata);
  }
}

/**
 * Checks uncompressed RDATA against the row of its type.
 * Types without a row are always good. Failures are those of {@link readRdata}, `offset` from the start of the RDATA.
 */
export function checkRdata(type: number, rdata: Uint8Array, rrClass: number = 1): Result<Uint8Array> {
  const row = rdataType(type, rrClass);
  if (rdata.length > maxRdataOctets)
    return fail("bad-rdata", maxRdataOctets, { expected: "at most 65535 octets" });
  if (row === undefined) return succeed(rdata);
  const reader = new Reader(rdata);
  checkFields(reader, row);
  return reader.failure === undefined ? succeed(rdata) : { ok: false, failure: reader.failure };
}

/**
 * The canonical form of RDATA: names of the older types in lower case, all else as it is.
 *
 * @param rdata  uncompressed; returned itself where nothing changes by the type's row, and where it is malformed
 * @see RFC 4034 section 6.2; RFC 6840 section 5.1 (not NSEC, but RRSIG)
 */
export function canonicalRdata(type: number, rdata: Uint8Array, rrClass: number = 1): Uint8Array {
  const row = rdataType(type, rrClass);
  if (row === undefined || !row.hasLoweredName) return rdata;
  const reader = new Reader(rdata);
  const canonical = rdata.slice();
  for (const field of row.fields) {
    const from = reader.position;
    fieldCodecs[field.kind].skip(reader, field, 0);
    if (reader.failure !== undefined) return rdata;
    if (field.isLowered !== true) continue;
    for (let i = from; i < reader.position; i++) canonical[i] = lowerCase[rdata[i] ?? 0] ?? 0;
  }
  return canonical;
}

/** All names in RDATA, in order: targets, servers, mailboxes. None where it is malformed or of an opaque type. */
export function rdataNames(type: number, rdata: Uint8Array, rrClass: number = 1): Name[] {
  const names: Name[] = [];
  const row = rdataType(type, rrClass);
  if (row === undefined) return names;
  const reader = new Reader(rdata);
  for (const field of row.fields) {
    const from = reader.position;
    fieldCodecs[field.kind].skip(reader, field, 0);
    if (reader.failure !== undefined) return [];
    if (field.kind !== "name" && field.kind !== "names") continue;
    const end = reader.position;
    reader.position = from;
    while (reader.position < end) names.push(reader.name(false));
  }
  return names;
}

/** Fields of RDATA by name, as {@link decodeRdata} gives them. */
export type RdataFields = Readonly<Record<string, FieldValue>>;

/**
 * Takes RDATA apart into the fields of its type's row.
 *
 * An opaque type has one field, `octets`. Failures as {@link checkRdata}.
 * For the types that other layers work with there are views with exact types in typed-rdata.ts.
 * @param rdata  uncompressed
 */
export function decodeRdataFields(type: number, rdata: Uint8Array, rrClass: number = 1): Result<RdataFields> {
  const row = rdataType(type, rrClass);
  const checked = checkRdata(type, rdata, rrClass);
  if (!checked.ok) return checked;
  if (row === undefined) return succeed({ octets: rdata });
  const reader = new Reader(rdata);
  const fields: Record<string, FieldValue> = {};
  for (const field of row.fields) fields[field.name] = fieldCodecs[field.kind].read(reader, field, 0);
  return succeed(fields);
}

/**
 * Puts RDATA together from the fields of its type's row, names uncompressed.
 *
 * A number or length outside of what its field holds is the failure `bad-value` with the field's name; values that do
 * not make RDATA of the type together fail as {@link checkRdata}. A field that is missing or of another JavaScript
 * type is the caller's fault: a TypeError.
 */
export function encodeRdataFields(
  type: number,
  fields: RdataFields,
  rrClass: number = 1,
): Result<Uint8Array> {
  const row = rdataType(type, rrClass);
  const writer = scratchWriter;
  writer.reset(maxRdataOctets);
  for (const { name, kind } of row?.fields ?? opaque) {
    const value = fields[name];
    const field = `${typeName(type)}.${name}`;
    if (value === undefined) throw new TypeError(`Cannot write RDATA: field "${field}" is missing`);
    if (!fieldCodecs[kind].write(writer, value)) return fail("bad-value", writer.length, { field });
    if (writer.hasOverflowed) return fail("no-room", writer.length, { field });
  }
  return checkRdata(type, scratch.slice(0, writer.length), rrClass);
}

const opaque: readonly Field[] = [{ name: "octets", kind: "hex-rest" }];
