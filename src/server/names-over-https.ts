// Name servers that are asked over HTTPS, in the thread that has the engines, for each group of listeners.

import { type AnswerEngine, minOutputOctets } from "#answer";
import type { Counters } from "#contract";
import type { Now } from "#engine";
import type { Listener } from "#reactor";
import { headerOctets, maxMessageOctets, Rcode } from "#wire";
import { type DohAnswer, DohServer } from "./doh-server.ts";
import type { GroupEngines } from "./make-names-engines.ts";
import { httpsSuffix } from "./profile.ts";
import type { ServiceTls } from "./service-tls.ts";

/** See the head of this file. */
export class NamesOverHttps {
  readonly #groups: readonly GroupEngines[];
  readonly #tlsOf: (group: string) => ServiceTls | undefined;
  readonly #now: () => Now;
  readonly #servers: DohServer[] = [];

  constructor(
    groups: readonly GroupEngines[],
    tlsOf: (group: string) => ServiceTls | undefined,
    now: () => Now,
  ) {
    this.#groups = groups;
    this.#tlsOf = tlsOf;
    this.#now = now;
  }

  /** Listens where that is asked for. Rejects where a port cannot be had. */
  async attach(listeners: readonly Listener[]): Promise<void> {
    for (const { group, datagram } of this.#groups) {
      const tls = this.#tlsOf(group);
      const own = listeners.filter(({ label }) => label === `${group}${httpsSuffix}`);
      if (!tls || own.length === 0) continue;
      const server = new DohServer({ service: group, tls, answer: answerWith(datagram, this.#now) });
      this.#servers.push(server);
      for (const listener of own) await server.listen(listener);
    }
  }

  /** What has been done so far, without what the engines count. */
  counters(): Counters {
    return Object.assign({}, ...this.#servers.map((server) => server.counters())) as Counters;
  }

  /** Ends what is not on the driver. */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close(graceMs)));
  }
}

/** Answers by an engine. What it would hand on is refused: a transfer has several messages, and HTTP one (RFC 8484 section 1). */
function answerWith(engine: AnswerEngine, now: () => Now): DohAnswer {
  const output = new Uint8Array(Math.max(maxMessageOctets, minOutputOctets));
  return (octets, from, to, reply) => {
    const at = now();
    const beganAt = at.monotonic;
    const length = engine.answer(octets, 0, octets.length, from, to, output, 0, at, "https");
    engine.watch?.servedMessage("https", beganAt);
    if (engine.isHandedOn) reply(refusalOf(octets));
    else reply(length > 0 ? output.slice(0, length) : undefined);
  };
}

/** REFUSED to a message that is a query, without its question. */
function refusalOf(message: Uint8Array): Uint8Array {
  const response = new Uint8Array(headerOctets);
  response.set(message.subarray(0, 3));
  response[2] = 0x80 | ((message[2] ?? 0) & 0x79);
  response[3] = Rcode.REFUSED;
  return response;
}
