// What the fields of a head say about the message's length and its connection (RFC 9112 sections 6 and 9, RFC 9110
// sections 7.6.1, 7.8 and 8.6). Strict: whatever two recipients could read in two ways is refused, because that is what
// request smuggling is made of (RFC 9112 section 11.2).

import type { HttpFailureCode } from "./failure.ts";
import { Field } from "./field.ts";
import type { MessageHead } from "./head.ts";
import { maxConnectionOptions } from "./limits.ts";
import { ListWalk } from "./list.ts";
import { Method } from "./method.ts";
import { decimalOf, isOf, isSameText, octetsOf, spells, TOKEN } from "./octets.ts";

/** How the content of a message ends. */
export const Framing = {
  /** There is none. */
  None: 0,
  /** After Content-Length octets. */
  Length: 1,
  /** With the last chunk and the trailer section. */
  Chunked: 2,
  /** When the connection ends; responses only. */
  UntilClose: 3,
} as const;
export type Framing = (typeof Framing)[keyof typeof Framing];

const chunked = octetsOf("chunked");
const close = octetsOf("close");
const keepAlive = octetsOf("keep-alive");
const upgrade = octetsOf("upgrade");
const trailers = octetsOf("trailers");

const walk = new ListWalk();

/**
 * Reads framing and connection fields of a head whose lines are all read, and sets what they say on it.
 * @returns the failure, or undefined
 */
export function checkFraming(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
): HttpFailureCode | undefined {
  let lengthField = -1;
  let hasCoding = false;
  let isChunked = false;
  let closes = false;
  let asksToKeep = false;
  let listsUpgrade = false;
  let namesUpgrade = false;
  let options = 0;

  for (let i = 0; i < head.fieldCount; i++) {
    const from = start + head.valueStart(i);
    const to = start + head.valueEnd(i);
    switch (head.field(i)) {
      case Field.contentLength:
        // Deviates from RFC 9112 section 6.3, which lets equal repetitions pass: refused like differing ones.
        if (lengthField >= 0) return "content-length-repeated";
        lengthField = i;
        head.contentLength = decimalOf(octets, from, to);
        if (Number.isNaN(head.contentLength)) return "content-length-malformed";
        break;

      case Field.transferEncoding:
        hasCoding = true;
        walk.begin(from, to);
        while (walk.next(octets)) {
          // chunked is applied once, as the last one; in a response something after it means "until close".
          if (isChunked && head.kind === "request") return "transfer-encoding-malformed";
          const isThis = spells(octets, walk.from, walk.to, chunked);
          if (isChunked && isThis) return "transfer-encoding-malformed";
          if (!isThis) head.hasOtherCoding = true;
          isChunked = isThis;
        }
        break;

      case Field.connection:
        walk.begin(from, to);
        while (walk.next(octets)) {
          if (++options > maxConnectionOptions) return "connection-malformed";
          for (let at = walk.from; at < walk.to; at++) {
            if (!isOf(TOKEN, octets[at])) return "connection-malformed";
          }
          if (spells(octets, walk.from, walk.to, close)) closes = true;
          else if (spells(octets, walk.from, walk.to, keepAlive)) asksToKeep = true;
          else if (spells(octets, walk.from, walk.to, upgrade)) listsUpgrade = true;
        }
        break;

      case Field.upgrade:
        namesUpgrade ||= to > from;
        break;

      case Field.te:
        walk.begin(from, to);
        while (walk.next(octets)) head.takesTrailers ||= spells(octets, walk.from, walk.to, trailers);
        break;

      default:
        break;
    }
  }

  if (hasCoding) {
    if (head.minorVersion === 0) return "transfer-encoding-in-http-1.0";
    if (lengthField >= 0) return "transfer-encoding-and-length";
    if (!isChunked && head.kind === "request") return "transfer-encoding-malformed";
    head.framing = isChunked ? Framing.Chunked : Framing.UntilClose;
  } else if (lengthField >= 0) {
    head.framing = head.contentLength === 0 ? Framing.None : Framing.Length;
  } else {
    head.framing = head.kind === "request" ? Framing.None : Framing.UntilClose;
  }
  if (head.kind === "response" && (head.status < 200 || head.status === 204 || head.status === 304)) {
    head.framing = Framing.None; // RFC 9112 section 6.3, item 1
  }

  // RFC 9112 section 9.3. Upgrade in HTTP/1.0 is ignored (RFC 9110 section 7.8).
  head.keepsAlive = !closes && (head.minorVersion === 1 || asksToKeep);
  head.wantsUpgrade = listsUpgrade && namesUpgrade && head.minorVersion === 1;
  return undefined;
}

/**
 * How the content of a response ends, given what it answers.
 * A 2xx answer to CONNECT has no content: what follows belongs to the tunnel.
 * @see RFC 9112 section 6.3, items 1 and 2
 */
export function framingOfResponse(head: MessageHead, requestMethod: number): Framing {
  if (requestMethod === Method.HEAD) return Framing.None;
  if (requestMethod === Method.CONNECT && head.status >= 200 && head.status < 300) return Framing.None;
  return head.framing;
}

/**
 * Marks the fields that Connection lists as not to be relayed.
 *
 * Host and Content-Length stay whatever Connection says: dropping them would change whom the message is for and where it ends.
 * @see RFC 9110 section 7.6.1
 */
export function removeConnectionFields(head: MessageHead, octets: Uint8Array, start: number): void {
  for (let i = head.find(Field.connection); i >= 0; i = head.find(Field.connection, i + 1)) {
    walk.begin(start + head.valueStart(i), start + head.valueEnd(i));
    while (walk.next(octets)) {
      for (let j = 0; j < head.fieldCount; j++) {
        const field = head.field(j);
        if (field === Field.host || field === Field.contentLength) continue;
        if (isSameText(octets, walk.from, walk.to, start + head.lineStart(j), start + head.nameEnd(j)))
          head.remove(j);
      }
    }
  }
}

/** Tells whether a list field holds an element, whatever the case of its letters. @param name  lower case */
export function listHas(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  field: number,
  name: Uint8Array,
): boolean {
  for (let i = head.find(field); i >= 0; i = head.find(field, i + 1)) {
    walk.begin(start + head.valueStart(i), start + head.valueEnd(i));
    while (walk.next(octets)) if (spells(octets, walk.from, walk.to, name)) return true;
  }
  return false;
}
