// A trace as lanes of hops: which steps stand in which lane, what each says in few words, how it stands, and in which order the visit came
// by. What the map, the list of a phone and the waterfall are drawn from.

import type { Trace, TraceHop, TraceStep } from "#contract";

/** How a hop stands. `aside` was asked beside the visit, `known` came out of a cache. */
export type Standing = "good" | "known" | "aside" | "bad" | "warn";

/** A hop in its lane. */
export interface MapNode {
  /** Place of its step in the trace; undefined for what is no step: a target that was not taken. */
  readonly step: number | undefined;
  readonly title: string;
  readonly about: string;
  readonly note: string;
  readonly standing: Standing;
}

/** A lane. */
export interface MapLane {
  readonly title: string;
  readonly nodes: readonly MapNode[];
  /** Why nothing is in it: the visit did not need it, or did not get there. */
  readonly empty: "not needed" | "not reached" | undefined;
}

/** Lanes in order, and the hops in the order of the visit. */
export interface MapModel {
  readonly lanes: readonly MapLane[];
  /** The way: lane and place in it, from the browser to the page or to where it broke. */
  readonly way: readonly { readonly lane: number; readonly node: number }[];
  /** The lane at which the visit broke. */
  readonly brokenLane: number | undefined;
}

const lanes: readonly { readonly title: string; readonly hops: readonly TraceHop[] }[] = [
  { title: "Browser", hops: ["browser"] },
  { title: "Resolver", hops: ["resolver"] },
  { title: "Root", hops: ["root"] },
  { title: "TLD", hops: ["tld"] },
  { title: "Name servers", hops: ["name-servers"] },
  { title: "Record", hops: ["record"] },
  { title: "Edge", hops: ["address", "tls", "edge"] },
  { title: "Cache", hops: ["cache"] },
  { title: "Resource", hops: ["resource"] },
  { title: "Page", hops: ["page"] },
];

/** What each hop is called. */
export const hopNames: Readonly<Record<TraceHop, string>> = {
  browser: "Browser",
  resolver: "Resolver",
  root: "Root",
  tld: "TLD",
  "name-servers": "Name server",
  record: "Record",
  address: "Connection",
  tls: "Certificate",
  edge: "Route",
  cache: "Cache",
  resource: "Resource",
  page: "Page",
};

/** Hops of one lane that are shown; the rest are counted. */
const mostNodes = 5;

/** Makes the lanes of a trace. */
export function mapOf(trace: Trace): MapModel {
  const failedHop = trace.failure?.hop;
  const brokenLane =
    failedHop === undefined ? undefined : lanes.findIndex(({ hops }) => hops.includes(failedHop));
  const made = lanes.map(({ title, hops }, index): MapLane => {
    const nodes = trace.steps.flatMap((step, place) =>
      hops.includes(step.hop) && !isKnownBesideAsked(trace, step) ? [nodeOf(trace, step, place)] : [],
    );
    const others = title === "Resource" ? othersOf(trace) : [];
    const all = [...nodes, ...others];
    const shown = all.slice(0, mostNodes);
    const more = all.length - shown.length;
    const isBroken = index === brokenLane && !nodes.some(({ standing }) => standing === "bad");
    return {
      title,
      nodes: [
        ...(isBroken
          ? shown.map((node, i) => (i === shown.length - 1 ? { ...node, standing: "bad" as const } : node))
          : shown),
        ...(more > 0
          ? [{ step: undefined, title: `and ${more} more`, about: "", note: "", standing: "aside" as const }]
          : []),
      ],
      empty:
        all.length > 0
          ? undefined
          : brokenLane !== undefined && index > brokenLane
            ? "not reached"
            : "not needed",
    };
  });
  return { lanes: made, way: wayOf(trace, made, brokenLane), brokenLane };
}

/** The servers that were known already stand for the lane only where none of them was asked. */
function isKnownBesideAsked(trace: Trace, step: TraceStep): boolean {
  if (!step.cached || step.hop !== "name-servers") return false;
  return trace.steps.some((other) => other.hop === "name-servers" && !other.cached);
}

function wayOf(
  trace: Trace,
  made: readonly MapLane[],
  brokenLane: number | undefined,
): { lane: number; node: number }[] {
  const way: { lane: number; node: number }[] = [];
  for (const [lane, { nodes }] of made.entries()) {
    if (brokenLane !== undefined && lane > brokenLane) break;
    for (const [node, { step, standing }] of nodes.entries()) {
      const isOnWay = step !== undefined && trace.steps[step]?.isAside !== true;
      if (isOnWay && (standing !== "warn" || node === nodes.length - 1)) way.push({ lane, node });
    }
  }
  return way;
}

function nodeOf(trace: Trace, step: TraceStep, place: number): MapNode {
  const isPage = !trace.failure;
  const standing: Standing = step.isFailure
    ? // What failed on the way of a visit that went well did not break it.
      isPage || step.isAside
      ? "warn"
      : "bad"
    : step.isAside
      ? "aside"
      : step.cached
        ? "known"
        : "good";
  return { step: place, standing, ...wordsOf(step) };
}

function wordsOf(step: TraceStep): Pick<MapNode, "title" | "about" | "note"> {
  const { hop, outcome, server = "", answer, cached, dns, target, cache, route, tls, http, tookMs } = step;
  const note = tookMs === undefined ? (cached ? "cached" : "") : shortMs(tookMs);
  switch (hop) {
    case "browser":
      return { title: nameIn(step.question), about: `${typeIn(step.question)} · ${wordOf(outcome)}`, note };
    case "resolver":
      return { title: wordOf(outcome), about: countOf(answer), note };
    case "root":
    case "tld":
      return {
        title: cached ? "known" : shortServer(server),
        about: cached
          ? `${span(cached.ttlLeftSeconds)} left`
          : outcome === "NOERROR"
            ? referralOf(answer)
            : outcome,
        note,
      };
    case "name-servers":
      return {
        title: cached ? "known" : shortServer(server),
        about: cached
          ? `${span(cached.ttlLeftSeconds)} left`
          : outcome === "NOERROR"
            ? dns?.serial === undefined
              ? "answered"
              : `serial …${String(dns.serial).slice(-5)}`
            : outcome,
        note,
      };
    case "record": {
      const record = recordOf(answer);
      return {
        title: record?.data ?? wordOf(outcome),
        about: record ? `${record.type} · TTL ${span(record.ttl)}` : typeIn(step.question),
        note: cached ? "cached" : "",
      };
    }
    case "address":
      return {
        title: server.replace(/^(.*):(\d+)$/, "$1"),
        about: outcome === "connected" ? "connected" : outcome,
        note,
      };
    case "tls":
      return {
        title: tls?.version.replace("TLSv", "TLS ") ?? "TLS",
        about: step.isFailure ? "not trusted" : "trusted",
        note,
      };
    case "edge":
      return {
        title: route?.resourceName ?? "no resource",
        about: outcome,
        note: route ? `by ${route.by}` : "",
      };
    case "cache":
      return {
        title: outcome,
        about:
          cache?.result === "hit"
            ? `${span(cache.ageSeconds ?? 0)} old`
            : cache?.isStored
              ? "stored now"
              : "not stored",
        note: cache?.result === "hit" && cached ? `${span(cached.ttlLeftSeconds)} left` : "",
      };
    case "resource":
      return target
        ? { title: target.name, about: outcome, note }
        : { title: "nothing", about: outcome, note };
    case "page":
      return {
        title: outcome,
        about: http ? octetsOf(http.contentOctets) : "",
        note,
      };
  }
}

/** Targets that were there and were not taken. */
function othersOf(trace: Trace): MapNode[] {
  const target = trace.steps.find(({ hop }) => hop === "resource")?.target;
  if (!target) return [];
  return target.others.map(({ name, address, state }) => {
    const wasTried = target.tries.some((line) => line.includes(` ${address}: `));
    return {
      step: undefined,
      title: name,
      about: wasTried ? "did not answer" : state,
      note: "",
      standing: wasTried || state === "unhealthy" ? "warn" : "aside",
    };
  });
}

/** The milliseconds of a step, short enough for a card. */
export function shortMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function octetsOf(count: number): string {
  return count < 1024 ? `${count} B` : `${(count / 1024).toFixed(1)} KiB`;
}

function nameIn(question: string): string {
  return (question.split(" ", 1)[0] ?? "").replace(/\.$/, "");
}

function typeIn(question: string): string {
  return question.split(" ")[1] ?? "";
}

/** `ns1.s1.nic.test. 127.53.2.1:5301` is ns1.s1. */
function shortServer(server: string): string {
  const [name = ""] = server.split(" ");
  if (!name.endsWith(".")) return name;
  return name.split(".").slice(0, 2).join(".");
}

function wordOf(outcome: string): string {
  return outcome === "NOERROR" ? "found" : outcome;
}

function countOf(answer: readonly string[]): string {
  const records = answer.filter((line) => / IN /.test(line)).length;
  return records === 0 ? "no record" : records === 1 ? "1 record" : `${records} records`;
}

function referralOf(answer: readonly string[]): string {
  const servers = answer.filter((line) => / IN NS /.test(line)).length;
  return servers === 0 ? "answered" : `→ ${servers} servers`;
}

function recordOf(answer: readonly string[]): { type: string; ttl: number; data: string } | undefined {
  const last = answer.findLast((line) => / IN (?:A|AAAA) /.test(line)) ?? answer.at(-1);
  const found = /^\S+ (\d+) IN (\S+) (.+)$/.exec(last ?? "");
  return found ? { ttl: Number(found[1]), type: found[2] ?? "", data: found[3] ?? "" } : undefined;
}
