// Questions for the SOA of zones, over UDP (RFC 1034 section 4.3.5): is there a newer version? Each is asked on a socket of its own, again where nothing
// comes, and only an answer to it counts, signed where the primary has a key (RFC 8945). What follows of an answer is the secondary engine's.

import type { Effects, IoFailure, Now, Random, Timers } from "#engine";
import {
  decodeMessage,
  EdnsOption,
  headerOctets,
  type Hmac,
  type Message,
  Opcode,
  Rcode,
  rcodeName,
  RrType,
  TsigSession,
} from "#wire";
import { serialOf } from "#zone";
import type { Peer } from "./access.ts";
import { encodeZoneQuery } from "./outgoing-message.ts";
import type { SecondaryZone } from "./secondary-zone.ts";

/** Milliseconds that an answer is waited for, each of so many times. */
const answerWaitMs = 3000;
const maxAsks = 3;

/** What came of a question: the primary's version, a reason to ask over TCP instead, or why the primary is of no use. */
export type SoaOutcome =
  | {
      readonly kind: "version";
      readonly serial: number;
      /** Seconds that the version is good with the primary itself (RFC 7314); absent where it does not say. */
      readonly expireSeconds: number | undefined;
    }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly reason: string };

/** What questions are asked with. */
export interface SoaQuestionsOptions {
  readonly effects: Effects;
  readonly timers: Timers;
  readonly random: Random;
  readonly hmac: Hmac;
  /** Told of each question's end, but for those that are given up with their zone. */
  readonly done: (zone: SecondaryZone, peer: Peer, outcome: SoaOutcome, now: Now) => void;
}

interface Question {
  readonly zone: SecondaryZone;
  readonly peer: Peer;
  id: number;
  mac: Uint8Array | undefined;
  /** Negative: it is not asked at the moment. */
  socket: number;
  timer: number | undefined;
  tries: number;
}

/** See the head of this file. */
export class SoaQuestions {
  readonly #options: SoaQuestionsOptions;
  /** By socket. */
  readonly #questions = new Map<number, Question>();

  constructor(options: SoaQuestionsOptions) {
    this.#options = options;
  }

  /** How many are under way. */
  get size(): number {
    return this.#questions.size;
  }

  /**
   * Asks a primary for a zone's SOA; given up where the zone is cancelled.
   * @returns false where nothing is opened any more, since the driver comes to its end
   */
  ask(zone: SecondaryZone, peer: Peer, now: Now): boolean {
    const question: Question = { zone, peer, id: 0, mac: undefined, socket: -1, timer: undefined, tries: 0 };
    zone.cancel = () => this.#end(question);
    return this.#send(question, now);
  }

  #send(question: Question, now: Now): boolean {
    const { zone, peer } = question;
    const { effects, random, hmac, timers, done } = this.#options;
    this.#end(question);
    question.tries++;
    question.id = random.integer(65_536);
    const message = encodeZoneQuery(zone.apex, RrType.SOA, question.id);
    const session = peer.key && new TsigSession(peer.key, hmac);
    const octets = session ? session.sign(message, Math.floor(now.wall / 1000)) : message;
    question.mac = session?.mac;
    question.socket = effects.openDatagram(peer.at, peer.from);
    if (question.socket < 0) return false;
    this.#questions.set(question.socket, question);
    effects.send(question.socket, peer.at, octets);
    question.timer = timers.set(now.monotonic + answerWaitMs, (at) => {
      if (question.tries < maxAsks) this.#send(question, at);
      else {
        // Perhaps it answers over TCP, which is how a transfer goes anyway.
        this.#end(question);
        done(zone, peer, { kind: "unknown" }, at);
      }
    });
    return true;
  }

  #end(question: Question): void {
    const { timers, effects } = this.#options;
    timers.clear(question.timer);
    if (question.socket < 0) return;
    this.#questions.delete(question.socket);
    effects.closeDatagram(question.socket);
    question.socket = -1;
  }

  /** A datagram came. What is no answer to the question is passed over. */
  datagram(socket: number, input: Uint8Array, length: number, now: Now): void {
    const question = this.#questions.get(socket);
    if (!question || length < headerOctets) return;
    const outcome = this.#read(question, input.slice(0, length), now);
    if (!outcome) return;
    this.#end(question);
    this.#options.done(question.zone, question.peer, outcome, now);
  }

  /** A socket can reach nobody. */
  datagramFailed(socket: number, failure: IoFailure, now: Now): void {
    const question = this.#questions.get(socket);
    if (!question) return;
    this.#end(question);
    const reason = `it cannot be reached (${failure})`;
    this.#options.done(question.zone, question.peer, { kind: "failed", reason }, now);
  }

  #read({ zone, peer, id, mac }: Question, input: Uint8Array, now: Now): SoaOutcome | undefined {
    let octets = input;
    if (((octets[0]! << 8) | octets[1]!) !== id || octets[2]! >>> 7 !== 1) return undefined;
    if (peer.key) {
      const session = new TsigSession(peer.key, this.#options.hmac, mac);
      const verdict = session.verify(octets, Math.floor(now.wall / 1000), true);
      // What is not signed right may be anybody's (RFC 8945 section 5.4). A primary that says why has no MAC for it: a refusal may still be
      // its own, who speaks of the zone over TCP alone: there it has to be signed too.
      if (verdict.kind !== "good")
        return (octets[3]! & 0xf) === Rcode.NOERROR ? undefined : { kind: "unknown" };
      octets = verdict.message;
    }
    const decoded = decodeMessage(octets);
    if (!decoded.ok) return undefined;
    const message = decoded.value;
    const [asked] = message.question;
    if (message.flags.opcode !== Opcode.QUERY) return undefined;
    if (asked && (asked.type !== RrType.SOA || !asked.name.equals(zone.apex))) return undefined;
    return outcomeOf(message, zone);
  }
}

/** What an answer says. */
function outcomeOf(message: Message, { apex }: SecondaryZone): SoaOutcome {
  if (message.flags.tc || message.rcode === Rcode.REFUSED) return { kind: "unknown" };
  if (message.rcode !== Rcode.NOERROR)
    return { kind: "failed", reason: `it answers ${rcodeName(message.rcode)}` };
  const record = message.answer.find(({ type, name }) => type === RrType.SOA && name.equals(apex));
  const serial = serialOf(
    record && { owner: record.name, type: record.type, ttl: record.ttl, rdata: [record.rdata] },
  );
  if (serial === undefined || !message.flags.aa)
    return { kind: "failed", reason: "it does not have the zone" };
  const expire = message.edns?.options.find(
    ({ code, octets: data }) => code === EdnsOption.EXPIRE && data.length === 4,
  );
  return { kind: "version", serial, expireSeconds: expire && u32(expire.octets) };
}

function u32(octets: Uint8Array): number {
  return ((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) >>> 0;
}
