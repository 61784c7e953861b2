// The heads that a relay writes: requests to targets, responses to clients, and its own answers (RFC 9110 section 7.6,
// RFC 7239). Hot path (bench/relay.ts): what is relayed as it came is copied in runs of lines; only what a rule touches is written anew.

import { type Endpoint, formatAddress, isIpv4 } from "#engine";
import {
  Field,
  formatHttpDate,
  Framing,
  type HeadWriter,
  isHopByHop,
  listHas,
  type MessageHead,
  Method,
  octetsOf,
  reasonPhrase,
  removeConnectionFields,
  TargetForm,
} from "#http";

const h2c = octetsOf("h2c");

/** What the heads of a connection's requests are written with, beside the request. What is the same for all of them is octets already. */
export interface RequestContext {
  readonly writesForwarded: boolean;
  readonly trustsPeer: boolean;
  /** The peer's address, and as RFC 7239 section 6 has it: IPv6 in brackets and quotes. */
  readonly peer: string;
  readonly node: string;
  readonly scheme: "http" | "https";
  /** `127.53.8.1:8080`: what Host says where an HTTP/1.0 request has none. */
  readonly localText: string;
  /** The port that connections come to, and the one that the scheme stands for. */
  readonly localPort: number;
  readonly schemePort: number;
  /** X-Forwarded-For, -Proto and -Port, where the client sent none that are kept: with the local port, and with the scheme's. */
  readonly forwardedLines: Uint8Array;
  readonly forwardedSchemeLines: Uint8Array;
  /** Forwarded, up to the host and after it. */
  readonly forwardedStart: Uint8Array;
  readonly forwardedEnd: Uint8Array;
  /** Via and the empty line after it, by the second number of the version that came in. */
  readonly ends: readonly [Uint8Array, Uint8Array];
}

/** What of a request is written otherwise than it came. */
export interface RequestRewrite {
  /** Stands in place of the request's. */
  readonly method?: string;
  /** Path and query; undefined: the request's own. */
  readonly path: Uint8Array | undefined;
  /** What Host says; undefined: what the request said. */
  readonly host: string | undefined;
  /** Further lines, each with CR LF. */
  readonly lines: string;
}

/** Makes the context of a connection's requests. */
export function makeRequestContext(
  peer: Endpoint,
  local: Endpoint,
  localText: string,
  options: Pick<RequestContext, "writesForwarded" | "trustsPeer" | "scheme"> & { readonly pseudonym: string },
): RequestContext {
  const address = formatAddress(peer.address);
  const node = isIpv4(peer.address) ? address : `"[${address}]"`;
  const { scheme, pseudonym } = options;
  const schemePort = scheme === "https" ? 443 : 80;
  const linesWith = (port: number): Uint8Array =>
    octetsOf(`X-Forwarded-For: ${address}\r\nX-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Port: ${port}\r\n`);
  return {
    ...options,
    peer: address,
    node,
    localText,
    localPort: local.port,
    schemePort,
    forwardedLines: linesWith(local.port),
    forwardedSchemeLines: linesWith(schemePort),
    forwardedStart: octetsOf(`Forwarded: for=${node};host="`),
    forwardedEnd: octetsOf(`";proto=${scheme}\r\n`),
    ends: [octetsOf(`Via: 1.0 ${pseudonym}\r\n\r\n`), octetsOf(`Via: 1.1 ${pseudonym}\r\n\r\n`)],
  };
}

/** Tells whether a request's Upgrade is passed on. HTTP/2 in clear is not: its frames could not be looked at. @see RFC 9113 section 3.1 */
export function passesUpgrade(head: MessageHead, octets: Uint8Array, start: number): boolean {
  return head.wantsUpgrade && !listHas(head, octets, start, Field.upgrade, h2c);
}

/** The protocols that a message's Upgrade fields name, lower case. @see RFC 9110 section 7.8 */
export function upgradesOf(head: MessageHead, octets: Uint8Array, start: number): string[] {
  const named: string[] = [];
  for (let i = head.find(Field.upgrade); i >= 0; i = head.find(Field.upgrade, i + 1)) {
    for (const element of head.valueText(octets, start, i).toLowerCase().split(",")) {
      if (element.trim() !== "") named.push(element.trim());
    }
  }
  return named;
}

/**
 * Writes a request's head for its target, always as HTTP/1.1 and in origin-form.
 * Marks fields of the head as removed on the way.
 */
export function writeRequestHead(
  writer: HeadWriter,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  context: RequestContext,
  rewrite?: RequestRewrite,
): void {
  writer.clear();
  if (rewrite?.method !== undefined) writer.text(rewrite.method);
  else writer.copy(octets, start + head.methodStart, start + head.methodEnd);
  writer.text(" ");
  const path = rewrite?.path;
  // RFC 9112 sections 3.2.1 and 3.2.4: an empty path is "/", for OPTIONS "*".
  if (path) writer.copy(path, 0, path.length);
  else {
    if (head.pathStart === head.pathEnd) writer.text(head.method === Method.OPTIONS ? "*" : "/");
    else if (octets[start + head.pathStart] === 63 /* ? */) writer.text("/");
    writer.copy(octets, start + head.pathStart, start + head.pathEnd);
  }
  writer.text(" HTTP/1.1\r\n");
  const host = rewrite?.host;
  if (host !== undefined) {
    writer.text(`Host: ${host}\r\n`);
    if (head.hostField >= 0) head.remove(head.hostField);
  } else if (head.hostField < 0) writeHost(writer, head, octets, start, context.localText);

  const upgrades = passesUpgrade(head, octets, start);
  let hasConnection = false;
  let hasExpect = false;
  let maxForwards = -1;
  for (let i = 0; i < head.fieldCount; i++) {
    const field = head.field(i);
    if (field === Field.other) continue;
    hasConnection ||= field === Field.connection;
    if (isHopByHop(field)) head.remove(i);
    else if (field === Field.expect) {
      // RFC 9110 section 10.1.1: an HTTP/1.0 client does not wait, whatever it says. Once is enough for all others.
      if (hasExpect || head.minorVersion === 0) head.remove(i);
      hasExpect = true;
    } else if (field === Field.contentLength) removeZeros(writer, head, octets, start, i);
    else if (isForwardedField(field) && context.writesForwarded && !context.trustsPeer) head.remove(i);
    else if (field === Field.maxForwards && head.method === Method.OPTIONS) {
      maxForwards = Number(head.valueText(octets, start, i));
      head.remove(i);
    }
  }
  if (hasConnection) removeConnectionFields(head, octets, start);
  const forwardedFor = context.writesForwarded ? takeForwardedFor(head, octets, start) : "";
  writer.copyFields(head, octets, start);

  if (head.framing === Framing.Chunked) writer.text("Transfer-Encoding: chunked\r\n");
  if (upgrades) {
    writer.text(head.takesTrailers ? "Connection: upgrade, te\r\n" : "Connection: upgrade\r\n");
    writeUpgrade(writer, head, octets, start);
  } else if (head.takesTrailers) writer.text("Connection: te\r\n");
  if (head.takesTrailers) writer.text("TE: trailers\r\n");
  if (maxForwards > 0) writer.text(`Max-Forwards: ${maxForwards - 1}\r\n`);
  if (rewrite) writer.text(rewrite.lines);
  if (context.writesForwarded) writeForwarded(writer, head, octets, start, context, forwardedFor, host);
  const end = context.ends[head.minorVersion === 0 ? 0 : 1];
  writer.copy(end, 0, end.length);
}

function writeHost(
  writer: HeadWriter,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  otherwise: string,
): void {
  writer.text("Host: ");
  if (head.hostStart < head.hostEnd) {
    writer.copy(octets, start + head.hostStart, start + head.hostEnd);
    if (head.port >= 0) writer.text(`:${head.port}`);
  } else writer.text(otherwise);
  writer.line();
}

/** Writes a length anew that has zeros in front: valid (RFC 9110 section 8.6), but nothing for a recipient to be led astray by. */
function removeZeros(
  writer: HeadWriter,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  index: number,
): void {
  if (octets[start + head.valueStart(index)] !== 48 || head.valueEnd(index) - head.valueStart(index) === 1)
    return;
  head.remove(index);
  writer.text(`Content-Length: ${head.contentLength}\r\n`);
}

function writeUpgrade(writer: HeadWriter, head: MessageHead, octets: Uint8Array, start: number): void {
  for (let i = head.find(Field.upgrade); i >= 0; i = head.find(Field.upgrade, i + 1)) {
    writer.copy(octets, start + head.lineStart(i), start + head.lineEnd(i));
  }
}

function isForwardedField(field: number): boolean {
  return field >= Field.forwarded && field <= Field.forwardedOther;
}

/** The addresses that a trusted peer named, joined; their fields are removed, because many servers read one field only. */
function takeForwardedFor(head: MessageHead, octets: Uint8Array, start: number): string {
  let text = "";
  for (let i = head.find(Field.forwardedFor); i >= 0; i = head.find(Field.forwardedFor, i + 1)) {
    if (head.isRemoved(i)) continue;
    text += `${head.valueText(octets, start, i)}, `;
    head.remove(i);
  }
  return text;
}

/** Whether a field is still to be relayed after the removals. */
function keeps(head: MessageHead, field: number): boolean {
  const index = head.find(field);
  return index >= 0 && !head.isRemoved(index);
}

function writeForwarded(
  writer: HeadWriter,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  context: RequestContext,
  forwardedFor: string,
  host: string | undefined,
): void {
  const { forwardedStart, forwardedEnd } = context;
  // Who names no port came to the scheme's own: where a profile serves that elsewhere, as the visitor proxy leads there.
  const isStandard = host !== undefined || (head.hostField >= 0 && head.port < 0);
  const forwardedLines = isStandard ? context.forwardedSchemeLines : context.forwardedLines;
  if (context.trustsPeer) {
    writer.text(`X-Forwarded-For: ${forwardedFor}${context.peer}\r\n`);
    if (!keeps(head, Field.forwardedProto)) writer.text(`X-Forwarded-Proto: ${context.scheme}\r\n`);
    if (!keeps(head, Field.forwardedPort))
      writer.text(`X-Forwarded-Port: ${isStandard ? context.schemePort : context.localPort}\r\n`);
  } else writer.copy(forwardedLines, 0, forwardedLines.length);
  // What is not forwarded as Host is not to be read anywhere else either.
  if (host !== undefined || head.hostField < 0) {
    writer.text(`Forwarded: for=${context.node};proto=${context.scheme}\r\n`);
    return;
  }
  const from = start + head.valueStart(head.hostField);
  const to = start + head.valueEnd(head.hostField);
  if (!keeps(head, Field.forwardedHost)) {
    writer.text("X-Forwarded-Host: ");
    writer.copy(octets, from, to);
    writer.line();
  }
  // A host has neither quote nor backslash.
  writer.copy(forwardedStart, 0, forwardedStart.length);
  writer.copy(octets, from, to);
  writer.copy(forwardedEnd, 0, forwardedEnd.length);
}

/** What a response's head is written with, beside the response. */
export interface ResponseContext {
  /** Absent where Via is not written on responses. */
  readonly pseudonym: string | undefined;
  /** The second number of the version that the client speaks. */
  readonly clientMinorVersion: number;
  /** True where the connection ends after this response. */
  readonly closes: boolean;
  /** True where the content goes out in chunks; false drops Transfer-Encoding. */
  readonly isChunked: boolean;
  /** Header lines of the relay's own, each with CR LF at its end. */
  readonly addedLines: string;
  /** The current date as a header value. */
  readonly date: string;
}

/** Writes a response's head for the client, after what the writer holds. Marks fields of the head as removed on the way. */
export function writeResponseHead(
  writer: HeadWriter,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  context: ResponseContext,
): void {
  const isInformational = head.status < 200;
  writer.text(`HTTP/1.1 ${head.status} `);
  writer.copy(octets, start + head.reasonStart, start + head.reasonEnd);
  writer.line();
  let hasConnection = false;
  let hasDate = false;
  for (let i = 0; i < head.fieldCount; i++) {
    const field = head.field(i);
    if (field === Field.other) continue;
    hasConnection ||= field === Field.connection;
    hasDate ||= field === Field.date;
    if (isHopByHop(field)) head.remove(i);
    // RFC 9110 section 8.6: neither has content, so neither may have a length.
    else if (field === Field.contentLength) {
      if (isInformational || head.status === 204) head.remove(i);
      else removeZeros(writer, head, octets, start, i);
    }
  }
  if (hasConnection) removeConnectionFields(head, octets, start);
  writer.copyFields(head, octets, start);
  if (context.addedLines !== "") writer.text(context.addedLines);
  if (context.isChunked) writer.text("Transfer-Encoding: chunked\r\n");
  if (head.status === 101) {
    writer.text("Connection: upgrade\r\n");
    writeUpgrade(writer, head, octets, start);
  } else if (!isInformational) {
    // RFC 9112 section 9.6: it ends the connection, whatever it asks for beside that.
    const asks = head.status === 426 ? "upgrade, " : "";
    if (context.closes) writer.text(`Connection: ${asks}close\r\n`);
    else if (context.clientMinorVersion === 0) writer.text(`Connection: ${asks}keep-alive\r\n`);
    else if (head.status === 426) writer.text("Connection: upgrade\r\n");
    if (head.status === 426) writeUpgrade(writer, head, octets, start);
  }
  if (!isInformational) {
    // RFC 9110 section 6.6.1: who has a clock adds the date that is missing.
    if (!hasDate) writer.text(`Date: ${context.date}\r\n`);
    if (context.pseudonym !== undefined) writer.text(`Via: 1.${head.minorVersion} ${context.pseudonym}\r\n`);
  }
  writer.line();
}

/** Writes an answer of the relay's own, with its content unless `isHead`, after what the writer holds. */
export function writeOwnAnswer(
  writer: HeadWriter,
  answer: { status: number; contentType?: string; content: string; headerLines?: string },
  options: { isHead: boolean; closes: boolean; clientMinorVersion: number; date: string },
): void {
  const content = new TextEncoder().encode(answer.content);
  writer.text(`HTTP/1.1 ${answer.status} ${reasonPhrase(answer.status)}\r\n`);
  if (answer.status !== 204) {
    writer.text(`Content-Type: ${answer.contentType ?? "text/plain; charset=utf-8"}\r\n`);
    writer.text(`Content-Length: ${content.length}\r\n`);
  }
  writer.text("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  writer.text(answer.headerLines ?? "");
  if (options.closes) writer.text("Connection: close\r\n");
  else if (options.clientMinorVersion === 0) writer.text("Connection: keep-alive\r\n");
  writer.text(`Date: ${options.date}\r\n\r\n`);
  if (!options.isHead) writer.copy(content, 0, content.length);
}

/** The Date field's value, made anew once a second. */
export class DateClock {
  #second = -1;
  #text = "";

  /** @param wall  milliseconds since 1970 */
  text(wall: number): string {
    const second = Math.floor(wall / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = formatHttpDate(second * 1000);
    }
    return this.#text;
  }
}

/** A request in words: `GET http://shop.test/`. */
export function questionOf(
  scheme: string,
  view: {
    methodText: string;
    targetForm: number;
    targetText: string;
    pathText: string;
    hostText: string;
    port: number;
  },
): string {
  if (view.targetForm !== TargetForm.origin) return `${view.methodText} ${view.targetText}`;
  const port = view.port < 0 ? "" : `:${view.port}`;
  return `${view.methodText} ${scheme}://${view.hostText}${port}${view.pathText}`;
}
