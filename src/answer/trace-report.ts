// What an answer engine tells about a query that carries a trace: the step at its own hop, and the step at the record
// where a name server of the visit's zone gave it. Not a hot path.

import { decodeTraceOption, type TraceStep } from "#contract";
import { type Endpoint, formatEndpoint, isNearby, type Now } from "#engine";
import { decodeMessage, formatFlags, formatRecord, Rcode, rcodeName, typeName } from "#wire";

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

/**
 * Makes the steps for one answered query.
 *
 * The record step is that of the visit: only name servers of zones report it, not root and TLDs.
 * @param option  data of the query's trace option; shorter than an id, there are no steps
 * @param response  the answer as it is sent
 * @param hasAnswer  whether the answer holds the RRset asked for
 */
export function makeTraceSteps(
  trace: TraceContext,
  option: Uint8Array,
  response: Uint8Array,
  to: Endpoint,
  now: Now,
  hasAnswer: boolean,
): TraceStep[] {
  const traced = decodeTraceOption(option);
  if (traced === undefined) return [];
  const decoded = decodeMessage(response);
  if (!decoded.ok) return [];
  const message = decoded.value;
  const [question] = message.question;
  if (question === undefined) return [];
  const name = trace.serverName?.(to);
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
  };
  if (!hasAnswer || trace.hop !== "name-servers") return [step];
  return [step, { ...step, hop: "record", answer: message.answer.map(formatRecord) }];
}
