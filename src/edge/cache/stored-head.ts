// The head of a response as it is stored (RFC 9111 sections 3.1 and 3.2): without what concerns one connection only, what the origin wants
// kept by nobody, and what each answer has anew; and what a 304 changes of it.

import {
  Field,
  HeadWriter,
  isHopByHop,
  type MessageHead,
  parseHttpDate,
  removeConnectionFields,
  textOf,
} from "#http";
import { dateOf, type Cacheability } from "./freshness.ts";
import type { CacheSettings } from "./settings.ts";
import type { StoredResponse } from "./stored-response.ts";

const writer = new HeadWriter(4096);

/** Octets of names in Vary that are looked at, and how many: more is as good as `*`. */
const maxVaryNames = 16;

/**
 * Marks what of a response is not kept or passed on.
 * @param isKept  false where it only passes: then the fields named by `no-cache` and `private` stay
 */
function removeUnkept(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  settings: CacheSettings,
  withheld: readonly string[],
): void {
  let hasConnection = false;
  for (let i = 0; i < head.fieldCount; i++) {
    const field = head.field(i);
    hasConnection ||= field === Field.connection;
    if (
      isHopByHop(field) ||
      field === Field.age ||
      field === Field.contentLength ||
      field === Field.cacheNote ||
      field === Field.ownCacheControl ||
      (field === Field.setCookie && settings.cookies === "none")
    )
      head.remove(i);
    else if (field === Field.vary && !settings.isTransparent) head.remove(i);
    else if (withheld.length > 0) {
      const name = textOf(octets, start + head.lineStart(i), start + head.nameEnd(i)).toLowerCase();
      if (withheld.includes(name)) head.remove(i);
    }
  }
  if (hasConnection) removeConnectionFields(head, octets, start);
}

/**
 * The names that Vary lists, lower case; `*` alone where nothing matches.
 * What the origin is not shown, it cannot have chosen by.
 */
export function varyNamesOf(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  settings: CacheSettings,
): readonly string[] {
  const names = new Set<string>();
  for (let i = head.find(Field.vary); i >= 0; i = head.find(Field.vary, i + 1)) {
    const elements = head.valueText(octets, start, i).toLowerCase().split(",", 1000);
    for (const element of elements) {
      const name = element.trim();
      if (name === "") continue;
      if (name === "*") return ["*"];
      if (settings.shows(name)) names.add(name);
    }
    if (names.size > maxVaryNames || elements.length >= 1000) return ["*"];
  }
  return [...names];
}

/** Writes the head of a response for the store, and takes from it what answers depend on. */
export function storeHead(
  response: StoredResponse,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  settings: CacheSettings,
  verdict: Cacheability,
  wall: number,
  date: string,
): void {
  response.status = head.status;
  takeValidators(response, head, octets, start, wall);
  const vary = settings.isTransparent ? [] : varyNamesOf(head, octets, start, settings);
  removeUnkept(head, octets, start, settings, response.isKept ? verdict.withheld : []);
  writer.clear();
  writer.text(`HTTP/1.1 ${head.status} `);
  writer.copy(octets, start + head.reasonStart, start + head.reasonEnd);
  writer.line();
  writer.copyFields(head, octets, start);
  if (vary.length > 0) writer.text(`Vary: ${vary.join(", ")}\r\n`);
  // RFC 9110 section 6.6.1.
  if (head.find(Field.date) < 0) writer.text(`Date: ${date}\r\n`);
  response.head = writer.octets.slice(0, writer.length);
  response.notModifiedHead = undefined;
  response.notesAge = -1;
}

/** Takes what a response can be validated by. */
export function takeValidators(
  response: StoredResponse,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  wall: number,
): void {
  const etag = head.find(Field.etag);
  if (etag >= 0) response.etag = head.valueText(octets, start, etag);
  const modified = head.find(Field.lastModified);
  response.modifiedAt = dateOf(head, octets, start, wall);
  if (modified < 0) return;
  response.lastModified = head.valueText(octets, start, modified);
  const at = parseHttpDate(response.lastModified, wall);
  if (!Number.isNaN(at)) response.modifiedAt = at;
}

/** Takes what a verdict says of a response's life. */
export function takeLife(response: StoredResponse, verdict: Cacheability, monotonic: number): void {
  response.arrivedAt = monotonic;
  response.ageMs = verdict.ageMs;
  response.lifetimeMs = Math.max(0, verdict.lifetimeMs);
  response.staleWhileRevalidateMs = verdict.staleWhileRevalidateMs;
  response.staleIfErrorMs = verdict.staleIfErrorMs;
  response.mustRevalidate = verdict.mustRevalidate;
  response.alwaysValidates = verdict.alwaysValidates;
  response.retryAt = 0;
  response.notesAge = -1;
}

/** Fields that a 304 does not change: they are of the content that is stored. @see RFC 9111 section 3.2 */
const unchanged: ReadonlySet<number> = new Set([
  Field.contentEncoding,
  Field.contentLength,
  Field.contentRange,
  Field.contentMd5,
  Field.etag,
  Field.transferEncoding,
  Field.cacheNote,
]);

/**
 * Changes a stored head by a 304.
 * @param stored  the stored head, parsed from `storedOctets` at 0
 * @see RFC 9111 section 4.3.4
 */
export function updateHead(
  response: StoredResponse,
  stored: MessageHead,
  storedOctets: Uint8Array,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  settings: CacheSettings,
  withheld: readonly string[],
): void {
  const newNames = new Set<string>();
  removeUnkept(head, octets, start, settings, withheld);
  for (let i = 0; i < head.fieldCount; i++) {
    if (head.isRemoved(i) || unchanged.has(head.field(i))) {
      head.remove(i);
      continue;
    }
    newNames.add(textOf(octets, start + head.lineStart(i), start + head.nameEnd(i)).toLowerCase());
  }
  for (let i = 0; i < stored.fieldCount; i++) {
    const name = textOf(storedOctets, stored.lineStart(i), stored.nameEnd(i)).toLowerCase();
    if (newNames.has(name)) stored.remove(i);
  }
  writer.clear();
  let lineEnd = 0;
  while (storedOctets[lineEnd] !== 10) lineEnd++;
  writer.copy(storedOctets, 0, lineEnd + 1);
  writer.copyFields(stored, storedOctets, 0);
  writer.copyFields(head, octets, start);
  response.head = writer.octets.slice(0, writer.length);
  response.notModifiedHead = undefined;
  response.notesAge = -1;
}

/** Makes what of a stored head a 304 has: what RFC 9110 section 15.4.5 asks for, and what is not of the content. */
export function notModifiedHeadOf(
  response: StoredResponse,
  stored: MessageHead,
  octets: Uint8Array,
): Uint8Array {
  for (let i = 0; i < stored.fieldCount; i++) {
    const field = stored.field(i);
    if (
      field === Field.contentType ||
      field === Field.contentEncoding ||
      field === Field.contentRange ||
      field === Field.contentMd5 ||
      // RFC 9110 section 15.4.5: with an entity tag it has no use.
      (field === Field.lastModified && response.etag !== undefined)
    )
      stored.remove(i);
  }
  writer.clear();
  writer.text("HTTP/1.1 304 Not Modified\r\n");
  writer.copyFields(stored, octets, 0);
  return (response.notModifiedHead = writer.octets.slice(0, writer.length));
}
