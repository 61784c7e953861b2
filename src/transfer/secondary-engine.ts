// Keeps zones as their primaries have them: asks for the SOA when its timers or a NOTIFY say so, transfers what is newer (IXFR, AXFR where differences
// cannot be had or used; of a primary that is asked over TLS, RFC 9103, the transfer alone), and lets a zone expire that no primary has vouched for in time. What is served is served on until something
// better is there as a whole, whatever a primary does.
//
// This file decides when, whom and what for; the questions themselves are in soa-questions.ts, the transfers in primary-transfers.ts.

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
import type { Hmac, Name } from "#wire";
import { compareSerials, serialOf } from "#zone";
import type { Peer } from "./access.ts";
import type { TransferOutcome } from "./incoming-transfer.ts";
import { type SecondaryConfig, SecondaryZone } from "./secondary-zone.ts";
import type { TransferCounters } from "./transfer-counters.ts";
import { PrimaryTransfers, type Transfer } from "./primary-transfers.ts";
import { type SoaOutcome, SoaQuestions } from "./soa-questions.ts";

/** Transfers, and questions over UDP, under way at a time; other zones wait. */
const maxTransfers = 10;
const maxQuestions = 100;

/** What happens to a zone. */
export interface SecondaryEvent {
  readonly apex: Name;
  readonly what: "current" | "transferred" | "failed" | "expired";
  /** The version that is there now. */
  readonly serial: number | undefined;
  /** The primary it is about, in text. */
  readonly primary: string;
  readonly detail: string;
}

/** What an engine for secondaries is made of. */
export interface SecondaryEngineOptions {
  readonly random: Random;
  readonly hmac: Hmac;
  readonly counters: TransferCounters;
  /**
   * Puts in force what was transferred, the SOA included. Where it throws, the transfer has failed, and what was served is served on.
   * @returns false where differences are not of the version that is there
   */
  readonly install: (
    apex: Name,
    outcome: Extract<TransferOutcome, { kind: "zone" | "differences" }>,
  ) => boolean;
  /** Takes a zone out of service that has expired. */
  readonly expire: (apex: Name) => void;
  readonly onEvent?: (event: SecondaryEvent) => void;
  /** A zone is good until then, in milliseconds of wall time. */
  readonly onVouched?: (apex: Name, expiresAt: number) => void;
}

/** See the head of this file. */
export class SecondaryEngine implements Engine {
  readonly #options: SecondaryEngineOptions;
  readonly #zones = new Map<string, SecondaryZone>();
  /** Zones that wait for their turn to ask, and to transfer. */
  readonly #toAsk = new Set<SecondaryZone>();
  readonly #toTransfer = new Set<SecondaryZone>();
  #timers: Timers | undefined;
  #questions: SoaQuestions | undefined;
  #transfers: PrimaryTransfers | undefined;

  constructor(options: SecondaryEngineOptions) {
    this.#options = options;
  }

  start(effects: Effects, now: Now): void {
    const { random, hmac } = this.#options;
    const timers = new Timers(effects);
    this.#timers = timers;
    this.#questions = new SoaQuestions({
      effects,
      timers,
      random,
      hmac,
      done: (zone, peer, outcome, at) => this.#answered(zone, peer, outcome, at),
    });
    this.#transfers = new PrimaryTransfers({
      effects,
      timers,
      random,
      hmac,
      done: (transfer, outcome, at) => this.#transferred(transfer, outcome, at),
    });
    // Zones may have been added before: their times count from then.
    for (const zone of this.#zones.values())
      if (zone.soa) this.#setExpiry(zone, zone.expiresAt - now.monotonic, now);
    this.#goOn(now);
  }

  /** Takes up a zone, or other primaries of one. */
  add(config: SecondaryConfig, now: Now): void {
    const standing = this.#zones.get(config.apex.key);
    if (standing) {
      standing.config = config;
      standing.primary = 0;
      this.#look(standing, now);
      return;
    }
    const zone = new SecondaryZone(config);
    this.#zones.set(config.apex.key, zone);
    const { kept } = config;
    if (kept) {
      zone.take(kept.soa);
      this.#setExpiry(zone, kept.expiresAt - now.wall, now);
    }
    this.#look(zone, now);
  }

  /** Lets go of a zone; what is served of it is the caller's. */
  remove(apex: Name): void {
    const zone = this.#zones.get(apex.key);
    if (!zone) return;
    this.#zones.delete(apex.key);
    this.#toAsk.delete(zone);
    this.#toTransfer.delete(zone);
    this.#timers?.clear(zone.timer);
    this.#timers?.clear(zone.expiryTimer);
    zone.cancel?.();
  }

  /** A primary has told of a version (RFC 1996 section 3.11). @param from  asked first where it is one of the primaries */
  notified(apex: Name, serial: number | undefined, from: Uint8Array, now: Now): void {
    const zone = this.#zones.get(apex.key);
    if (!zone) return;
    const own = serialOf(zone.soa);
    if (serial !== undefined && own !== undefined && (compareSerials(serial, own) ?? 1) <= 0) return;
    if (zone.state !== "waiting") {
      zone.isNotified = true; // once is enough, however often it is said
      return;
    }
    const place = zone.config.primaries.findIndex(({ at }) =>
      at.address.every((octet, i) => octet === from[i]),
    );
    if (place >= 0) zone.primary = place;
    this.#look(zone, now);
  }

  /** Seconds until a zone expires; undefined where it is not a secondary's, or not there. */
  expiryOf(apex: Name, now: Now): number | undefined {
    const zone = this.#zones.get(apex.key);
    if (!zone?.soa) return undefined;
    return Math.max(0, Math.floor((zone.expiresAt - now.monotonic) / 1000));
  }

  /** How each zone stands. */
  *states(): Generator<{
    readonly apex: Name;
    readonly serial: number | undefined;
    readonly problem: string | undefined;
  }> {
    for (const zone of this.#zones.values())
      yield { apex: zone.apex, serial: serialOf(zone.soa), problem: zone.problem };
  }

  /** Looks after a zone now, as soon as it is its turn. */
  #look(zone: SecondaryZone, now: Now): void {
    if (zone.state !== "waiting") {
      zone.isNotified = true;
      return;
    }
    this.#timers?.clear(zone.timer);
    zone.timer = undefined;
    zone.isNotified = false;
    if (zone.soa) this.#toAsk.add(zone);
    else this.#toTransfer.add(zone);
    this.#goOn(now);
  }

  #goOn(now: Now): void {
    const [questions, transfers] = [this.#questions, this.#transfers];
    if (!questions || !transfers) return;
    for (const zone of this.#toTransfer) {
      if (transfers.size >= maxTransfers) break;
      this.#toTransfer.delete(zone);
      const peer = this.#peer(zone);
      if (!peer) continue;
      zone.state = "transferring";
      if (!transfers.begin(zone, peer, now)) return;
    }
    for (const zone of this.#toAsk) {
      if (questions.size >= maxQuestions) break;
      this.#toAsk.delete(zone);
      if (!this.#ask(questions, zone, now)) return;
    }
  }

  #schedule(zone: SecondaryZone, seconds: number, now: Now): void {
    zone.state = "waiting";
    zone.cancel = undefined;
    if (zone.isNotified) {
      this.#look(zone, now);
      return;
    }
    // A tenth earlier at most: zones of one primary do not stay in step.
    const ms = seconds * 1000;
    const early = this.#options.random.integer(Math.max(1, Math.floor(ms / 10)));
    this.#timers?.clear(zone.timer);
    zone.timer = this.#timers?.set(now.monotonic + ms - early, (at) => {
      zone.timer = undefined;
      this.#look(zone, at);
    });
  }

  #setExpiry(zone: SecondaryZone, ms: number, now: Now): void {
    zone.expiresAt = now.monotonic + ms;
    this.#timers?.clear(zone.expiryTimer);
    zone.expiryTimer = this.#timers?.set(zone.expiresAt, () => {
      zone.expiryTimer = undefined;
      const serial = serialOf(zone.soa);
      zone.soa = undefined;
      this.#options.counters.add("zone-expired");
      this.#options.expire(zone.apex);
      this.#tell(zone, "expired", "no primary has vouched for it in time", serial);
    });
  }

  /** A primary has said that the version that is there is good. @param seconds  what it says of its own expiry */
  #vouched(zone: SecondaryZone, seconds: number | undefined, isNew: boolean, now: Now): void {
    zone.failures = 0;
    zone.problem = undefined;
    // RFC 7314 section 4: a primary that is a secondary itself vouches no longer than it was vouched for.
    const most = Math.min(seconds ?? zone.expireSeconds, zone.expireSeconds) * 1000;
    const ms = isNew ? most : Math.max(most, zone.expiresAt - now.monotonic);
    this.#setExpiry(zone, ms, now);
    this.#options.onVouched?.(zone.apex, now.wall + ms);
  }

  /** One primary was of no use: the next one is asked, or all of them later. */
  #fail(zone: SecondaryZone, peer: Peer, reason: string, now: Now): void {
    zone.problem = reason;
    this.#tell(zone, "failed", reason, serialOf(zone.soa), peer);
    if (this.#zones.get(zone.apex.key) !== zone) return;
    zone.primary++;
    zone.state = "waiting";
    if (zone.primary < zone.config.primaries.length) {
      if (zone.soa) this.#toAsk.add(zone);
      else this.#toTransfer.add(zone);
    } else {
      zone.primary = 0;
      zone.failures++;
      this.#options.counters.add("refresh-failed");
      this.#schedule(zone, zone.retrySeconds, now);
    }
    this.#goOn(now);
  }

  #tell(
    zone: SecondaryZone,
    what: SecondaryEvent["what"],
    detail: string,
    serial: number | undefined,
    peer: Peer | undefined = zone.config.primaries[zone.primary],
  ): void {
    this.#options.onEvent?.({
      apex: zone.apex,
      what,
      serial,
      primary: peer ? formatEndpoint(peer.at) : "",
      detail,
    });
  }

  #peer(zone: SecondaryZone): Peer | undefined {
    return zone.config.primaries[zone.primary] ?? zone.config.primaries[0];
  }

  #ask(questions: SoaQuestions, zone: SecondaryZone, now: Now): boolean {
    const peer = this.#peer(zone);
    if (!peer) return true;
    // RFC 9103 section 6.1: what zone it is is not said in the clear either. IXFR tells whether there is something new (RFC 1995 section 2).
    if (peer.tls) {
      this.#toTransferNow(zone, now);
      return true;
    }
    zone.state = "asking";
    return questions.ask(zone, peer, now);
  }

  /** A primary has said which version it has, or not. */
  #answered(zone: SecondaryZone, peer: Peer, outcome: SoaOutcome, now: Now): void {
    if (outcome.kind === "unknown") return this.#toTransferNow(zone, now);
    if (outcome.kind === "failed") return this.#fail(zone, peer, outcome.reason, now);
    const { serial, expireSeconds } = outcome;
    const own = serialOf(zone.soa);
    if (own === undefined || (compareSerials(serial, own) ?? 1) > 0) return this.#toTransferNow(zone, now);
    if (serial !== own) return this.#fail(zone, peer, olderVersion(serial), now);
    this.#options.counters.add("refresh-current");
    this.#vouched(zone, expireSeconds, false, now);
    this.#tell(zone, "current", "", own, peer);
    zone.primary = 0;
    this.#schedule(zone, zone.refreshSeconds, now);
    this.#goOn(now);
  }

  datagram(socket: number, input: Uint8Array, length: number, _from: Endpoint, now: Now): void {
    this.#questions?.datagram(socket, input, length, now);
  }

  datagramFailed(socket: number, failure: IoFailure, now: Now): void {
    this.#questions?.datagramFailed(socket, failure, now);
  }

  #toTransferNow(zone: SecondaryZone, now: Now): void {
    zone.state = "waiting";
    zone.cancel = undefined;
    this.#toTransfer.add(zone);
    this.#goOn(now);
  }

  connected(slot: number): void {
    this.#transfers?.connected(slot);
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    this.#transfers?.received(slot, input, length, now);
  }

  ended(slot: number, now: Now): void {
    this.#transfers?.ended(slot, now);
  }

  closed(slot: number, failure: IoFailure | undefined, now: Now): void {
    if (this.#transfers?.closed(slot, failure, now)) this.#goOn(now);
  }

  #transferred(transfer: Transfer, outcome: TransferOutcome, now: Now): void {
    const { zone, peer, isWhole, incoming } = transfer;
    const { counters } = this.#options;
    if (outcome.kind === "failed") return this.#transferFailed(transfer, outcome.reason, now);
    if (outcome.kind === "current") {
      if (outcome.serial !== serialOf(zone.soa)) {
        zone.cancel = undefined;
        return this.#fail(zone, peer, olderVersion(outcome.serial), now);
      }
      counters.add("refresh-current");
      this.#vouched(zone, incoming.expireSeconds, false, now);
    } else {
      const soa = outcome.kind === "zone" ? outcome.soa : outcome.diffs.at(-1)!.to;
      const [own, young] = [serialOf(zone.soa), serialOf(soa)];
      // A whole zone that is older than what is there: the primary went back, and this is not how (RFC 1982).
      if (own !== undefined && (young === undefined || (compareSerials(young, own) ?? 1) < 0))
        return this.#transferFailed(transfer, `it is the older version ${young}`, now);
      try {
        if (!this.#options.install(zone.apex, outcome))
          return this.#transferFailed(transfer, "its differences are not of the version that is here", now);
      } catch (error) {
        return this.#transferFailed(transfer, error instanceof Error ? error.message : String(error), now);
      }
      counters.add(outcome.kind === "zone" ? "transfer-axfr" : "transfer-ixfr");
      zone.take(soa);
      zone.wantsWhole = false;
      this.#vouched(zone, incoming.expireSeconds, true, now);
      this.#tell(zone, "transferred", outcome.kind === "zone" ? "whole" : "differences", young, peer);
    }
    if (isWhole) zone.wantsWhole = false;
    zone.primary = 0;
    this.#schedule(zone, zone.refreshSeconds, now);
    this.#goOn(now);
  }

  #transferFailed(transfer: Transfer, reason: string, now: Now): void {
    const { zone, peer, isWhole } = transfer;
    this.#options.counters.add("transfer-failed");
    zone.cancel = undefined;
    if (!isWhole) {
      // Perhaps the primary speaks no IXFR, or its differences are not ours: all of the zone is asked for, once.
      zone.wantsWhole = true;
      zone.problem = reason;
      this.#tell(zone, "failed", `differences: ${reason}`, serialOf(zone.soa), peer);
      return this.#toTransferNow(zone, now);
    }
    zone.wantsWhole = false;
    this.#fail(zone, peer, `transfer: ${reason}`, now);
  }

  timer(id: number, now: Now): void {
    this.#timers?.fired(id, now);
  }
}

/** RFC 1982: a primary with an older version does not vouch for ours. */
function olderVersion(serial: number): string {
  return `it has the older version ${serial}`;
}
