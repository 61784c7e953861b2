// What is known of authoritative servers: round-trip times, silence, zones they turned out not to serve, whether they
// understand EDNS. One entry per address and port; the least recently used goes first.

import type { Endpoint, Random } from "#engine";
import type { Name } from "#wire";
import {
  initialTimeoutMs,
  lameMs,
  minLaterTimeoutMs,
  minSecondTimeoutMs,
  maxKnownServers,
  maxTimeoutMs,
  minTimeoutMs,
  withoutEdnsMs,
} from "./limits.ts";

/** What is known of one server. Times are monotonic milliseconds. */
interface ServerHistory {
  /** Smoothed round-trip time and its variation in milliseconds (RFC 6298 section 2); negative: none yet. */
  roundTrip: number;
  variation: number;
  /** Tries without an answer since the last answer. */
  silentTries: number;
  /** When the last of them ended. */
  silentAt: number;
  withoutEdnsUntil: number;
  /** Zones by key, and until when the server is passed over for them. */
  lame: Map<string, number> | undefined;
}

/** Zones that one server is held lame for: more than this and the oldest is forgotten. */
const maxLameZones = 64;

/**
 * Servers within this many milliseconds of the fastest, or half again its time, count as equally fast: the load is
 * spread, and an attacker cannot tell which one will be asked (RFC 5452 section 9.1).
 */
const bandMs = 20;

/** After this many silent tries in a row a server is tried only when all others have failed, until `silentMs` is over. */
const silentTriesUntilLast = 3;
const silentMs = 30_000;

/** See the head of this file. */
export class ServerBook {
  readonly #entries = new Map<string, ServerHistory>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** How many servers are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Notes an answer that took this long. */
  heard(server: Endpoint, tookMs: number): void {
    const entry = this.#open(server);
    entry.silentTries = 0;
    if (entry.roundTrip < 0) {
      entry.roundTrip = tookMs;
      entry.variation = tookMs / 2;
      return;
    }
    entry.variation += (Math.abs(entry.roundTrip - tookMs) - entry.variation) / 4;
    entry.roundTrip += (tookMs - entry.roundTrip) / 8;
  }

  /** Notes that no answer came. */
  silent(server: Endpoint, monotonic: number): void {
    const entry = this.#open(server);
    entry.silentTries++;
    entry.silentAt = monotonic;
  }

  /** Whether the server turned out not to serve a zone that it was named for. */
  isLame(server: Endpoint, zone: Name, monotonic: number): boolean {
    const until = this.#entries.get(endpointKey(server))?.lame?.get(zone.key);
    return until !== undefined && until > monotonic;
  }

  /** Passes the server over for this zone for a while. */
  markLame(server: Endpoint, zone: Name, monotonic: number): void {
    const entry = this.#open(server);
    const lame = (entry.lame ??= new Map());
    lame.delete(zone.key);
    lame.set(zone.key, monotonic + lameMs);
    if (lame.size > maxLameZones) {
      const oldest = lame.keys().next();
      if (oldest.done !== true) lame.delete(oldest.value);
    }
  }

  /** Whether the server is to be asked without EDNS (RFC 6891 section 6.2.2). */
  isWithoutEdns(server: Endpoint, monotonic: number): boolean {
    return (this.#entries.get(endpointKey(server))?.withoutEdnsUntil ?? 0) > monotonic;
  }

  /** Notes that the server did not understand EDNS. */
  markWithoutEdns(server: Endpoint, monotonic: number): void {
    this.#open(server).withoutEdnsUntil = monotonic + withoutEdnsMs;
  }

  /**
   * Milliseconds to wait for the server, from its round-trip time (RFC 6298 section 2.3), doubled for each try of
   * the same question before.
   */
  timeoutMs(server: Endpoint, triesBefore: number): number {
    const entry = this.#entries.get(endpointKey(server));
    const estimate = !entry || entry.roundTrip < 0 ? initialTimeoutMs : entry.roundTrip + 4 * entry.variation;
    const least = [minTimeoutMs, minSecondTimeoutMs][triesBefore] ?? minLaterTimeoutMs;
    return Math.min(maxTimeoutMs, Math.max(least, estimate * 2 ** triesBefore));
  }

  /** Whether the server has not answered for a while: to be tried last, and once. */
  isSilent(server: Endpoint, monotonic: number): boolean {
    const entry = this.#entries.get(endpointKey(server));
    return (
      entry !== undefined &&
      entry.silentTries >= silentTriesUntilLast &&
      entry.silentAt + silentMs > monotonic
    );
  }

  /** Picks one of the servers: by chance among the fastest and those never heard of; the silent ones last. */
  pick<T extends { readonly endpoint: Endpoint }>(
    candidates: readonly T[],
    monotonic: number,
  ): T | undefined {
    const awake = candidates.filter(({ endpoint }) => !this.isSilent(endpoint, monotonic));
    const pool = awake.length > 0 ? awake : candidates;
    let best = Number.POSITIVE_INFINITY;
    for (const { endpoint } of pool) best = Math.min(best, Math.max(0, this.#roundTrip(endpoint)));
    const limit = best + Math.max(bandMs, best / 2);
    const near = pool.filter(({ endpoint }) => this.#roundTrip(endpoint) <= limit);
    return near.length === 0 ? undefined : near[this.#random.integer(near.length)];
  }

  /** Negative where the server was never heard of. A silent try counts as much as the time-out it took. */
  #roundTrip(server: Endpoint): number {
    const entry = this.#entries.get(endpointKey(server));
    if (!entry) return -1;
    return entry.silentTries > 0
      ? Math.max(0, entry.roundTrip) + initialTimeoutMs * entry.silentTries
      : entry.roundTrip;
  }

  #open(server: Endpoint): ServerHistory {
    const key = endpointKey(server);
    let entry = this.#entries.get(key);
    if (entry) this.#entries.delete(key);
    else {
      entry = {
        roundTrip: -1,
        variation: 0,
        silentTries: 0,
        silentAt: 0,
        withoutEdnsUntil: 0,
        lame: undefined,
      };
      if (this.#entries.size >= maxKnownServers) {
        const oldest = this.#entries.keys().next();
        if (oldest.done !== true) this.#entries.delete(oldest.value);
      }
    }
    this.#entries.set(key, entry);
    return entry;
  }
}

/** A key for an endpoint: equal for equal endpoints. */
export function endpointKey(server: Endpoint): string {
  return `${String.fromCharCode.apply(null, server.address as unknown as number[])}${server.port}`;
}
