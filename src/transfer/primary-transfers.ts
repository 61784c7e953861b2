// Transfers from primaries that are under way: one connection each, TCP or TLS (RFC 5936 section 4.2, RFC 9103), with a bound on how long nothing comes and on
// the whole. What comes is read by IncomingTransfer; what follows of its outcome is the secondary engine's.

import type { Effects, IoFailure, Now, Random, Timers } from "#engine";
import { frame, FrameReader, type Hmac, RrType, TsigSession } from "#wire";
import { serialOf } from "#zone";
import type { Peer } from "./access.ts";
import { defaultTransferLimits, IncomingTransfer, type TransferOutcome } from "./incoming-transfer.ts";
import { encodeZoneQuery } from "./outgoing-message.ts";
import type { SecondaryZone } from "./secondary-zone.ts";

/** Milliseconds that a transfer may rest between two messages, and take in all. */
const idleMs = 15_000;
const maxTransferMs = 30 * 60 * 1000;

/** A transfer under way. */
export interface Transfer {
  readonly zone: SecondaryZone;
  readonly peer: Peer;
  readonly request: Uint8Array;
  readonly incoming: IncomingTransfer;
  /** All of the zone was asked for (AXFR), not what is new (IXFR). */
  readonly isWhole: boolean;
  readonly frames: FrameReader;
  readonly slot: number;
  idleTimer: number | undefined;
  endTimer: number | undefined;
  isOver: boolean;
}

/** What transfers are made with. */
export interface PrimaryTransfersOptions {
  readonly effects: Effects;
  readonly timers: Timers;
  readonly random: Random;
  readonly hmac: Hmac;
  /** Told of each transfer's end, once, but for those that are given up with their zone. Its connection is being closed. */
  readonly done: (transfer: Transfer, outcome: TransferOutcome, now: Now) => void;
}

/** See the head of this file. */
export class PrimaryTransfers {
  readonly #options: PrimaryTransfersOptions;
  /** By slot, until the slot is free. */
  readonly #transfers = new Map<number, Transfer>();

  constructor(options: PrimaryTransfersOptions) {
    this.#options = options;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#transfers.size;
  }

  /**
   * Asks a primary for a zone, or for what is newer than is there; given up where the zone is cancelled.
   * @returns false where nothing is opened any more, since the driver comes to its end
   */
  begin(zone: SecondaryZone, peer: Peer, now: Now): boolean {
    const { effects, timers, random, hmac } = this.#options;
    const isWhole = zone.soa === undefined || zone.wantsWhole;
    const type = isWhole ? RrType.AXFR : RrType.IXFR;
    const id = random.integer(65_536);
    const message = encodeZoneQuery(zone.apex, type, id, isWhole ? undefined : zone.soa);
    const signer = peer.key && new TsigSession(peer.key, hmac);
    const request = signer ? signer.sign(message, Math.floor(now.wall / 1000)) : message;
    const session = peer.key && new TsigSession(peer.key, hmac, signer?.mac);
    const serial = isWhole ? undefined : serialOf(zone.soa);
    const incoming = new IncomingTransfer({
      apex: zone.apex,
      id,
      type,
      ...(serial === undefined ? {} : { serial }),
      session,
      limits: zone.config.limits ?? defaultTransferLimits,
    });
    const slot = effects.connect(peer.at, peer.from, peer.tls);
    if (slot < 0) return false;
    const transfer: Transfer = {
      zone,
      peer,
      request,
      incoming,
      isWhole,
      frames: new FrameReader(),
      slot,
      idleTimer: undefined,
      endTimer: undefined,
      isOver: false,
    };
    this.#transfers.set(slot, transfer);
    zone.cancel = () => this.#end(transfer);
    transfer.endTimer = timers.set(now.monotonic + maxTransferMs, (at) =>
      this.#finish(transfer, { kind: "failed", reason: "it does not come to an end" }, at),
    );
    this.#awaitMore(transfer, now);
    return true;
  }

  #awaitMore(transfer: Transfer, now: Now): void {
    const { timers } = this.#options;
    timers.clear(transfer.idleTimer);
    transfer.idleTimer = timers.set(now.monotonic + idleMs, (at) =>
      this.#finish(transfer, { kind: "failed", reason: "nothing more of it comes" }, at),
    );
  }

  connected(slot: number): void {
    const transfer = this.#transfers.get(slot);
    if (transfer && !transfer.isOver) this.#options.effects.write(slot, frame(transfer.request));
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const transfer = this.#transfers.get(slot);
    if (!transfer || transfer.isOver) return;
    const messages = transfer.frames.push(input, length);
    // Only whole messages count: one octet now and then does not keep a transfer alive.
    if (messages.length > 0) this.#awaitMore(transfer, now);
    for (const message of messages) {
      const outcome = transfer.incoming.push(message, Math.floor(now.wall / 1000));
      if (outcome) {
        this.#finish(transfer, outcome, now);
        return;
      }
    }
  }

  ended(slot: number, now: Now): void {
    const transfer = this.#transfers.get(slot);
    if (transfer) this.#finish(transfer, { kind: "failed", reason: "it breaks off" }, now);
  }

  /** @returns whether it was a transfer's: then there is room for another one */
  closed(slot: number, failure: IoFailure | undefined, now: Now): boolean {
    const transfer = this.#transfers.get(slot);
    if (!transfer) return false;
    this.#finish(transfer, { kind: "failed", reason: `it breaks off (${failure ?? "closed"})` }, now);
    return this.#transfers.delete(slot); // only now may the slot be another's
  }

  #end(transfer: Transfer): boolean {
    if (transfer.isOver) return false;
    const { timers, effects } = this.#options;
    transfer.isOver = true;
    timers.clear(transfer.idleTimer);
    timers.clear(transfer.endTimer);
    effects.destroy(transfer.slot);
    return true;
  }

  #finish(transfer: Transfer, outcome: TransferOutcome, now: Now): void {
    if (this.#end(transfer)) this.#options.done(transfer, outcome, now);
  }
}
