// Answers what engines of src/answer hand on. Each message is verified first (RFC 8945). Transfers and updates then have files of their own
// (transfer-answers.ts, update-answers.ts); NOTIFY, the SOA with a secondary's expiry, and questions that are signed are answered here.

import type { AnswerEngine, ResponseSink, Transaction, TransactionRequest, Transactions } from "#answer";
import type { Now } from "#engine";
import {
  areSameOctets,
  decodeMessage,
  encodeMessage,
  FlagBit,
  type Hmac,
  maxMessageOctets,
  type Name,
  Opcode,
  Rcode,
  RrClass,
  RrType,
  tsigOctets,
} from "#wire";
import { type DoneUpdate, findRrset, serialOf } from "#zone";
import { isAllowed, type KeyRing } from "./access.ts";
import {
  type OpenRequest,
  asksExpiry,
  expireOption,
  expireOptionOctets,
  TransactionResponses,
  type TransactionResponsesOptions,
  udpRoom,
} from "./responses.ts";
import { readRequest } from "./signed-request.ts";
import { TransferAnswers, type TransferAnswersOptions } from "./transfer-answers.ts";
import { TransferCounters } from "./transfer-counters.ts";
import { UpdateAnswers, type UpdateAnswersOptions } from "./update-answers.ts";

/** What a server of transactions is made of. */
export interface TransactionServerOptions
  extends TransferAnswersOptions, UpdateAnswersOptions, TransactionResponsesOptions {
  readonly keys: KeyRing;
  readonly hmac: Hmac;
  /** Answers questions of a group that come signed. It hands nothing on itself. */
  readonly engineOf: (group: string) => AnswerEngine | undefined;
  /** A primary has told of a version. @param serial  absent where it did not say which */
  readonly onNotify?: (apex: Name, serial: number | undefined, from: Uint8Array, now: Now) => void;
}

/** See the head of this file. */
export class TransactionServer implements Transactions {
  readonly counters: TransferCounters = new TransferCounters();
  readonly #options: TransactionServerOptions;
  readonly #scratch = new Uint8Array(maxMessageOctets);
  readonly #responses: TransactionResponses;
  readonly #transfers: TransferAnswers;
  readonly #updates: UpdateAnswers;

  constructor(options: TransactionServerOptions) {
    this.#options = options;
    this.#responses = new TransactionResponses(options, this.counters);
    this.#transfers = new TransferAnswers(options, this.#responses, this.counters);
    this.#updates = new UpdateAnswers(options, this.#responses, this.counters);
  }

  /** Knows updates again that were done before this server started. */
  recall(updates: Iterable<DoneUpdate>): void {
    this.#updates.recall(updates);
  }

  begin(request: TransactionRequest, sink: ResponseSink, now: Now): Transaction | undefined {
    const seconds = Math.floor(now.wall / 1000);
    const read = readRequest(request.octets, this.#options.keys, this.#options.hmac, seconds);
    if (read.kind === "refused") {
      this.counters.add("signature-refused");
      this.#responses.tell("signature", undefined, request, undefined, (read.response[3] ?? 0) & 0xf);
      sink.send(read.response);
      sink.end();
      return undefined;
    }
    const { message: octets, session, signature } = read;
    const decoded = decodeMessage(octets);
    if (!decoded.ok) {
      this.#responses.reply({ octets, session, sink, seconds }, Rcode.FORMERR);
      return undefined;
    }
    const asked: OpenRequest = {
      request,
      octets,
      message: decoded.value,
      session,
      signature,
      sink,
      now,
      seconds,
    };
    return this.#dispatch(asked);
  }

  #dispatch(asked: OpenRequest): Transaction | undefined {
    const { message } = asked;
    const [question] = message.question;
    if (message.question.length !== 1 || question === undefined)
      return this.#responses.reply(asked, Rcode.FORMERR);
    if (message.edns && message.edns.version !== 0) return this.#answerPlainly(asked);
    switch (message.flags.opcode) {
      case Opcode.NOTIFY:
        return this.#notify(asked);
      case Opcode.UPDATE:
        return this.#updates.begin(asked);
      default:
    }
    if (question.type === RrType.AXFR || question.type === RrType.IXFR) return this.#transfers.begin(asked);
    if (asksExpiry(asked) && question.type === RrType.SOA && question.class === RrClass.IN)
      return this.#tellExpiry(asked);
    return this.#answerPlainly(asked);
  }

  /**
   * A signed question is answered as others are, and signed.
   * @param expiry  seconds that go along in the EXPIRE option (RFC 7314); absent: there is none
   */
  #answerPlainly(asked: OpenRequest, expiry?: number): undefined {
    const { request, octets, session, sink, now, message } = asked;
    const engine = this.#options.engineOf(request.group);
    if (!engine) return this.#responses.reply(asked, Rcode.REFUSED);
    const room =
      (request.transport === "udp" ? udpRoom(message) : maxMessageOctets) -
      (session ? tsigOctets(session.key) : 0);
    const output = this.#scratch.subarray(0, expiry === undefined ? room : room - expireOptionOctets);
    const { from, to, transport } = request;
    const length = engine.answer(octets, 0, octets.length, from, to, output, 0, now, transport);
    const answer = output.slice(0, length);
    if (length > 0)
      sink.send(
        this.#responses.sign(asked, expiry === undefined ? answer : withExpiry(answer, expiry, room)),
      );
    sink.end();
    return undefined;
  }

  /** RFC 7314 section 3: the SOA, with the seconds until the zone expires here. */
  #tellExpiry(asked: OpenRequest): undefined {
    const { message, request, now } = asked;
    const { name } = message.question[0]!;
    const snapshot = this.#options.zones.snapshot(true);
    const soa = snapshot?.has(name, request.group) ? findRrset(snapshot, name, name, RrType.SOA) : undefined;
    snapshot?.release();
    return soa
      ? this.#answerPlainly(asked, this.#responses.secondsLeft(soa, now))
      : this.#answerPlainly(asked);
  }

  #notify(asked: OpenRequest): undefined {
    const { message, request, session, now } = asked;
    const { name, type, class: rrClass } = message.question[0]!;
    if (type !== RrType.SOA || rrClass !== RrClass.IN)
      return this.#responses.reply(asked, Rcode.NOTIMP, "notify");
    const policy = this.#options.policyOf(name);
    if (!policy?.primaries) return this.#responses.reply(asked, Rcode.NOTAUTH, "notify");
    const { address } = request.from;
    const isFromPrimary = policy.primaries.some(
      ({ at, key }) =>
        areSameOctets(at.address, address) &&
        (key === undefined || session?.key.name.equals(key.name) === true),
    );
    if (!isFromPrimary && !isAllowed(policy.notifiers ?? [], address, session?.key, request.transport))
      return this.#responses.reply(asked, Rcode.REFUSED, "notify");
    const [hint] = message.answer;
    const serial =
      hint?.type === RrType.SOA && hint.name.equals(name)
        ? serialOf({ owner: name, type: hint.type, ttl: hint.ttl, rdata: [hint.rdata] })
        : undefined;
    this.counters.add("notify-received");
    this.#responses.reply(asked, Rcode.NOERROR, "notify", FlagBit.AA);
    this.#options.onNotify?.(name, serial, address, now);
    return undefined;
  }
}

/** An answer with the option; as it was where it is none that has EDNS. */
function withExpiry(answer: Uint8Array, seconds: number, maxOctets: number): Uint8Array {
  const decoded = decodeMessage(answer);
  if (!decoded.ok || !decoded.value.edns) return answer;
  const { edns } = decoded.value;
  const options = [...edns.options, expireOption(seconds)];
  const encoded = encodeMessage({ ...decoded.value, edns: { ...edns, options } }, maxOctets);
  return encoded.ok ? encoded.value.octets : answer;
}
