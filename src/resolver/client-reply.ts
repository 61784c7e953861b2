// Writes answers to clients: records with the TTL that is left, the client's own question, EDNS where the client had
// it (RFC 6891 section 6.1.1), extended errors (RFC 8914), TC where the answer does not fit (RFC 2181 section 9).

import {
  decodeRdata,
  type Edns,
  EdnsOption,
  encodeMessage,
  headerOctets,
  maxMessageOctets,
  maxTtl,
  type Message,
  minUdpOctets,
  Name,
  optionHeadOctets,
  paddingBlockOctets,
  Rcode,
  type ResourceRecord,
  RrClass,
  RrType,
  udpPayloadOctets,
} from "#wire";
import type { MessageTransport, Now } from "#engine";
import type { Rejected } from "./client-query.ts";
import type { FailureNote, ResolutionOutcome } from "./outcome.ts";
import { ttlLeft, type CachedRrset } from "./rrset.ts";

/** Octets of all extended-error texts in one answer: the rest of a packet is the client's. */
const maxNoteOctets = 400;

/** The answer to a question that was resolved, successfully or not. */
export function writeOutcome(
  query: Message,
  outcome: ResolutionOutcome,
  transport: MessageTransport,
  now: Now,
): Uint8Array {
  const isDnssecOk = query.edns?.isDnssecOk === true;
  const answer = outcome.answer.flatMap((rrset) =>
    toRecords(rrset, ttlLeft(rrset, now.monotonic), isDnssecOk),
  );
  const negativeLeft =
    outcome.negativeExpiresAt === undefined
      ? maxTtl
      : Math.max(0, Math.floor((outcome.negativeExpiresAt - now.monotonic) / 1000));
  // A proof may stand in several sets of a chain; it is shown once.
  const proofs = new Set(isDnssecOk ? outcome.answer.flatMap((rrset) => rrset.proof ?? []) : []);
  const authority = [...outcome.authority, ...proofs]
    .filter((rrset) => isDnssecOk || rrset.type === RrType.SOA || rrset.type === RrType.NS)
    .flatMap((rrset) =>
      // RFC 2308 section 5: a client must not keep the answer longer than we do.
      toRecords(rrset, Math.min(negativeLeft, ttlLeft(rrset, now.monotonic)), isDnssecOk),
    );
  const isSecure = outcome.isSecure === true;
  const isMissing = isSecure && outcome.rcode === Rcode.NOERROR && saysNxname(query, outcome);
  // RFC 9824 section 5: who validates by himself expects the code that goes with the proof, unless he knows better.
  const isTold = isMissing && (!isDnssecOk || query.edns?.isCompactOk === true);
  const rcode = isTold ? Rcode.NXDOMAIN : outcome.rcode;
  const additional = (outcome.additional ?? []).flatMap((rrset) =>
    toRecords(rrset, ttlLeft(rrset, now.monotonic), isDnssecOk),
  );
  return write(query, rcode, answer, authority, outcome.errors, transport, isSecure, isMissing, additional);
}

/** The answer to a query that is not resolved. */
export function writeRejection(rejected: Rejected, transport: MessageTransport): Uint8Array {
  if (rejected.message) {
    return write(rejected.message, rejected.rcode, [], [], rejected.note ? [rejected.note] : [], transport);
  }
  const octets = new Uint8Array(headerOctets);
  octets[0] = rejected.id >> 8;
  octets[1] = rejected.id & 0xff;
  octets[2] = 0x80 | (rejected.opcode << 3) | (rejected.isRecursionDesired ? 1 : 0);
  octets[3] = 0x80 | rejected.rcode;
  return octets;
}

function write(
  query: Message,
  rcode: number,
  answer: ResourceRecord[],
  authority: ResourceRecord[],
  notes: readonly FailureNote[],
  transport: MessageTransport,
  isSecure: boolean = false,
  isMissing: boolean = false,
  additional: ResourceRecord[] = [],
): Uint8Array {
  const { id, flags, question, edns } = query;
  const message: Message = {
    id,
    flags: {
      qr: true,
      opcode: flags.opcode,
      aa: false,
      tc: false,
      rd: flags.rd,
      ra: true,
      // RFC 6840 sections 5.7 and 5.8: to those who understand it. With CD the client looks for itself.
      ad: isSecure && !flags.cd && (flags.ad || edns?.isDnssecOk === true),
      cd: flags.cd,
    },
    rcode,
    question,
    answer,
    authority,
    additional,
    ...(edns ? { edns: replyEdns(edns, notes, isMissing) } : {}),
  };
  const maxOctets =
    transport !== "udp"
      ? maxMessageOctets
      : edns
        ? Math.min(udpPayloadOctets, Math.max(minUdpOctets, edns.udpPayloadSize))
        : minUdpOctets;
  const encoded = encodeMessage(message, maxOctets);
  if (encoded.ok) return padded(message, query, encoded.value.octets, transport);
  // Not even question and OPT fit, as with a FORMERR for a hundred questions: the header alone says enough.
  const bare = encodeMessage(
    { ...message, rcode: rcode & 0xf, question: [], answer: [], authority: [] },
    minUdpOctets,
  );
  if (!bare.ok) throw new RangeError(`Cannot encode an answer: ${bare.failure.code}`);
  return bare.value.octets;
}

/**
 * The same message with padding, where nobody else reads it and the client pads too; where it does not fit, without.
 * @see RFC 7830 section 4 and 6; RFC 8467 section 4.1
 */
function padded(
  message: Message,
  query: Message,
  octets: Uint8Array,
  transport: MessageTransport,
): Uint8Array {
  const isPrivate = transport === "tls" || transport === "https";
  const { edns } = message;
  if (!isPrivate || !edns || !query.edns?.options.some(({ code }) => code === EdnsOption.PADDING))
    return octets;
  const length = octets.length + optionHeadOctets;
  const padding = (paddingBlockOctets - (length % paddingBlockOctets)) % paddingBlockOctets;
  const options = [...edns.options, { code: EdnsOption.PADDING, octets: new Uint8Array(padding) }];
  const encoded = encodeMessage({ ...message, edns: { ...edns, options } }, maxMessageOctets);
  return encoded.ok && encoded.value.octets.length === length + padding ? encoded.value.octets : octets;
}

/** Whether an answer without the data proves that the last name of its chain is not there at all. @see RFC 9824 section 3.1 */
function saysNxname(query: Message, { answer, authority }: ResolutionOutcome): boolean {
  let name = query.question[0]?.name;
  for (const { type, rdata } of answer) {
    if (type === RrType.CNAME && rdata[0]) name = Name.fromOctets(rdata[0]);
  }
  return authority.some((rrset) => {
    if (rrset.type !== RrType.NSEC || !rrset.rdata[0] || !name?.equals(rrset.name)) return false;
    const decoded = decodeRdata(RrType.NSEC, rrset.rdata[0]);
    return decoded.ok && decoded.value.types.includes(RrType.NXNAME);
  });
}

function replyEdns(query: Edns, notes: readonly FailureNote[], isMissing: boolean): Edns {
  return {
    udpPayloadSize: udpPayloadOctets,
    version: 0,
    isDnssecOk: query.isDnssecOk,
    ...(isMissing && query.isDnssecOk && query.isCompactOk ? { isCompactOk: true } : {}),
    options: encodeNotes(notes),
  };
}

function encodeNotes(notes: readonly FailureNote[]): { code: number; octets: Uint8Array }[] {
  const options: { code: number; octets: Uint8Array }[] = [];
  let left = maxNoteOctets;
  for (const { code, text } of notes) {
    const utf8 = new TextEncoder().encode(text);
    if (utf8.length > left) break;
    left -= utf8.length;
    const octets = new Uint8Array(2 + utf8.length);
    octets[0] = code >> 8;
    octets[1] = code & 0xff;
    octets.set(utf8, 2);
    options.push({ code: EdnsOption.EXTENDED_ERROR, octets });
  }
  return options;
}

function toRecords(rrset: CachedRrset, ttl: number, withSignatures: boolean): ResourceRecord[] {
  const { name, type } = rrset;
  const records = rrset.rdata.map((rdata) => ({ name, type, class: RrClass.IN, ttl, rdata }));
  if (withSignatures) {
    for (const rdata of rrset.signatures)
      records.push({ name, type: RrType.RRSIG, class: RrClass.IN, ttl, rdata });
  }
  return records;
}

/** Whether an outcome is a failure of resolution. */
export function isServfail(outcome: ResolutionOutcome): boolean {
  return outcome.rcode === Rcode.SERVFAIL;
}
