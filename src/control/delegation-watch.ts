// Watches for the delegation of zones whose domains are registered elsewhere: asks the platform's resolver for the zone's NS, past its
// cache, with growing pauses until they are ours, and now and then afterwards. What was seen is kept here alone, not in the log: a
// control that starts anew asks anew.
//
// Names under the private TLDs are not asked for: their registry is this platform's own, and who is not registered there has no delegation.

import type { ZoneDelegation } from "#contract";
import { findTld, isDelegated } from "#registry";
import { formatRdata, Rcode, rcodeName, RrType, type Message } from "#wire";
import { hostsOf, type ControlConfig } from "./config.ts";
import { shown, suffixesOf } from "./names.ts";
import type { Clock, Resolver, HostTimers } from "./ports.ts";
import type { State } from "./state.ts";
import { isCutOurs, zoneAbove } from "./zone-cuts.ts";
import { tldRules } from "./tld-rules.ts";

/** Pauses between two questions, in milliseconds, while the delegation is not there; the last one is kept: a quarter of an hour. */
const pausesMs: readonly number[] = [5000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 900_000];
/** The pause once it is there: it may be taken away again. */
const settledPauseMs = 3_600_000;
/** Zones that are asked for at once. */
const maxQuestions = 8;

type Seen = Pick<ZoneDelegation, "state" | "text">;

interface Watched {
  readonly apex: string;
  seen: Seen | undefined;
  seenAt: number | undefined;
  nextAt: number | undefined;
  rounds: number;
  cancel: (() => void) | undefined;
}

/** Why a zone's delegation cannot be watched; undefined where it can. */
export function watchability({ profile, outside }: ControlConfig, apex: string): string | undefined {
  if (findTld({ tlds: tldRules(profile) }, apex)) return undefined;
  return outside.policy === "refuse"
    ? "the resolver asks nobody outside the private tree (--outside refuse)"
    : undefined;
}

/** Tells whether the resolver is asked for the delegation of a zone that is registered elsewhere. */
export function isWatched(config: ControlConfig, apex: string): boolean {
  return !findTld({ tlds: tldRules(config.profile) }, apex) && watchability(config, apex) === undefined;
}

/** The delegations of zones, as far as they are known. */
export class DelegationWatch {
  readonly #state: State;
  readonly #config: ControlConfig;
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #timers: HostTimers;
  readonly #changed: () => void;
  readonly #watched: Map<string, Watched> = new Map();
  readonly #waiting: Watched[] = [];
  #questions = 0;
  #isClosed = false;

  /** @param changed  called when something else was seen than before */
  constructor(
    state: State,
    config: ControlConfig,
    resolver: Resolver,
    clock: Clock,
    timers: HostTimers,
    changed: () => void,
  ) {
    this.#state = state;
    this.#config = config;
    this.#resolver = resolver;
    this.#clock = clock;
    this.#timers = timers;
    this.#changed = changed;
  }

  /** Begins to watch what is to be watched, and lets go of the rest: after each commit, and at start. */
  review(apexes: Iterable<string> = this.#state.all("zone").keys()): void {
    for (const apex of apexes) {
      const isWanted = this.#isAsked(apex) && !this.#isClosed;
      const watched = this.#watched.get(apex);
      if (isWanted && !watched) {
        const begun = {
          apex,
          seen: undefined,
          seenAt: undefined,
          nextAt: undefined,
          rounds: 0,
          cancel: undefined,
        };
        this.#watched.set(apex, begun);
        this.#begin(begun);
      } else if (!isWanted && watched) {
        watched.cancel?.();
        this.#watched.delete(apex);
      }
    }
  }

  /** How a zone's name is delegated, as far as it is known. */
  look(apex: string): ZoneDelegation {
    const domain = this.#state.value("domain", apex);
    const zone = this.#state.value("zone", apex);
    if (domain && zone) {
      const isPending = this.#state.value("pending", apex)?.step === "delegate";
      const own = this.#serversOf(zone.nameServerSetId);
      return { ...describeOwn(domain.nameServers, own, isDelegated(domain), isPending), isWatched: false };
    }
    const above = zoneAbove(this.#state, apex);
    if (above !== undefined) return describeCut(this.#state, this.#config, apex, above);
    const why = watchability(this.#config, apex);
    if (why !== undefined)
      return { state: "UNKNOWN", text: `it cannot be watched: ${why}`, isWatched: false };
    if (findTld({ tlds: tldRules(this.#config.profile) }, apex)) {
      const text = `${shown(apex)} is not registered in this platform's registry: \`fairlead register\` delegates a name directly below a top-level domain`;
      return { state: "PENDING", text, isWatched: false };
    }
    const { seen, seenAt, nextAt } = this.#watched.get(apex) ?? {};
    return {
      ...(seen ?? { state: "PENDING" as const, text: "the resolver is asked" }),
      isWatched: true,
      ...(seenAt !== undefined && { checkedAt: new Date(seenAt).toISOString() }),
      ...(nextAt !== undefined && { nextCheckAt: new Date(nextAt).toISOString() }),
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#watched.values()) cancel?.();
    this.#watched.clear();
  }

  #serversOf(set: string): string[] {
    return hostsOf(this.#config.profile, set).map(({ name }) => name);
  }

  /** Whether the resolver is asked for a zone: it is here, its registration is not, and it lies outside the private TLDs. */
  #isAsked(apex: string): boolean {
    return (
      this.#state.get("zone", apex) !== undefined &&
      this.#state.get("domain", apex) === undefined &&
      zoneAbove(this.#state, apex) === undefined &&
      isWatched(this.#config, apex)
    );
  }

  #begin(watched: Watched): void {
    watched.cancel = undefined;
    if (this.#questions >= maxQuestions) this.#waiting.push(watched);
    else void this.#question(watched);
  }

  async #question(watched: Watched): Promise<void> {
    const { apex } = watched;
    const isWanted = (): boolean => !this.#isClosed && this.#watched.get(apex) === watched;
    this.#questions++;
    const zone = this.#state.value("zone", apex);
    const seen =
      isWanted() && zone ? await this.#ask(apex, this.#serversOf(zone.nameServerSetId)) : undefined;
    this.#questions--;
    const next = this.#waiting.shift();
    if (next) void this.#question(next);
    if (!seen || !isWanted()) return;
    const now = this.#clock.wall();
    const isOther = seen.state !== watched.seen?.state || seen.text !== watched.seen.text;
    if (seen.state !== watched.seen?.state) watched.rounds = 0;
    const pause =
      seen.state === "DELEGATED"
        ? settledPauseMs
        : (pausesMs[Math.min(watched.rounds++, pausesMs.length - 1)] ?? settledPauseMs);
    watched.seen = seen;
    watched.seenAt = now;
    watched.nextAt = now + pause;
    watched.cancel = this.#timers.after(pause, () => this.#begin(watched));
    if (isOther) this.#changed();
  }

  async #ask(apex: string, own: readonly string[]): Promise<Seen> {
    const answer = await this.#resolver.ask(apex, RrType.NS, true);
    if (typeof answer === "string") return { state: "PENDING", text: `the resolver gives ${answer}` };
    const { rcode } = answer;
    if (rcode === Rcode.NXDOMAIN)
      return {
        state: "PENDING",
        text: "NXDOMAIN: the name is not registered, or its registry does not delegate it yet",
      };
    if (rcode !== Rcode.NOERROR) return this.#askParent(apex, rcode);
    return describeServers(serversIn(answer, apex), own);
  }

  /** A failure is the delegation's where the parent can be resolved, and the way's where it cannot. */
  async #askParent(apex: string, rcode: number): Promise<Seen> {
    const [, parent = "."] = [...suffixesOf(apex), "."];
    const answer = await this.#resolver.ask(parent, RrType.NS, true);
    const isReached = typeof answer !== "string" && answer.rcode === Rcode.NOERROR;
    return isReached
      ? {
          state: "LAME",
          text: `${rcodeName(rcode)}: ${shown(parent)} can be resolved and ${shown(apex)} cannot, so the servers that it is delegated to do not answer for it`,
        }
      : {
          state: "PENDING",
          text: `${rcodeName(rcode)}: the resolver does not reach ${shown(parent)} either`,
        };
  }
}

function serversIn({ answer }: Message, apex: string): string[] {
  return answer
    .filter(({ type, name }) => type === RrType.NS && name.toLowerCase().toString() === apex)
    .map(({ rdata }) => formatRdata(RrType.NS, rdata).toLowerCase())
    .sort();
}

function describeServers(seen: readonly string[], own: readonly string[]): Seen {
  if (seen.length === 0)
    return { state: "PENDING", text: "the name is there, without a delegation of its own" };
  const list = seen.map(shown).join(", ");
  const ours = seen.filter((name) => own.includes(name)).length;
  if (ours === seen.length && ours === own.length)
    return { state: "DELEGATED", text: `delegated to ${list}` };
  if (ours === 0) return { state: "ELSEWHERE", text: `delegated to ${list}, none of which is ours` };
  return {
    state: "ELSEWHERE",
    text: `delegated to ${list}, ${ours} of which ${ours === 1 ? "is" : "are"} ours: it should be ${own.map(shown).join(", ")}`,
  };
}

/** A zone that lies in another one here. */
function describeCut(state: State, { profile }: ControlConfig, apex: string, above: string): ZoneDelegation {
  const isOurs = isCutOurs(state, profile, apex);
  const text = isOurs
    ? `delegated by ${shown(above)}, which is served here too`
    : `in ${shown(above)}, which is served here too, a delegation or DS stands by hand`;
  return { state: isOurs ? "DELEGATED" : "ELSEWHERE", text, isWatched: false };
}

/** A zone whose domain is registered here: what the registry holds tells all. */
function describeOwn(
  nameServers: readonly string[],
  own: readonly string[],
  isInZone: boolean,
  isPending: boolean,
): Seen {
  if (nameServers.length > 0 && !isInZone)
    return {
      state: "HELD",
      text: "registered here, and its delegation is out of the zone: see the domain's statuses",
    };
  const list = nameServers.map(shown).join(", ") || "nobody";
  if (nameServers.toSorted().join() !== own.toSorted().join())
    return { state: "ELSEWHERE", text: `registered here, and delegated to ${list}` };
  if (isPending) return { state: "PENDING", text: "published once the zone answers on all name servers" };
  return { state: "DELEGATED", text: `registered here, and delegated to ${list}` };
}
