// Tells secondaries of new versions (RFC 1996): over UDP, again with growing waits until they answer or are given up. A version that comes while an
// older one is being told of takes its place.

import {
  type Effects,
  type Endpoint,
  type Engine,
  formatEndpoint,
  type IoFailure,
  type Now,
  type Random,
  Timers,
} from "#engine";
import { headerOctets, type Hmac, Opcode, TsigSession } from "#wire";
import type { Rrset } from "#zone";
import type { Peer } from "./access.ts";
import { encodeNotify } from "./outgoing-message.ts";
import type { TransferCounters } from "./transfer-counters.ts";

/** Milliseconds to wait for an answer, the first time and each time after (RFC 1996 section 3.6 leaves them open). */
const waitsMs: readonly number[] = [2000, 4000, 8000, 16_000, 32_000];

/** Servers that are being told at a time; others wait. */
const maxUnderWay = 200;
/** Servers that wait to be told, at most: what is left out finds out by its own refresh timer. */
const maxWaiting = 100_000;

/** What a notifier is made of. */
export interface NotifierOptions {
  readonly random: Random;
  readonly hmac: Hmac;
  readonly counters: TransferCounters;
  /** A server has answered, or was given up. */
  readonly onDone?: (zone: Rrset, at: Endpoint, isTold: boolean) => void;
}

interface Telling {
  readonly peer: Peer;
  readonly soa: Rrset;
  id: number;
  tries: number;
  socket: number;
  timer: number | undefined;
  /** Of the message that was sent last, where it was signed. */
  mac: Uint8Array | undefined;
}

/** See the head of this file. */
export class Notifier implements Engine {
  readonly #options: NotifierOptions;
  readonly #waiting = new Map<string, Telling>();
  readonly #underWay = new Map<string, Telling>();
  readonly #bySocket = new Map<number, string>();
  #effects: Effects | undefined;
  #timers: Timers | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  start(effects: Effects, now: Now): void {
    this.#effects = effects;
    this.#timers = new Timers(effects);
    this.#goOn(now);
  }

  /** Servers that are being told, or wait to be. */
  get pending(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /** Tells peers of a zone's version. */
  notify(soa: Rrset, peers: readonly Peer[], now: Now): void {
    for (const peer of peers) {
      const key = `${formatEndpoint(peer.at)} ${soa.owner.key}`;
      const running = this.#underWay.get(key);
      const telling: Telling = {
        peer,
        soa,
        id: 0,
        tries: 0,
        socket: -1,
        timer: undefined,
        mac: undefined,
      };
      if (running) this.#stop(key, running);
      else if (this.#waiting.size >= maxWaiting && !this.#waiting.has(key)) continue;
      this.#waiting.set(key, telling);
    }
    this.#goOn(now);
  }

  #goOn(now: Now): void {
    if (!this.#effects) return;
    for (const [key, telling] of this.#waiting) {
      if (this.#underWay.size >= maxUnderWay) return;
      this.#waiting.delete(key);
      this.#underWay.set(key, telling);
      this.#send(key, telling, now);
    }
  }

  #send(key: string, telling: Telling, now: Now): void {
    const { peer, soa } = telling;
    const effects = this.#effects;
    if (!effects) return;
    // Each try has an ID and a port of its own: a late answer to one is none to another.
    this.#closeSocket(telling);
    telling.id = this.#options.random.integer(65_536);
    const message = encodeNotify(soa, telling.id);
    const session = peer.key && new TsigSession(peer.key, this.#options.hmac);
    const octets = session ? session.sign(message, Math.floor(now.wall / 1000)) : message;
    telling.mac = session?.mac;
    telling.socket = effects.openDatagram(peer.at, peer.from);
    this.#bySocket.set(telling.socket, key);
    effects.send(telling.socket, peer.at, octets);
    const wait = waitsMs[telling.tries++] ?? 0;
    telling.timer = this.#timers?.set(now.monotonic + wait, (at) => {
      if (telling.tries < waitsMs.length) this.#send(key, telling, at);
      else this.#done(key, telling, false, at);
    });
  }

  datagram(socket: number, input: Uint8Array, length: number, _from: Endpoint, now: Now): void {
    const key = this.#bySocket.get(socket);
    const telling = key === undefined ? undefined : this.#underWay.get(key);
    if (key === undefined || telling === undefined || length < headerOctets) return;
    const octets = input.slice(0, length);
    const id = (octets[0]! << 8) | octets[1]!;
    if (id !== telling.id || octets[2]! >>> 7 !== 1 || ((octets[2]! >>> 3) & 0xf) !== Opcode.NOTIFY) return;
    // RFC 8945 section 5.4: what is not signed right may be anybody's, and is as if it had not come.
    const { key: tsigKey } = telling.peer;
    const session = tsigKey && new TsigSession(tsigKey, this.#options.hmac, telling.mac);
    if (session && session.verify(octets, Math.floor(now.wall / 1000), true).kind !== "good") return;
    // Whatever the code: it was heard (RFC 1996 section 3.6).
    this.#done(key, telling, (octets[3]! & 0xf) === 0, now);
  }

  datagramFailed(_socket: number, _failure: IoFailure): void {
    // Nobody is there now: the next try may find somebody.
  }

  timer(id: number, now: Now): void {
    this.#timers?.fired(id, now);
  }

  #done(key: string, telling: Telling, isTold: boolean, now: Now): void {
    this.#stop(key, telling);
    this.#options.counters.add(isTold ? "notify-sent" : "notify-failed");
    this.#options.onDone?.(telling.soa, telling.peer.at, isTold);
    this.#goOn(now);
  }

  #stop(key: string, telling: Telling): void {
    this.#closeSocket(telling);
    this.#timers?.clear(telling.timer);
    this.#underWay.delete(key);
  }

  #closeSocket(telling: Telling): void {
    if (telling.socket < 0) return;
    this.#bySocket.delete(telling.socket);
    this.#effects?.closeDatagram(telling.socket);
    telling.socket = -1;
  }
}
