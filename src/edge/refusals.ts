// What a relay answers by itself to requests that it understands and does not pass on (RFC 9110 sections 7.6.2, 7.6.3, 9.3.8
// and 10.1.1), and the sentences for targets that cannot be reached.

import { type IoFailure, isNearby, type Endpoint } from "#engine";
import {
  Field,
  Framing,
  httpFailures,
  type HttpFailureCode,
  type MessageHead,
  Method,
  TargetForm,
} from "#http";
import type { OwnAnswer } from "./policy.ts";

const allow = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";

/** Makes an answer of one sentence. */
export function sentence(status: number, text: string, headerLines: string = ""): OwnAnswer {
  return { kind: "answer", status, content: `${text}\n`, headerLines };
}

/** The answer to a request that the parser refuses. */
export function malformedAnswer(code: HttpFailureCode): OwnAnswer {
  const row = httpFailures[code];
  return sentence(row.status, `${row.sentence} See ${row.section}.`);
}

/**
 * Finds what stands against passing a request on, whatever it asks for.
 * @param passages  how often a request may name this relay in Via
 */
export function refusalOf(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  policy: { pseudonym: string; isProxy: boolean },
  scheme: "http" | "https",
  passages: number,
): OwnAnswer | undefined {
  if (head.hasOtherCoding) return sentence(501, "No transfer coding but chunked is understood here.");
  // RFC 9113 section 3.4: the preface of HTTP/2 is written as a request that nobody means.
  if (head.method === Method.PRI) return sentence(501, "The method PRI belongs to HTTP/2.");
  if (head.method === Method.TRACE) return sentence(405, "TRACE is not answered here.", allow);
  if (head.method === Method.CONNECT) {
    if (!policy.isProxy) return sentence(405, "This server is no proxy: it opens no tunnels.", allow);
    if (head.framing !== Framing.None) return sentence(400, "A CONNECT request has no content.");
  }
  // RFC 9110 section 7.4: what is asked for as https must have come over TLS. A proxy says so in its own words.
  if (scheme === "http" && !policy.isProxy && head.targetForm === TargetForm.absolute) {
    const fifth = octets[start + head.targetStart + 4] ?? 0;
    if ((fifth | 32) === 115) return sentence(421, "An https target was asked for over plain HTTP.");
  }
  for (let i = head.find(Field.expect); i >= 0; i = head.find(Field.expect, i + 1)) {
    if (head.valueText(octets, start, i).toLowerCase() === "100-continue") continue;
    return sentence(417, "Only the expectation 100-continue is met here.");
  }
  const maxForwards = head.method === Method.OPTIONS ? head.find(Field.maxForwards) : -1;
  if (maxForwards >= 0) {
    const value = head.valueText(octets, start, maxForwards);
    if (!/^\d{1,9}$/.test(value)) return sentence(400, "The Max-Forwards field is not a number.");
    if (Number(value) === 0) return { kind: "answer", status: 204, content: "", headerLines: allow };
  }
  if (countPassages(head, octets, start, policy.pseudonym) >= passages) {
    return sentence(508, "This request has come through here before: its target leads back to this server.");
  }
  return undefined;
}

function countPassages(head: MessageHead, octets: Uint8Array, start: number, pseudonym: string): number {
  let count = 0;
  for (let i = head.find(Field.via); i >= 0; i = head.find(Field.via, i + 1)) {
    for (const element of head.valueText(octets, start, i).split(",")) {
      if (element.trim().split(/[ \t]+/)[1] === pseudonym) count++;
    }
  }
  return count;
}

const failures: Readonly<Record<string, string>> = {
  refused: "it refuses connections, so nothing may be running there",
  reset: "it broke the connection off",
  unreachable: "there is no way to its address",
  timeout: "it did not answer in time",
  "no-resources": "this server has no connection left",
  untrusted: "its certificate is not trusted",
  expired: "its certificate is out of its time",
  misnamed: "its certificate is of other names",
  "no-tls": "there was no TLS to be had from it",
} satisfies Record<IoFailure, string>;

/**
 * The answer where a target cannot be reached or does not answer as it should.
 * @param what  what it did; a failure of the network has a sentence of its own
 * @param where  its address and port, told to loopback and private peers only
 */
export function targetAnswer(
  label: string,
  where: string | undefined,
  what: string,
  peer: Endpoint,
): OwnAnswer {
  const at = isNearby(peer.address) && where !== undefined ? ` at ${where}` : "";
  const status = what === "timeout" ? 504 : what === "no-resources" ? 503 : 502;
  return sentence(status, `No answer from ${label}${at}: ${failures[what] ?? what}.`);
}
