// What goes on in this moment: once a second, while somebody listens, roles are asked for what they have counted, and the differences are
// told. While nobody listens nothing is asked, computed or kept. A role that is away, or began anew, is unknown for that second.

import {
  counters as countersSchema,
  keptLiveSeconds,
  maxLiveResources,
  PlatformError,
  resourceCountsAnswer,
  type Counters,
  type LiveFigures,
  type LiveRate,
  type LiveResource,
  type ResourceCountsAnswer,
  type RoleQuestion,
} from "#contract";
import type { Clock, HostTimers } from "./ports.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import { isoTime } from "./views.ts";

/** Between two rounds of questions, in milliseconds. */
const roundMs = 1000;
/** How long a role may take to answer, in milliseconds: below a round, so that rounds do not pile up. */
const answerMs = 800;
/** Who may listen at once: in all, and on one key or by one user. */
const [maxListeners, maxListenersOfOne] = [64, 16];

const askedRoles = ["names", "resolver", "edge"] as const;
type AskedRole = (typeof askedRoles)[number];

/** What live figures are made from. */
export interface LivePorts {
  readonly hub: RoleHub;
  readonly state: State;
  readonly clock: Clock;
  readonly timers: HostTimers;
}

/** What a role told, and when, in milliseconds of one clock. */
interface Heard<T> {
  readonly pid: number | undefined;
  readonly at: number;
  readonly told: T;
}

interface Round {
  readonly names: Heard<Counters> | undefined;
  readonly resolver: Heard<Counters> | undefined;
  readonly edge: Heard<Counters> | undefined;
  readonly resources: Heard<ResourceCountsAnswer> | undefined;
}

/** See the head of this file. */
export class LiveSampler {
  readonly #ports: LivePorts;
  readonly #listeners: Map<(figures: LiveFigures) => void, string> = new Map();
  readonly #kept: LiveFigures[] = [];
  #last: Round | undefined;
  #cancel: (() => void) | undefined;
  /** Which run of rounds it is: answers to an earlier one are dropped. */
  #run = 0;
  /** How often something was heard that the picture of routes shows, besides what is in the state. */
  #seen = 0;

  constructor(ports: LivePorts) {
    this.#ports = ports;
    const seen = (): void => void this.#seen++;
    let connected = this.#connected();
    ports.hub.listen({
      instance: seen,
      containerNode: seen,
      targets: seen,
      ports: seen,
      changed: () => {
        const now = this.#connected();
        if (now !== connected) seen();
        connected = now;
      },
    });
  }

  /** Which roles are there, in words. */
  #connected(): string {
    return this.#ports.hub
      .roles()
      .map(({ role, isConnected, problem }) => `${role} ${isConnected} ${problem ?? ""}`)
      .join();
  }

  /** What the picture of routes is of: another text, another picture. */
  get picture(): string {
    return `${this.#ports.state.revision}.${this.#seen}`;
  }

  /** The seconds that are kept, the oldest first. */
  get history(): readonly LiveFigures[] {
    return this.#kept;
  }

  /**
   * Calls a listener once a second, until it is taken away.
   * @param actor  on whose account it is counted
   * @returns takes it away
   * Throws `too-many-listeners`.
   */
  listen(actor: string, listener: (figures: LiveFigures) => void): () => void {
    const own = [...this.#listeners.values()].filter((other) => other === actor).length;
    if (this.#listeners.size >= maxListeners || own >= maxListenersOfOne)
      throw new PlatformError(
        "too-many-listeners",
        `Cannot tell live figures: ${this.#listeners.size} listen already, ${own} of them on this key or by this user`,
      );
    this.#listeners.set(listener, actor);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.close();
    };
  }

  /** Ends the rounds and forgets what was kept. */
  close(): void {
    this.#run++;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#last = undefined;
    this.#kept.length = 0;
  }

  #begin(): void {
    const run = ++this.#run;
    const next = (): void => {
      this.#cancel = this.#ports.timers.after(roundMs, next);
      void this.#round(run);
    };
    next();
  }

  async #round(run: number): Promise<void> {
    const round = await this.#ask();
    if (run !== this.#run) return;
    const before = this.#last;
    this.#last = round;
    if (!before) return;
    const figures = this.#figuresOf(before, round);
    this.#kept.push(figures);
    if (this.#kept.length > keptLiveSeconds) this.#kept.shift();
    for (const listener of this.#listeners.keys()) listener(figures);
  }

  async #ask(): Promise<Round> {
    const { hub, clock } = this.#ports;
    const pids = new Map(hub.roles().map(({ role, pid }) => [role, pid]));
    const ask = async <T>(
      role: AskedRole,
      question: RoleQuestion,
      read: (answer: unknown) => T | undefined,
    ): Promise<Heard<T> | undefined> => {
      if (!hub.isConnected(role)) return undefined;
      try {
        const told = read(await hub.ask(role, question, answerMs));
        return told === undefined ? undefined : { pid: pids.get(role), at: clock.monotonic(), told };
      } catch {
        return undefined; // it left, or is busy: the next round has it
      }
    };
    const [names, resolver, edge, resources] = await Promise.all([
      ...askedRoles.map((role) => ask(role, { ask: "counters" }, readCounters)),
      ask("edge", { ask: "resource-counts" }, readResources),
    ] as const);
    return {
      names: names as Round["names"],
      resolver: resolver as Round["resolver"],
      edge: edge as Round["edge"],
      resources: resources as Round["resources"],
    };
  }

  #figuresOf(before: Round, after: Round): LiveFigures {
    const names = ratesOf(before.names, after.names);
    const resolver = ratesOf(before.resolver, after.resolver);
    const edge = ratesOf(before.edge, after.edge);
    return {
      at: isoTime(this.#ports.clock.wall()),
      picture: this.picture,
      away: askedRoles.filter((role) => after[role] === undefined),
      ...(names ? { queries: groupsOf(after.names?.told ?? {}, names) } : {}),
      ...(resolver
        ? {
            resolver: {
              queries: resolver("client-queries"),
              cacheHits: resolver("cache-hits"),
              errors: resolver("client-servfail"),
            },
          }
        : {}),
      ...(edge
        ? {
            edge: {
              requests: edge("requests"),
              errors: edge("responses{status=5xx}"),
              cacheHits: edge("cache-hits"),
              cacheMisses: sumOf(missNames(after.edge?.told ?? {}).map(edge)),
              octets: edge("octets-to-clients"),
              connections: after.edge?.told["connections-open"] ?? 0,
            },
          }
        : {}),
      ...(before.resources && after.resources && before.resources.pid === after.resources.pid
        ? { resources: this.#resourcesOf(before.resources.told, after.resources.told) }
        : {}),
    };
  }

  #resourcesOf(before: ResourceCountsAnswer, after: ResourceCountsAnswer): LiveResource[] {
    const objects = this.#ports.hub.objects("edge");
    const known = new Map(before.resources.map((one) => [one.id, one]));
    const seconds = Math.max((after.at - before.at) / 1000, 0.001);
    const found = after.resources.flatMap(({ id, life, counts }): LiveResource[] => {
      const last = known.get(id);
      const base = last?.life === life ? last.counts : undefined;
      const rates = counts.map((total, i): LiveRate => {
        const grown = Math.max(0, total - (base?.[i] ?? 0));
        return { perSecond: grown / seconds, total };
      });
      const [requests, errors, cacheHits, cacheMisses, octets] = rates;
      if (!requests || !errors || !cacheHits || !cacheMisses || !octets) return [];
      if (requests.perSecond === 0 && octets.perSecond === 0) return [];
      const object = objects.get(`resource/${id}`);
      if (object?.kind !== "resource") return [];
      const { name, type } = object;
      return [{ name, type: liveTypes[type], requests, errors, cacheHits, cacheMisses, octets }];
    });
    return found
      .sort((a, b) => b.requests.perSecond - a.requests.perSecond || (a.name < b.name ? -1 : 1))
      .slice(0, maxLiveResources);
  }
}

const liveTypes = {
  instance: "Instance",
  "load-balancer": "LoadBalancer",
  distribution: "Distribution",
  "container-service": "ContainerService",
} as const;

function readCounters(answer: unknown): Counters | undefined {
  const parsed = countersSchema.safeParse(answer);
  return parsed.success ? parsed.data : undefined;
}

function readResources(answer: unknown): ResourceCountsAnswer | undefined {
  const parsed = resourceCountsAnswer.safeParse(answer);
  return parsed.success ? parsed.data : undefined;
}

/** The rate of a counter between two answers of one process; undefined where nothing can be said. */
function ratesOf(
  before: Heard<Counters> | undefined,
  after: Heard<Counters> | undefined,
): ((name: string) => LiveRate) | undefined {
  if (!before || !after || before.pid !== after.pid) return undefined;
  const seconds = Math.max((after.at - before.at) / 1000, 0.001);
  return (name) => {
    const total = after.told[name] ?? 0;
    return { perSecond: Math.max(0, total - (before.told[name] ?? 0)) / seconds, total };
  };
}

/** Queries by group: `queries{group=root}`. */
function groupsOf(told: Counters, rate: (name: string) => LiveRate): NonNullable<LiveFigures["queries"]> {
  return Object.keys(told)
    .flatMap((name) => /^queries\{group=([^,}]+)\}$/.exec(name)?.[1] ?? [])
    .map((group) => ({
      group,
      queries: rate(`queries{group=${group}}`),
      errors: rate(`answers{group=${group},rcode=SERVFAIL}`),
    }));
}

function missNames(told: Counters): string[] {
  return Object.keys(told).filter((name) => name.startsWith("cache-misses{"));
}

function sumOf(rates: readonly LiveRate[]): LiveRate {
  return {
    perSecond: rates.reduce((sum, { perSecond }) => sum + perSecond, 0),
    total: rates.reduce((sum, { total }) => sum + total, 0),
  };
}
