// What a secondary knows of one zone: from whom it comes, which version is there, and when it is looked after next (RFC 1034 section 4.3.5, RFC 1035
// section 3.3.13). The engine that asks the primaries is secondary-engine.ts.

import { decodeRdata, type Name, RrType, type SoaRdata } from "#wire";
import type { Rrset } from "#zone";
import type { Peer } from "./access.ts";
import type { TransferLimits } from "./incoming-transfer.ts";

/** A zone to be kept as its primaries have it. */
export interface SecondaryConfig {
  readonly apex: Name;
  /** At least one; the first that answers is asked. */
  readonly primaries: readonly Peer[];
  readonly limits?: TransferLimits;
  /** The version that was kept, where there is one. */
  readonly kept?: KeptVersion;
}

/** A version that is there from before. */
export interface KeptVersion {
  readonly soa: Rrset;
  /** Milliseconds of wall time at which it expires. */
  readonly expiresAt: number;
}

/** Seconds: below them a primary's timers would have us ask for ever, above them never. */
const minTimerSeconds = 1;
const maxTimerSeconds = 28 * 24 * 3600;
/** Seconds until a zone that has never been there is asked for again: at first soon, then less often. */
const firstRetrySeconds: readonly number[] = [2, 5, 15, 60, 300, 900];

/** How a zone stands with its primaries. */
export type SecondaryState = "waiting" | "asking" | "transferring";

/** One zone. */
export class SecondaryZone {
  config: SecondaryConfig;
  /** The version that is served; absent where there is none, or it has expired. */
  soa: Rrset | undefined;
  timers: SoaRdata | undefined;
  /** Monotonic milliseconds. */
  expiresAt = 0;
  state: SecondaryState = "waiting";
  /** The primary that is asked, by its place. */
  primary = 0;
  /** Someone has told of a version while another thing was under way. */
  isNotified = false;
  /** Differences could not be used: all of the zone is asked for. */
  wantsWhole = false;
  failures = 0;
  /** The next look after it. */
  timer: number | undefined;
  expiryTimer: number | undefined;
  /** What is under way, to be ended with the zone. */
  cancel: (() => void) | undefined;
  /** Why the last try came to nothing. */
  problem: string | undefined;

  constructor(config: SecondaryConfig) {
    this.config = config;
  }

  get apex(): Name {
    return this.config.apex;
  }

  /** Takes a version over. */
  take(soa: Rrset): void {
    this.soa = soa;
    const [rdata] = soa.rdata;
    const fields = rdata && decodeRdata(RrType.SOA, rdata);
    this.timers = fields?.ok ? fields.value : undefined;
  }

  /** Seconds until primaries are asked again after one has answered. */
  get refreshSeconds(): number {
    return clamp(this.timers?.refresh ?? 3600);
  }

  /** Seconds until they are asked again after none has. */
  get retrySeconds(): number {
    if (this.soa) return clamp(this.timers?.retry ?? 600);
    return firstRetrySeconds[Math.min(this.failures, firstRetrySeconds.length) - 1] ?? 2;
  }

  /**
   * Seconds that a version stays good without word from a primary: at least until one was asked and asked again, or a zone with a slip in its SOA
   * would be gone between one look after it and the next.
   */
  get expireSeconds(): number {
    const least = clamp(this.timers?.refresh ?? 0) + clamp(this.timers?.retry ?? 0);
    return Math.max(this.timers?.expire ?? 0, least);
  }
}

function clamp(seconds: number): number {
  return Math.min(Math.max(seconds, minTimerSeconds), maxTimerSeconds);
}
