// What an answer engine tells about a query that carries a trace: the step at its own hop, and the step at the record
// where a name server of the visit's zone gave it. Not a hot path.

import type { DnsDetail, TraceStep } from "#contract";
import { decodeTraceOption } from "#contract/plain";
import { type Endpoint, formatAddress, formatEndpoint, isNearby, type Now, type Transport } from "#engine";
import {
  decodeMessage,
  decodeRdataFields,
  describeMessage,
  formatDigCommand,
  formatFlags,
  formatRecord,
  maxNameOctets,
  Name,
  Rcode,
  rcodeName,
  RrType,
  typeName,
} from "#wire";
import { none, type ZoneReader } from "#zone";
import type { Choice, ChoiceReason } from "./choice.ts";

/** What the steps of one engine have in common. */
export interface TraceContext {
  readonly hop: "root" | "tld" | "name-servers";
  readonly report: (step: TraceStep) => void;
  readonly serverName: ((to: Endpoint) => string | undefined) | undefined;
}

/** Tells whether a peer may ask for traces: only those of this machine and of private networks. */
export function isTraceable(from: Endpoint): boolean {
  return isNearby(from.address);
}

/** A query with a trace and its answer, as the engine has them at hand. */
export interface TracedAnswer {
  readonly query: Uint8Array;
  /** As it is sent. */
  readonly response: Uint8Array;
  /** Data of the query's trace option. */
  readonly option: Uint8Array;
  readonly to: Endpoint;
  readonly transport: Transport;
  /** Whether the answer holds the RRset asked for. */
  readonly hasAnswer: boolean;
  /** The zone that it was answered from, where it was from one. */
  readonly zone: { readonly apex: string; readonly serial: number } | undefined;
  /** What a routing policy chose, where one did. */
  readonly choice?: DnsDetail["choice"];
}

/**
 * Makes the steps for one answered query; none where its option is shorter than an id.
 *
 * The record step is that of the visit: only name servers of zones report it, not root and TLDs, and not of a question beside the visit.
 */
export function makeTraceSteps(trace: TraceContext, answered: TracedAnswer, now: Now): TraceStep[] {
  const { query, response, option, to, transport, hasAnswer, zone, choice } = answered;
  const traced = decodeTraceOption(option);
  if (traced === undefined) return [];
  const decoded = decodeMessage(response);
  if (!decoded.ok) return [];
  const message = decoded.value;
  const [question] = message.question;
  if (question === undefined) return [];
  const name = trace.serverName?.(to);
  const { isAside = false } = traced;
  const step: TraceStep = {
    traceId: traced.id,
    hop: trace.hop,
    reportedBy: "names",
    at: now.wall,
    server: name === undefined ? formatEndpoint(to) : `${name} ${formatEndpoint(to)}`,
    question: `${question.name.toString()} ${typeName(question.type)}`,
    answer: [...message.answer, ...message.authority, ...message.additional].map(formatRecord),
    outcome: rcodeName(message.rcode),
    flags: formatFlags(message.flags),
    isFailure: message.rcode !== Rcode.NOERROR,
    ...(isAside ? { isAside } : {}),
    dns: { ...dnsOf(query, response, to, transport, zone), ...(choice ? { choice } : {}) },
  };
  if (!hasAnswer || trace.hop !== "name-servers" || isAside) return [step];
  // Signatures stand in the message beside it: the record is what resolvers keep and show.
  const records = message.answer.filter(({ type }) => type !== RrType.RRSIG);
  return [step, { ...step, hop: "record", answer: records.map(formatRecord) }];
}

function dnsOf(
  query: Uint8Array,
  response: Uint8Array,
  to: Endpoint,
  transport: Transport,
  zone: TracedAnswer["zone"],
): DnsDetail {
  const asked = describeMessage(query);
  const answered = describeMessage(response);
  const decoded = decodeMessage(query);
  const server = { address: formatAddress(to.address), port: to.port };
  return {
    transport,
    ...server,
    ...(asked ? { query: asked } : {}),
    ...(answered ? { response: answered } : {}),
    dig: decoded.ok ? formatDigCommand(decoded.value, { ...server, isTcp: transport === "tcp" }) : "",
    ...(zone ? { zone: zone.apex, serial: zone.serial } : {}),
  };
}

/** What was chosen, and why, in words. */
export function describeChoice(choice: Choice): NonNullable<DnsDetail["choice"]> {
  return { policy: choice.kind, sets: choice.chosenIds(), reason: choiceReasons[choice.reason] };
}

const choiceReasons: Readonly<Record<ChoiceReason, string>> = {
  weight: "drawn by weight among the healthy ones",
  primary: "the primary is healthy",
  secondary: "the primary is unhealthy, and the secondary healthy",
  together: "healthy ones, in random order",
  one: "not all are healthy, and these are not signed together: one that is healthy, by itself",
  near: "the nearest healthy one to the client's network",
  default: "the client's network is at no place that is known: the one for all others",
  open: "none is healthy: taken as if all were",
};

/**
 * Finds the zone of a group that a name is answered from, and its serial.
 * @param name  holds the name at `at`, as in a query that was read
 */
export function findTracedZone(
  zones: ZoneReader,
  group: number,
  name: Uint8Array,
  at: number,
): TracedAnswer["zone"] {
  const zone = at === 0 ? none : zones.findZone(group, name, at, false);
  if (zone === none) return undefined;
  const apex = zones.apex(zone);
  const soa = zones.rrset(apex, RrType.SOA);
  if (soa === none) return undefined;
  const octets = new Uint8Array(maxNameOctets);
  zones.copyOwner(apex, octets, 0);
  const rdata = new Uint8Array(zones.rdataLength(soa, 0));
  zones.copyRdata(soa, 0, rdata, 0);
  const fields = decodeRdataFields(RrType.SOA, rdata);
  const serial = fields.ok ? fields.value["serial"] : undefined;
  const text = Name.fromOctets(octets)?.toString();
  return typeof serial === "number" && text !== undefined ? { apex: text, serial } : undefined;
}
