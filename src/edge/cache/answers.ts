// Answers from the store: the whole of a response, a part of it, or that it is not modified. Hot path (bench/hits.ts).

import type { Now } from "#engine";
import { formatContentRange, Method, MessageHead, type OctetRange, reasonPhrase } from "#http";
import type { ClientConnection } from "../connections.ts";
import type { RelayFlow } from "../flow.ts";
import { isNotModified, rangesFor } from "./conditions.ts";
import { type CacheNote, type Exchange } from "./exchange.ts";
import { describeStored } from "./cache-trace.ts";
import { noteLines } from "./notes.ts";
import { ContentReader, type Part, type ReaderOwner } from "./readers.ts";
import type { CacheStore } from "./store.ts";
import { notModifiedHeadOf } from "./stored-head.ts";
import type { StoredResponse } from "./stored-response.ts";

/** A body part's boundary: no content has it but by design, and then only its own reader is led astray. */
const boundary = "fairlead_byteranges_7d41f0c2a9e8";

/** What is told of a hit that nothing is special about: its answer's lines are kept ready. */
export const plainHit: CacheNote = {};

/** Tells a trace that an answer of the store is over. */
export function endTrace(flow: RelayFlow, conn: ClientConnection, contentOctets: number, now: Now): void {
  const { traced } = conn;
  if (!traced) return;
  flow.passed(conn, { status: traced.status ?? 0, reason: traced.reason ?? "", contentOctets }, now);
}

/** Counts content that was sent. @param isHit  where it came from the store */
export function countOctets({ site }: StoredResponse, isHit: boolean, octets: number): void {
  if (isHit) site.resource.cacheHitOctets += octets;
  else site.resource.cacheMissOctets += octets;
}

/** Writes answers. */
export class Answers {
  readonly #flow: RelayFlow;
  readonly #store: CacheStore;
  readonly #owner: ReaderOwner;
  readonly #head = new MessageHead("response");

  constructor(flow: RelayFlow, store: CacheStore, owner: ReaderOwner) {
    this.#flow = flow;
    this.#store = store;
    this.#owner = owner;
  }

  /**
   * Answers a request with a stored response, or one that is arriving.
   * @param octets  hold the request's head from `start`
   * @param exchange  absent where the request was never waiting
   * @param full  a head in place of the stored one
   * @returns true where all of the answer is written; else a reader goes on with it
   */
  answer(
    conn: ClientConnection,
    octets: Uint8Array,
    start: number,
    response: StoredResponse,
    note: CacheNote,
    exchange: Exchange | undefined,
    now: Now,
    full?: Uint8Array,
  ): boolean {
    const { head } = conn;
    const isHead = head.method === Method.HEAD;
    const { scratch } = this.#flow;
    const page = exchange?.page;
    conn.hasResponse = true;
    conn.phase = "sent";
    this.#store.touch(response);
    scratch.clear();
    if (!page && isNotModified(response, head, octets, start, now.wall)) {
      this.#write(
        response.notModifiedHead ?? notModifiedHeadOf(response, this.#parse(response), response.head),
      );
      this.#end(conn, response, note, 304, now);
      return this.#finish(conn, response, 304, note, now);
    }
    const ranges = isHead || page ? undefined : rangesFor(response, head, octets, start);
    if (ranges === "unsatisfiable") {
      scratch.text(`HTTP/1.1 416 ${reasonPhrase(416)}\r\n`);
      scratch.text(
        `Content-Range: ${formatContentRange(undefined, response.length)}\r\nContent-Length: 0\r\n`,
      );
      scratch.text(`Date: ${this.#flow.dateClock.text(now.wall)}\r\n`);
      this.#end(conn, response, note, 416, now);
      return this.#finish(conn, response, 416, note, now);
    }
    const status = page ? page.status : ranges ? 206 : response.status;
    const parts = ranges && this.#ranges(response, ranges);
    if (!parts) {
      if (page) this.#writeWithStatus(response.head, page.status);
      else this.#write(full ?? response.head);
    }
    const hasContent = !isHead && status !== 204;
    const isChunked = hasContent && response.length < 0 && head.minorVersion === 1;
    if (!parts && response.length >= 0 && status !== 204)
      scratch.text(`Content-Length: ${response.length}\r\n`);
    else if (isChunked) scratch.text("Transfer-Encoding: chunked\r\n");
    // RFC 9112 section 6.3: to HTTP/1.0 the end of the connection tells the end.
    else if (hasContent && response.length < 0) conn.closes = true;
    this.#end(conn, response, note, status, now);
    if (!hasContent) return this.#finish(conn, response, status, note, now);
    if (conn.traced) this.#noteTrace(conn, response, note, status, now);
    this.#flow.countResponse(conn, status);
    if (response.isWhole && !parts && response.pieces.length <= 1 && !isChunked) {
      // The usual case: head and content leave in one write, and nothing is remembered.
      countOctets(response, note.forward === undefined, response.lastUsed);
      if (response.lastUsed > 0) this.#flow.emit(conn, response.pieces[0]!, 0, response.lastUsed);
      else this.#flow.flush(conn);
      endTrace(this.#flow, conn, response.lastUsed, now);
      return true;
    }
    const isHit = note.forward === undefined;
    const reader = new ContentReader(conn, response, { isChunked, isHit, parts }, this.#flow, this.#owner);
    conn.reader = reader;
    this.#store.hold(response);
    response.fetch?.readers.add(reader);
    reader.pump(now);
    return false;
  }

  /** The lines after a head: how old it is, what the cache did, and what becomes of the connection. */
  #end(conn: ClientConnection, response: StoredResponse, note: CacheNote, status: number, now: Now): void {
    const { scratch } = this.#flow;
    // A 416 is an error of a response that is none.
    const isPlain = note === plainHit && status !== 416;
    if (isPlain) this.#write(this.#notesOf(response, status, now));
    else {
      const age = response.ageSeconds(now.monotonic);
      if (note.forward === undefined || age > 0 || note.forwardStatus === 304)
        scratch.text(`Age: ${age}\r\n`);
      scratch.text(noteLines(note, status, 1));
    }
    if (conn.closes) scratch.text("Connection: close\r\n");
    else if (conn.head.minorVersion === 0) scratch.text("Connection: keep-alive\r\n");
    scratch.line();
  }

  /** The lines of a hit: they are the same for a second. */
  #notesOf(response: StoredResponse, status: number, now: Now): Uint8Array {
    const age = response.ageSeconds(now.monotonic);
    if (response.notesAge !== age) {
      response.notesAge = age;
      const note = { ttlSeconds: Math.floor(response.lifetimeMs / 1000) - age };
      response.notes = new TextEncoder().encode(`Age: ${age}\r\n${noteLines(note, status, 1)}`);
    }
    return response.notes;
  }

  #finish(conn: ClientConnection, response: StoredResponse, status: number, note: CacheNote, now: Now): true {
    this.#flow.countResponse(conn, status);
    if (conn.traced) this.#noteTrace(conn, response, note, status, now);
    this.#flow.flush(conn);
    endTrace(this.#flow, conn, 0, now);
    return true;
  }

  #noteTrace(
    conn: ClientConnection,
    response: StoredResponse,
    note: CacheNote,
    status: number,
    now: Now,
  ): void {
    const { traced } = conn;
    if (!traced) return;
    traced.reason = reasonPhrase(status);
    traced.status = status;
    traced.cache = describeStored(note, response, now);
  }

  /** Writes the head of a 206, and gives what follows it. @see RFC 9110 section 15.3.7 */
  #ranges(response: StoredResponse, ranges: readonly OctetRange[]): Part[] {
    const { scratch } = this.#flow;
    const [only] = ranges;
    scratch.text(`HTTP/1.1 206 ${reasonPhrase(206)}\r\n`);
    const statusEnd = response.head.indexOf(10) + 1;
    if (only && ranges.length === 1) {
      scratch.copy(response.head, statusEnd, response.head.length);
      scratch.text(`Content-Range: ${formatContentRange(only, response.length)}\r\n`);
      scratch.text(`Content-Length: ${only.to - only.from}\r\n`);
      return [only];
    }
    const head = this.#parse(response);
    const type = head.findName(response.head, 0, contentType);
    const typeText = type < 0 ? "" : `Content-Type: ${head.valueText(response.head, 0, type)}\r\n`;
    if (type >= 0) head.remove(type);
    scratch.copyFields(head, response.head, 0);
    scratch.text(`Content-Type: multipart/byteranges; boundary=${boundary}\r\n`);
    const parts: Part[] = [];
    let length = 0;
    for (const range of ranges) {
      const lines = new TextEncoder().encode(
        `${length === 0 ? "" : "\r\n"}--${boundary}\r\n${typeText}Content-Range: ${formatContentRange(range, response.length)}\r\n\r\n`,
      );
      parts.push(lines, range);
      length += lines.length + range.to - range.from;
    }
    const last = new TextEncoder().encode(`\r\n--${boundary}--\r\n`);
    parts.push(last);
    scratch.text(`Content-Length: ${length + last.length}\r\n`);
    return parts;
  }

  #write(octets: Uint8Array): void {
    this.#flow.scratch.copy(octets, 0, octets.length);
  }

  #writeWithStatus(head: Uint8Array, status: number): void {
    this.#flow.scratch.text(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`);
    this.#flow.scratch.copy(head, head.indexOf(10) + 1, head.length);
  }

  /** Reads a stored head. It is one that was read before, so that it cannot fail. */
  #parse(response: StoredResponse): MessageHead {
    return parseStored(this.#head, response.head);
  }
}

const contentType = new TextEncoder().encode("content-type");

/** Reads a stored head, which has no empty line. */
export function parseStored(head: MessageHead, octets: Uint8Array): MessageHead {
  const whole = new Uint8Array(octets.length + 2);
  whole.set(octets);
  whole[octets.length] = 13;
  whole[octets.length + 1] = 10;
  head.reset();
  head.parse(whole, 0, whole.length);
  return head;
}
