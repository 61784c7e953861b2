// Keeps an eye on the names outside our zones that aliases lead to: looks each up again when its TTL is over, and has what it finds
// written where the set is another one. While a name cannot be had, the last good set stays; what is wrong is told by `seen`.

import { parseAddress, isIpv4 } from "#engine";
import { leftOutText, lookUpAddresses, type FoundAddresses } from "./alias-lookup.ts";
import { maxAliasTtl, type AliasAddressesFact } from "./facts.ts";
import type { Host } from "./ports.ts";
import type { State } from "./state.ts";

/** The pace of look-ups, in milliseconds: of the target's TTL, within these. */
const soonestMs = 10_000;
const latestMs = 3_600_000;
/** The pace while a name cannot be had: from the first, doubled up to the second. */
const firstRetryMs = 5000;
const lastRetryMs = 60_000;
/** Look-ups under way at once. */
const maxAsking = 8;
/** A TTL from a cache counts down, so a lower one is believed when it was lower this often in a row. */
const lowerTtlsBelieved = 3;

/** What is known of the look-ups of a name. */
export interface AliasSighting {
  /** Wall time of the last look-up that is over. */
  readonly at?: number;
  /** Why the last one failed. */
  readonly problem?: string;
  readonly failingSince?: number;
  /** Wall time of the next. */
  readonly nextAt?: number;
}

interface Watched {
  seen: AliasSighting;
  retryMs: number;
  readonly ttls: number[];
  cancel: (() => void) | undefined;
}

/** Commits what aliases' targets were found to have, as the platform's own. Undefined removes. */
export type WriteAddresses = (name: string, value: AliasAddressesFact | undefined) => Promise<void>;

/** The look-ups. */
export class AliasWatch {
  readonly #state: State;
  readonly #host: Pick<Host, "resolver" | "clock" | "timers">;
  readonly #write: WriteAddresses;
  readonly #tlds: readonly string[];
  readonly #watched: Map<string, Watched> = new Map();
  readonly #waiting: string[] = [];
  #asking = 0;
  #isClosed = false;

  /** @param tlds  the top-level domains of the private tree, absolute */
  constructor(
    state: State,
    host: Pick<Host, "resolver" | "clock" | "timers">,
    tlds: readonly string[],
    write: WriteAddresses,
  ) {
    this.#state = state;
    this.#tlds = tlds;
    this.#host = host;
    this.#write = write;
  }

  /** Begins with names that aliases have come to lead to, and lets go of others. Called after each commit. */
  review(): void {
    const wanted = new Set(this.#state.aliases.outsideNames());
    for (const [name, watched] of this.#watched) {
      if (wanted.has(name)) continue;
      watched.cancel?.();
      this.#watched.delete(name);
    }
    for (const name of wanted) if (!this.#watched.has(name)) this.#begin(name);
    for (const name of this.#state.all("alias-addresses").keys())
      if (!wanted.has(name)) void this.#write(name, undefined);
  }

  /** Whether a name is looked up already. */
  isWatched(name: string): boolean {
    return this.#watched.has(name);
  }

  /** What is known of the look-ups of a name. */
  seen(name: string): AliasSighting | undefined {
    return this.#watched.get(name)?.seen;
  }

  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#watched.values()) cancel?.();
    this.#watched.clear();
    this.#waiting.length = 0;
  }

  #begin(name: string): void {
    const watched: Watched = { seen: {}, retryMs: firstRetryMs, ttls: [], cancel: undefined };
    this.#watched.set(name, watched);
    // What a plan has just looked up is written with it.
    const fact = this.#state.value("alias-addresses", name);
    const age = fact ? this.#host.clock.wall() - fact.changedAt : Infinity;
    if (fact && age >= 0 && age < soonestMs) this.#again(name, watched, paceOf(fact.ttl));
    else this.#enqueue(name);
  }

  #again(name: string, watched: Watched, afterMs: number): void {
    watched.cancel?.();
    watched.cancel = this.#host.timers.after(afterMs, () => this.#enqueue(name));
    watched.seen = { ...watched.seen, nextAt: this.#host.clock.wall() + afterMs };
  }

  #enqueue(name: string): void {
    this.#waiting.push(name);
    this.#askNext();
  }

  #askNext(): void {
    while (this.#asking < maxAsking) {
      const name = this.#waiting.shift();
      if (name === undefined) return;
      const watched = this.#watched.get(name);
      if (!watched) continue;
      this.#asking++;
      void this.#ask(name, watched).finally(() => {
        this.#asking--;
        if (!this.#isClosed) this.#askNext();
      });
    }
  }

  async #ask(name: string, watched: Watched): Promise<void> {
    const found = await lookUpAddresses(this.#host.resolver, name, this.#tlds);
    if (this.#watched.get(name) !== watched) return;
    const at = this.#host.clock.wall();
    if (found.ok) {
      watched.retryMs = firstRetryMs;
      const problem =
        found.missing === undefined
          ? found.leftOut && leftOutText(found.leftOut)
          : `its ${found.missing} addresses cannot be had`;
      watched.seen = { at, ...(problem === undefined ? {} : { problem }) };
      watched.ttls.push(found.ttl);
      if (watched.ttls.length > lowerTtlsBelieved) watched.ttls.shift();
      const fact = this.#take(name, found, watched, at);
      this.#again(name, watched, paceOf(found.ttl));
      if (fact) await this.#write(name, fact);
    } else {
      const failingSince = watched.seen.failingSince ?? at;
      watched.seen = { at, problem: found.reason, failingSince };
      this.#again(name, watched, watched.retryMs);
      watched.retryMs = Math.min(2 * watched.retryMs, lastRetryMs);
    }
  }

  /** The fact to be written; undefined where it is as it was. */
  #take(
    name: string,
    found: FoundAddresses & { ok: true },
    { ttls }: Watched,
    changedAt: number,
  ): AliasAddressesFact | undefined {
    const before = this.#state.value("alias-addresses", name);
    const fact = addressesFactOf(name, found, before, changedAt);
    if (!before || before.addresses.join() !== fact.addresses.join()) return fact;
    const ttl = Math.min(maxAliasTtl, Math.max(...ttls));
    const isBelieved = ttl > before.ttl || (ttl < before.ttl && ttls.length === lowerTtlsBelieved);
    return isBelieved ? { ...fact, ttl } : undefined;
  }
}

/** What is to be written of addresses found; those of a family that could not be had are kept. */
export function addressesFactOf(
  name: string,
  { addresses, ttl, missing }: FoundAddresses & { ok: true },
  before: AliasAddressesFact | undefined,
  changedAt: number,
): AliasAddressesFact {
  const kept = missing === undefined ? [] : (before?.addresses ?? []).filter((one) => isOf(one, missing));
  const all = missing === "ipv4" ? [...kept, ...addresses] : [...addresses, ...kept];
  return { name, addresses: all, ttl: Math.min(ttl, maxAliasTtl), changedAt };
}

function isOf(text: string, family: "ipv4" | "ipv6"): boolean {
  const address = parseAddress(text);
  return address !== undefined && isIpv4(address) === (family === "ipv4");
}

function paceOf(ttl: number): number {
  return Math.min(Math.max(1000 * ttl, soonestMs), latestMs);
}
