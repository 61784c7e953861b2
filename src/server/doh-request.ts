// What a request of DNS over HTTPS asks, and how long its answer may be kept: RFC 8484 sections 4.1, 5.1 and 6. Nothing here knows of sockets.

import { decodeMessage, headerOctets, maxMessageOctets, Rcode, RrType } from "#wire";

/** The one path. @see RFC 8484 section 4.1.1: the template is `/dns-query{?dns}` */
export const dohPath = "/dns-query";
/** The one type of content. */
export const dohContentType = "application/dns-message";

/** What a request is refused with. */
export interface DohRefusal {
  readonly httpStatus: 400 | 404 | 405 | 413 | 415;
  readonly reason: string;
}

/** What a request's head says: a message, that one follows as content, or that it is refused. */
export type DohHead =
  | { readonly kind: "message"; readonly octets: Uint8Array }
  | { readonly kind: "content" }
  | { readonly kind: "refused"; readonly refusal: DohRefusal };

/** Fields of a head that matter here, as they came. */
export interface DohFields {
  readonly "content-type"?: string | undefined;
  readonly "content-length"?: string | undefined;
  readonly "content-encoding"?: string | undefined;
}

/** Reads the head of a request. */
export function readDohHead(method: string, target: string, fields: DohFields): DohHead {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path !== dohPath) return refused(404, `the path is ${dohPath}`);
  if (method === "GET" || method === "HEAD") {
    const asked = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)).getAll("dns");
    const [text] = asked;
    if (asked.length !== 1 || text === undefined) return refused(400, "expected one parameter dns");
    const octets = decodeBase64Url(text);
    return octets ? messageOf(octets) : refused(400, "dns is not base64url without padding");
  }
  if (method !== "POST") return refused(405, "expected GET or POST");
  const [type = ""] = (fields["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== dohContentType) return refused(415, `expected ${dohContentType}`);
  if ((fields["content-encoding"] ?? "identity").toLowerCase() !== "identity")
    return refused(415, "the content is encoded");
  if (Number(fields["content-length"] ?? 0) > maxMessageOctets) return tooLarge;
  return { kind: "content" };
}

/** Content that is longer than any message. */
export const tooLarge: DohHead = refused(413, "no DNS message is longer than 65535 octets");

/** A message that was sent as content, or as a parameter: what has no whole header, or is a response, is none that can be answered. */
export function messageOf(octets: Uint8Array): DohHead {
  if (octets.length > maxMessageOctets) return tooLarge;
  if (octets.length < headerOctets || ((octets[2] ?? 0) & 0x80) !== 0)
    return refused(400, "it is no DNS query");
  return { kind: "message", octets };
}

function refused(httpStatus: DohRefusal["httpStatus"], reason: string): DohHead {
  return { kind: "refused", refusal: { httpStatus, reason } };
}

/** RFC 4648 section 5, without padding as RFC 8484 section 6 wants it; undefined for anything else. */
function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(text, "base64url"));
}

/**
 * Seconds that a response may be kept by caches of HTTP: no longer than the least TTL of its answer section, and of a negative response no
 * longer than its SOA says (RFC 2308 section 5). 0 where there is nothing to go by.
 * @see RFC 8484 section 5.1
 */
export function freshnessOf(response: Uint8Array): number {
  const decoded = decodeMessage(response);
  if (!decoded.ok) return 0;
  const { rcode, question, answer, authority } = decoded.value;
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return 0;
  const ttls = answer.map(({ ttl }) => ttl);
  const soa = authority.find(({ type }) => type === RrType.SOA);
  if (!soa && (answer.length === 0 || rcode === Rcode.NXDOMAIN)) return 0;
  // An alias whose target, or the data of it, is not there has both.
  const [asked] = question;
  const isAnswered = answer.some(({ type }) => asked === undefined || type === asked.type);
  if (soa && (!isAnswered || rcode === Rcode.NXDOMAIN)) {
    const { rdata } = soa;
    const at = rdata.length - 4;
    const minimum = new DataView(rdata.buffer, rdata.byteOffset, rdata.length).getUint32(at);
    ttls.push(soa.ttl, minimum);
  }
  return Math.min(...ttls);
}
