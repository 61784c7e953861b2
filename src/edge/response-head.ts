// The head of a target's response on its way to the client: what is passed on, how its content is delimited, and whether the
// client's connection goes on after it (RFC 9110 section 15, RFC 9112 sections 6 and 9). Content is passed in responses.ts.

import type { Now } from "#engine";
import { Framing, framingOfResponse, type MessageHead, textOf } from "#http";
import type { ClientConnection, TargetConnection, TracedRequest } from "./connections.ts";
import type { RelayFlow } from "./flow.ts";
import { upgradesOf, writeResponseHead } from "./heads.ts";

/**
 * Writes a response's head into the flow's buffer and gets both connections ready for what follows it: another head after an
 * interim response, a tunnel after 101 (`client.isTunnel`), else content.
 * @param lines  that are added to a final head
 * @returns what is wrong with the response, or undefined
 */
export function passResponseHead(
  flow: RelayFlow,
  client: ClientConnection,
  target: TargetConnection,
  octets: Uint8Array,
  start: number,
  lines: string,
  now: Now,
): string | undefined {
  const { head } = target;
  const clientMinorVersion = client.head.minorVersion;
  const pseudonym = flow.policy.isProxy ? flow.policy.pseudonym : undefined;
  if (head.hasOtherCoding) return "its response has a transfer coding that was not asked for";
  if (head.status < 200) {
    if (head.status === 101) {
      if (!client.upgrades || !head.wantsUpgrade || !client.isRequestDone)
        return "it switched protocols unasked";
      // RFC 9110 section 7.8: never to one that was not offered.
      if (!upgradesOf(head, octets, start).every((protocol) => client.offered.includes(protocol)))
        return "it switched to a protocol that was not offered";
      client.isTunnel = true;
      client.counted?.answered(101, now, now.monotonic - client.sentAt);
    } else if (++client.informational > flow.limits.informationalResponses) {
      return "it sent too many interim responses";
    }
    // RFC 9110 section 15.2: HTTP/1.0 has no interim responses.
    if (clientMinorVersion === 1) {
      const addedLines = client.isTunnel ? cookieLineOf(flow, client) : "";
      const context = {
        pseudonym,
        clientMinorVersion,
        closes: false,
        isChunked: false,
        addedLines,
        date: "",
      };
      writeResponseHead(flow.scratch, head, octets, start, context);
    }
    if (!client.isTunnel) head.reset();
    return undefined;
  }
  target.framing = framingOfResponse(head, client.head.method);
  client.counted?.answered(head.status, now, now.monotonic - client.sentAt);
  const isFramed = clientMinorVersion === 1;
  // An answer before the request is whole: the rest of it may never be read, so nothing can follow on this connection.
  client.closes ||= !client.isRequestDone || flow.drain.isOn || target.framing === Framing.UntilClose;
  client.closes ||= target.framing === Framing.Chunked && !isFramed;
  writeResponseHead(flow.scratch, head, octets, start, {
    pseudonym,
    clientMinorVersion,
    closes: client.closes,
    isChunked: head.framing === Framing.Chunked && isFramed,
    addedLines: lines === "" ? cookieLineOf(flow, client) : lines + cookieLineOf(flow, client),
    date: flow.dateClock.text(now.wall),
  });
  target.body.begin(target.framing, head.contentLength, isFramed);
  target.isInBody = true;
  client.hasResponse = true;
  if (client.traced) noteResponse(client.traced, head, octets, start, now);
  flow.countResponse(client, head.status);
  return undefined;
}

/** Characters of a head that a trace is told. */
const maxTracedHead = 8192;

/** Keeps the head of a target's response for a trace. */
export function noteResponse(
  traced: TracedRequest,
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  now: Now,
): void {
  traced.reason = textOf(octets, start + head.reasonStart, start + head.reasonEnd);
  traced.firstByteAt = now.monotonic;
  traced.responseLines = textOf(octets, start, start + Math.min(head.length, maxTracedHead))
    .split("\r\n")
    .filter((line) => line !== "");
}

/** The line that sets the cookie of the target that answers, where the visitor is to have it. */
function cookieLineOf(flow: RelayFlow, client: ClientConnection): string {
  if (!client.setsCookie || !client.counted) return "";
  return client.counted.cookieLine(flow.policy.scheme(client.listener));
}
