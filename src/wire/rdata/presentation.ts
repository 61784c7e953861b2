// RDATA in presentation format, for every RR type of the table: reading and writing it (RFC 1035 section 5.1 and the
// RFC of each type), and the generic form \# LENGTH HEX that any type may have (RFC 3597 section 5).
// Fields are in `presentation-fields.ts`; whole zone files in `zone-file.ts`.

import { type Result, succeed } from "../failure.ts";
import { maxRdataOctets } from "../limits.ts";
import type { Name } from "../name.ts";
import { typeName } from "../rr-type.ts";
import { TextScanner, TokenKind } from "../scanner.ts";
import type { TextFailure } from "../scanner-failure.ts";
import { OctetSink, readNumber } from "../scanner-values.ts";
import { rdataExample } from "./presentation-examples.ts";
import { formatField, putField } from "./presentation-fields.ts";
import { checkRdata } from "./rdata.ts";
import { type RdataType, rdataType } from "./table.ts";
import { formatHex, putHex } from "./text-encodings.ts";
import {
  formatAmtrelay,
  formatHip,
  formatIpseckey,
  putAmtrelay,
  putHip,
  putIpseckey,
} from "./text-gateway.ts";
import { formatLocation, putLocation } from "./text-loc.ts";

/** RDATA that was refused in presentation format. */
export interface RdataTextFailure extends TextFailure {
  /** Line of the text, from 1. */
  readonly line: number;
  /** Column of the defect in its line, in characters from 1. */
  readonly column: number;
  /** The defect in one sentence. */
  readonly message: string;
}

// RDATA that is being put together; used within one call only.
const sharedSink = new OctetSink();

/**
 * Reads the RDATA of one record from a scanner that has just read the type, up to the end of the record.
 *
 * @param origin  completes relative names; absent refuses them as `missing-origin`
 * @param rrClass  absent is IN
 * @returns uncompressed RDATA; a failure is also the scanner's, with `field` such as `MX.preference` where known
 * @see RFC 1035 section 5.1; RFC 3597 section 5
 */
export function parseRdata(
  type: number,
  scanner: TextScanner,
  origin?: Name,
  rrClass: number = 1,
): Result<Uint8Array> {
  putRdata(type, scanner, sharedSink, origin, rrClass);
  return scanner.failure ? { ok: false, failure: scanner.failure } : succeed(sharedSink.take());
}

/** The same into a sink, whose contents it replaces. Where it fails, the scanner has a failure. */
export function putRdata(
  type: number,
  scanner: TextScanner,
  sink: OctetSink,
  origin: Name | undefined,
  rrClass: number,
): void {
  sink.length = 0;
  const row = rdataType(type, rrClass);
  if (scanner.isGenericNext()) {
    putGeneric(scanner, sink, type, rrClass);
  } else if (row && row.presentation !== "generic") {
    putRow(scanner, sink, row, origin?.octets);
  } else {
    scanner.next();
    scanner.failToken("bad-value", `RDATA of ${typeName(type)} in the generic form, such as \\# 4 c0000201`);
  }
  if (!scanner.failure && scanner.next() !== TokenKind.end) {
    scanner.failToken("unexpected-value", `the end of the ${typeName(type)} record`);
  }
}

function putRow(scanner: TextScanner, sink: OctetSink, row: RdataType, origin: Uint8Array | undefined): void {
  switch (row.presentation) {
    case "loc":
      return putLocation(scanner, sink);
    case "ipseckey":
      return putIpseckey(scanner, sink, origin);
    case "amtrelay":
      return putAmtrelay(scanner, sink, origin);
    case "hip":
      return putHip(scanner, sink, origin);
    default:
  }
  for (const field of row.fields) {
    // A key may be left out where its flags say that there is none (RFC 2535 section 3.1.2).
    if (isKeyAbsent(row, field.kind, sink.octets) && !scanner.hasNext()) return;
    putField(scanner, sink, field, origin);
    if (scanner.failure) {
      scanner.failure = { ...scanner.failure, field: `${row.name}.${field.name}` };
      return;
    }
  }
}

/** Whether a record KEY says of itself that it holds no key. */
function isKeyAbsent(row: RdataType, kind: string, octets: Uint8Array): boolean {
  return row.name === "KEY" && kind === "base64-rest" && octets[0]! >= 0xc0;
}

function putGeneric(scanner: TextScanner, sink: OctetSink, type: number, rrClass: number): void {
  scanner.next();
  const length = readNumber(scanner, maxRdataOctets, "the number of octets in the RDATA");
  const lengthAt = scanner.tokenStart;
  const hasOctets = scanner.hasNext();
  const octetsAt = hasOctets ? scanner.at : lengthAt;
  if (hasOctets) putHex(scanner, sink);
  if (scanner.failure) return;
  if (sink.length !== length) {
    scanner.fail("length-mismatch", `the number of octets that follow, ${sink.length}`, lengthAt);
    return;
  }
  // RFC 3597 section 5: the RDATA of a known type is still checked as such.
  const checked = checkRdata(type, sink.octets.subarray(0, length), rrClass);
  if (!checked.ok) {
    const { code } = checked.failure;
    scanner.fail("bad-value", `octets that are RDATA of ${typeName(type)} (${code})`, octetsAt);
  }
}

/**
 * Reads RDATA in presentation format from a string, which is one record's and nothing more.
 *
 * @param origin  completes relative names; absent refuses them
 * @returns uncompressed RDATA; a failure has the place in `text`, what was expected and a sentence
 * @example
 * parseRecordText(RrType.MX, "10 mail.example.org.")
 */
export function parseRecordText(
  type: number,
  text: string,
  origin?: Name,
  rrClass: number = 1,
):
  | { readonly ok: true; readonly value: Uint8Array }
  | { readonly ok: false; readonly failure: RdataTextFailure } {
  const scanner = new TextScanner(new TextEncoder().encode(text));
  scanner.beginRecord();
  const parsed = parseRdata(type, scanner, origin, rrClass);
  if (parsed.ok && !scanner.isDone) scanner.endRecord();
  if (parsed.ok && !scanner.isDone)
    scanner.fail("unexpected-value", "one record, without a line behind it", scanner.at);
  if (!scanner.failure && parsed.ok) return parsed;
  const failure = scanner.failure as TextFailure;
  const position = scanner.position(failure.offset);
  return {
    ok: false,
    failure: { ...failure, ...position, message: describeRdataFailure(type, failure, position) },
  };
}

function describeRdataFailure(
  type: number,
  failure: TextFailure,
  at: { line: number; column: number },
): string {
  const place = at.line > 1 ? `line ${at.line}, column ${at.column}` : `column ${at.column}`;
  return `Cannot read ${typeName(type)} record: ${describeTextFailure(failure)} at ${place}; an example is ${rdataExample(type)}`;
}

/** Says what was expected and what was found. */
export function describeTextFailure(failure: TextFailure): string {
  const found = failure.code === "missing-value" || failure.found === "" ? "nothing" : `"${failure.found}"`;
  return `expected ${failure.expected}, found ${found}`;
}

/**
 * Writes RDATA in presentation format.
 *
 * RDATA that is malformed, or that the type's own text cannot say, is written in the generic form.
 * @param rdata  uncompressed
 * @param origin  names below it are written relative to it; absent writes all names in full
 * @param rrClass  absent is IN
 * @returns text on one line; where the RDATA is well-formed, `parseRdata` gives the same octets
 * @see RFC 1035 section 5.1; RFC 3597 section 5
 */
export function formatRdata(type: number, rdata: Uint8Array, origin?: Name, rrClass: number = 1): string {
  const row = rdataType(type, rrClass);
  const text = row && row.presentation !== "generic" ? formatRow(row, rdata, origin?.octets) : undefined;
  return text ?? formatGenericRdata(rdata);
}

function formatRow(row: RdataType, rdata: Uint8Array, origin: Uint8Array | undefined): string | undefined {
  switch (row.presentation) {
    case "loc":
      return formatLocation(rdata);
    case "ipseckey":
      return formatIpseckey(rdata, origin);
    case "amtrelay":
      return formatAmtrelay(rdata, origin);
    case "hip":
      return formatHip(rdata, origin);
    default:
  }
  let text = "";
  let at = 0;
  for (const field of row.fields) {
    if (at === rdata.length && at >= 4 && isKeyAbsent(row, field.kind, rdata)) break;
    const formatted = formatField(rdata, at, field, origin);
    if (!formatted) return undefined;
    if (formatted.text !== "") text += text === "" ? formatted.text : ` ${formatted.text}`;
    at = formatted.end;
  }
  return at === rdata.length ? text : undefined;
}

/** Writes RDATA of any type as \# LENGTH HEX (RFC 3597 section 5). */
export function formatGenericRdata(rdata: Uint8Array): string {
  return rdata.length === 0 ? "\\# 0" : `\\# ${rdata.length} ${formatHex(rdata)}`;
}
