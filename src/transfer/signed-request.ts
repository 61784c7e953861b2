// A request as it came: whose signature it has (RFC 8945 section 5.2), and what is answered where that is not good. How responses begin.

import {
  appendTsig,
  badSig,
  findTsig,
  headerOctets,
  type Hmac,
  isMacLengthLegal,
  Rcode,
  Reader,
  type TsigRecord,
  TsigSession,
  tsigTimeOctets,
} from "#wire";
import type { KeyRing } from "./access.ts";

/** What a request is. */
export type ReadRequest =
  | {
      readonly kind: "request";
      /** Without its signature. */
      readonly message: Uint8Array;
      /** Signs the responses; absent where the request is not signed. */
      readonly session: TsigSession | undefined;
      /** What was signed with, where it is. */
      readonly signature: Pick<TsigRecord, "mac" | "timeSigned" | "fudge"> | undefined;
    }
  /** It is answered with this. */
  | { readonly kind: "refused"; readonly response: Uint8Array };

/** Looks at the signature of a request. @param seconds  since 1970 */
export function readRequest(octets: Uint8Array, keys: KeyRing, hmac: Hmac, seconds: number): ReadRequest {
  const found = findTsig(octets);
  // Not a message, or a signature where none may be (RFC 8945 section 5.1).
  if (!found.ok) return { kind: "refused", response: responseTo(octets, Rcode.FORMERR) };
  const record = found.value;
  if (record === undefined)
    return { kind: "request", message: octets, session: undefined, signature: undefined };
  const key = keys.find(record.keyName);
  const refused = responseTo(octets, Rcode.NOTAUTH);
  if (key === undefined || !key.algorithm.name.equals(record.algorithmName))
    return { kind: "refused", response: unsigned(refused, record, Rcode.BADKEY) };
  // RFC 8945 section 5.2.2.1.
  if (!isMacLengthLegal(key.algorithm, record.mac.length))
    return { kind: "refused", response: responseTo(octets, Rcode.FORMERR) };
  const verdict = new TsigSession(key, hmac).check(octets, record, seconds);
  const session = new TsigSession(key, hmac, record.mac);
  if (verdict.kind === "good")
    return { kind: "request", message: verdict.message, session, signature: record };
  if (verdict.kind === "bad" && verdict.error === Rcode.BADTIME)
    return { kind: "refused", response: refuseTime(octets, session, record.timeSigned, seconds) };
  if (verdict.kind === "bad" && verdict.error === Rcode.BADTRUNC)
    return { kind: "refused", response: session.sign(refused, seconds, { error: Rcode.BADTRUNC }) };
  return { kind: "refused", response: unsigned(refused, record, badSig) };
}

/** RFC 8945 section 5.2.3: signed, with the time of the request, and ours beside it. */
export function refuseTime(
  request: Uint8Array,
  session: TsigSession,
  timeSigned: number,
  seconds: number,
): Uint8Array {
  const given = { error: Rcode.BADTIME, otherData: tsigTimeOctets(seconds), timeSigned };
  return session.sign(responseTo(request, Rcode.NOTAUTH), seconds, given);
}

/** RFC 8945 section 5.3.2: who has not shown the secret gets a signature record without a MAC. */
function unsigned(response: Uint8Array, record: TsigRecord, error: number): Uint8Array {
  const { algorithmName, timeSigned, fudge, originalId } = record;
  const none = new Uint8Array();
  const fields = { algorithmName, timeSigned, fudge, originalId, mac: none, error, otherData: none };
  return appendTsig(response, record.keyName, fields);
}

/** A response of header and question. @param flags  bits of the header besides QR, the opcode, RD and CD */
export function responseTo(request: Uint8Array, rcode: number, flags = 0): Uint8Array {
  const end = questionEnd(request);
  const response = new Uint8Array(end);
  response.set(request.subarray(0, end));
  response[2] = 0x80 | ((request[2] ?? 0) & 0x79) | (flags >>> 8);
  response[3] = ((request[3] ?? 0) & 0x10) | (flags & 0xff) | (rcode & 0xf);
  response.fill(0, 4, headerOctets);
  if (end > headerOctets) response[5] = 1;
  return response;
}

/** Where the one question ends; the end of the header where there is not one. */
function questionEnd(request: Uint8Array): number {
  const reader = new Reader(request);
  reader.skip(4);
  if (reader.u16() !== 1) return headerOctets;
  reader.skip(6);
  reader.skipPlainName();
  reader.skip(4);
  return reader.failure === undefined ? reader.position : headerOctets;
}
