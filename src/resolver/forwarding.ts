// Names outside all trees, where the operator wants them forwarded: asked of other resolvers, one after the other.
// What these answer is theirs to say, but only about names outside: an alias into a tree is followed there.

import type { Endpoint, Now, Transport } from "#engine";
import { ExtendedError, Name, Rcode, rcodeName, type Message } from "#wire";
import type { Course, CourseHost } from "./course.ts";
import type { Candidate } from "./cut-work.ts";
import { describeServer } from "./describe.ts";
import { forwardTimeoutMs, maxTriesPerForwarder } from "./limits.ts";
import { readReply } from "./reply.ts";
import { forwardPartition } from "./trees.ts";

/** See the head of this file. */
export class Forwarding implements Course {
  readonly #host: CourseHost;
  readonly #name: Name;
  readonly #type: number;
  readonly #forwarders: readonly Candidate[];

  constructor(host: CourseHost, name: Name, type: number, forwarders: readonly Endpoint[]) {
    this.#host = host;
    this.#name = name;
    this.#type = type;
    this.#forwarders = forwarders.map((endpoint) => ({ endpoint, name: Name.root, tries: 0, isOut: false }));
  }

  step(now: Now): void {
    const { book } = this.#host.context;
    const usable = this.#forwarders.filter(
      (candidate) => !candidate.isOut && candidate.tries < maxTriesPerForwarder,
    );
    const fewest = Math.min(...usable.map(({ tries }) => tries));
    const candidate = book.pick(
      usable.filter(({ tries }) => tries === fewest),
      now.monotonic,
    );
    if (candidate) {
      candidate.tries++;
      this.#ask(candidate, "udp", now);
      return;
    }
    this.#host.note(ExtendedError.NO_REACHABLE_AUTHORITY, "no forwarder gave an answer");
    this.#host.fail(now, false);
  }

  #ask(candidate: Candidate, transport: Transport, now: Now): void {
    const { book, counters } = this.#host.context;
    const { endpoint } = candidate;
    const { trace } = this.#host.origin;
    counters.add("upstream-queries{hop=forward}");
    this.#host.ask(
      {
        server: endpoint,
        name: this.#name,
        type: this.#type,
        isRecursive: true,
        hasEdns: !book.isWithoutEdns(endpoint, now.monotonic),
        options: [],
        transport,
        timeoutMs: forwardTimeoutMs,
        ...(trace ? { trace: trace.asked(-1, candidate, this.#name, this.#type, transport) } : {}),
      },
      now,
      (result, at) => {
        if (result.kind === "reply") {
          book.heard(endpoint, result.tookMs);
          this.#replied(candidate, result.message, transport, at);
          return;
        }
        if (result.kind === "silent" && transport === "udp") book.silent(endpoint, at.monotonic);
        else candidate.isOut = true;
        this.#noteForwarder(candidate, ExtendedError.NETWORK_ERROR, "did not answer");
      },
    );
  }

  #replied(candidate: Candidate, message: Message, transport: Transport, now: Now): void {
    const { book, settings, trees } = this.#host.context;
    if (message.flags.tc && transport === "udp") {
      this.#ask(candidate, "tcp", now);
      return;
    }
    if (
      message.rcode === Rcode.FORMERR &&
      !message.edns &&
      !book.isWithoutEdns(candidate.endpoint, now.monotonic)
    ) {
      book.markWithoutEdns(candidate.endpoint, now.monotonic);
      return;
    }
    const mayFollow = (target: Name): boolean => trees.placeOf(target).kind === "forward";
    const asked = { name: this.#name, type: this.#type, zone: Name.root, mayFollow };
    const reply = readReply(message, asked, now.monotonic, settings);
    if (reply.kind === "error" || reply.kind === "lame" || reply.kind === "referral") {
      candidate.isOut = true;
      const words = reply.kind === "error" ? `answered ${rcodeName(reply.rcode)}` : "does not resolve";
      this.#noteForwarder(candidate, ExtendedError.NO_REACHABLE_AUTHORITY, words);
      return;
    }
    this.#host.conclude(forwardPartition, this.#name, reply, now);
  }

  #noteForwarder(candidate: Candidate, code: number, words: string): void {
    this.#host.note(code, `the forwarder ${describeServer(candidate)} ${words}`);
  }
}
