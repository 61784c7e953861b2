// What the tests of answers share: an engine over zones given as text, queries, and answers as lines.

import type { TraceStep } from "#contract";
import { type Endpoint, endpoint, type MessageTransport } from "#engine";
import {
  decodeMessage,
  type Edns,
  encodeRequest,
  formatRdata,
  Name,
  parseZoneFile,
  rcodeName,
  type ResourceRecord,
  RrClass,
  typeName,
  typeNumber,
} from "#wire";
import { groupRecords, PlainZones, replaceZone } from "#zone";
import { AnswerEngine, type AnswerEngineOptions } from "./answer-engine.ts";

/** A peer that nobody trusts, and the server's own address. */
export const stranger: Endpoint = endpoint("192.0.2.200", 40_000);
export const server: Endpoint = endpoint("192.0.2.53", 53);

/** Zones by `APEX GROUP …`, each as zone-file text with TTL 60 by default. */
export function zonesOf(texts: Readonly<Record<string, string>>): PlainZones {
  const zones = new PlainZones();
  for (const [heading, text] of Object.entries(texts)) {
    const [apex = "", ...groups] = heading.split(" ");
    const origin = name(apex);
    const { records, errors } = parseZoneFile(text, { origin, ttl: 60 });
    if (errors[0] !== undefined) throw new Error(`Cannot read zone "${apex}": ${errors[0].message}`);
    zones.apply(replaceZone(origin, groups, groupRecords(records)));
  }
  return zones;
}

/** An engine for a group of the zones. */
export function engineOf(
  zones: PlainZones,
  group: string,
  more: Partial<AnswerEngineOptions> = {},
): AnswerEngine {
  return new AnswerEngine({ zones, group, hop: "name-servers", ...more });
}

/** Reads a name. Throws where it is none. */
export function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot read name "${text}": ${parsed.failure.code}`);
  return parsed.value;
}

/** What a query of these tests may have beside its question. */
export interface QueryOptions {
  readonly id?: number;
  readonly class?: number;
  readonly rd?: boolean;
  readonly cd?: boolean;
  readonly edns?: Partial<Edns>;
}

/** Encodes a query from `NAME TYPE`. */
export function query(question: string, options: QueryOptions = {}): Uint8Array<ArrayBuffer> {
  const [qname = "", type = ""] = question.split(" ");
  const { id = 0x1234, edns } = options;
  const octets = encodeRequest(name(qname), typeNumber(type) ?? 0, {
    id,
    flags: { rd: options.rd ?? false, cd: options.cd ?? false },
    class: options.class ?? RrClass.IN,
    ...(edns === undefined
      ? {}
      : { edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [], ...edns } }),
  });
  return octets.slice();
}

const junk = 0xa5;
/** Octets before the place of an answer. */
const at = 5;
/** Where answers are written, the same each time: thousands are asked for in a moment. */
const written = new Uint8Array(at + 65_535);

/**
 * Sends octets to an engine from offset 3 of a dirty buffer and returns what it answers.
 * Throws where it writes outside of what it was given or says it wrote.
 */
export function send(
  engine: AnswerEngine,
  octets: Uint8Array,
  options: { readonly from?: Endpoint; readonly transport?: MessageTransport; readonly room?: number } = {},
): Uint8Array {
  const { from = stranger, transport = "udp", room = 65_535 } = options;
  const start = 3;
  const input = new Uint8Array(octets.length + 2 * start).fill(junk);
  input.set(octets, start);
  const output = written.subarray(0, at + room).fill(junk);
  const now = { monotonic: 1000, wall: 1_800_000_000_000 };
  const length = engine.answer(input, start, octets.length, from, server, output, at, now, transport);
  if (output.subarray(0, at).some((octet) => octet !== junk))
    throw new Error("The engine wrote before its place");
  return output.slice(at, at + length);
}

/** A response as lines: `RCODE flag …`, then a line for each record with its section before it. */
export function lines(response: Uint8Array): string[] {
  const decoded = decodeMessage(response);
  if (!decoded.ok) throw new Error(`Cannot decode the response: ${decoded.failure.code}`);
  const message = decoded.value;
  const { aa, tc, rd, ra, ad, cd } = message.flags;
  const flags = Object.entries({ aa, tc, rd, ra, ad, cd }).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
  return [
    [rcodeName(message.rcode), ...flags].join(" "),
    ...message.answer.map((record) => `answer ${line(record)}`),
    ...message.authority.map((record) => `authority ${line(record)}`),
    ...message.additional.map((record) => `additional ${line(record)}`),
  ];
}

function line(record: ResourceRecord): string {
  return `${record.name.toString()} ${record.ttl} ${typeName(record.type)} ${formatRdata(record.type, record.rdata)}`;
}

/** Asks `NAME TYPE` and gives the answer as lines. */
export function ask(
  engine: AnswerEngine,
  question: string,
  options: QueryOptions & { readonly transport?: "udp" | "tcp" } = {},
): string[] {
  const { transport = "udp" } = options;
  return lines(send(engine, query(question, options), { transport }));
}

/** A text block as trimmed lines. */
export function block(text: string): string[] {
  return text
    .trim()
    .split("\n")
    .map((row) => row.trim().replaceAll(/ +/g, " "));
}

/** Collects the steps of traces. */
export function collectSteps(): { readonly steps: TraceStep[]; readonly report: (step: TraceStep) => void } {
  const steps: TraceStep[] = [];
  return { steps, report: (step) => steps.push(step) };
}
