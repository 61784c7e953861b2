// The steps that the edge reports of a traced visit: which resource it is for, what its cache did, and which target it went to, why, and
// what came back from there.

import type { CacheDetail, TargetDetail, TraceStep } from "#contract";
import { formatEndpoint, type Now } from "#engine";
import type { BalancedTarget } from "./balanced-target.ts";
import { TargetRank } from "./balanced-target.ts";
import type { Balancer } from "./balancer.ts";
import { questionOf } from "./heads.ts";
import type { Decision, Passage, RequestView } from "./policy.ts";
import type { RouteChoice } from "./route-table.ts";

/** The state of a target that nobody checks: an instance's own. */
const unchecked = "not checked";

/** Targets whose state is told, of a resource with many. */
const maxTargetsTold = 20;

/** The step of the route: which resource the request is for, and by what. */
export function routeStep(
  {
    traceId,
    choice,
    decision,
    scheme,
    view,
    originName,
  }: {
    traceId: string;
    choice: RouteChoice | undefined;
    decision: Decision;
    scheme: "http" | "https";
    view: RequestView;
    originName: string;
  },
  now: Now,
): TraceStep {
  const how = choice?.by === "address" ? `its own address ${view.localKey}` : `the host "${view.hostText}"`;
  const answer = choice ? [`${choice.route.label} by ${how}`] : [`no resource by ${how}`];
  let outcome = choice ? "no target" : "unknown";
  let isFailure = true;
  if (choice && decision.kind === "cache") {
    answer.push(`what its cache does not have comes from resource "${originName}"`);
    outcome = "routed";
    isFailure = false;
  } else if (choice && decision.kind === "forward") {
    outcome = "routed";
    isFailure = false;
  } else if (choice && decision.kind === "answer" && decision.status < 400) {
    answer.push(decision.content.trim());
    outcome = "redirected";
    isFailure = false;
  } else if (choice && decision.kind === "answer") {
    answer.push(decision.content.trim());
    if (decision.status === 421) outcome = "port closed";
  }
  return {
    traceId,
    hop: "edge",
    reportedBy: "edge",
    at: now.wall,
    afterMs: 0,
    server: formatEndpoint(view.local),
    question: questionOf(scheme, view),
    answer,
    outcome,
    isFailure,
    ...(choice
      ? {
          route: {
            resourceName: choice.route.name,
            resourceType: choice.route.type,
            by: choice.by,
            value: choice.by === "address" ? view.localKey : view.hostText,
            ...(decision.kind === "cache" ? { originName } : {}),
          },
        }
      : {}),
  };
}

/** The steps of a request that is over: of the cache, where one had to do with it, and of the resource, where one was asked. */
export function passageSteps(passage: Passage, now: Now): TraceStep[] {
  const { traceId, question, cache, server, tries, tookMs, failure, target, refusal } = passage;
  const common = {
    traceId,
    reportedBy: "edge" as const,
    at: now.wall - Math.round(tookMs),
    afterMs: 0,
    question,
  };
  const steps: TraceStep[] = [];
  if (cache) steps.push({ ...common, hop: "cache", ...cacheStep(cache, tookMs) });
  // A response out of the store, and an answer of the edge's own, came from no target.
  const isAsked = server !== undefined || tries.length > 0 || (target !== undefined && failure !== undefined);
  const isOrigin = cache !== undefined && target !== undefined && cache.result !== "hit";
  if (refusal !== undefined) {
    const told = { answer: [refusal], outcome: "no target", isFailure: true };
    steps.push({ ...common, hop: "resource", ...told });
  } else if (isAsked || isOrigin) steps.push({ ...common, hop: "resource", ...resourceStep(passage) });
  return steps;
}

type Told = Omit<TraceStep, "traceId" | "hop" | "reportedBy" | "at" | "question">;

function cacheStep(cache: CacheDetail, tookMs: number): Told {
  const { result, reason, key, ageSeconds, ttlLeftSeconds } = cache;
  return {
    ...(result === "hit" ? { tookMs } : {}),
    answer: [
      reason,
      ...(key === undefined ? [] : [`key ${key}`]),
      ...(ageSeconds === undefined ? [] : [`${ageSeconds} s old`]),
    ],
    outcome: result,
    ...(result === "hit" && ttlLeftSeconds !== undefined ? { cached: { ttlLeftSeconds } } : {}),
    isFailure: false,
    cache,
  };
}

function resourceStep(passage: Passage): Told {
  const { contentOctets, tookMs, failure, responseLines, firstByteMs } = passage;
  // What a cache made of it for the visitor is the page's to tell.
  const said = /^HTTP\/\S+ ((\d{3}).*)$/.exec(responseLines[0] ?? "");
  const status = said ? Number(said[2]) : passage.status;
  const outcome = said?.[1] ?? `${status} ${passage.reason}`;
  const target = passage.target && answeredBy(passage.target, passage);
  const server = passage.server ?? target?.address;
  const told = target
    ? [
        `resource "${target.resourceName}": target "${target.name}" at ${target.address}${target.state === unchecked ? "" : `, ${stateOf(target)}`}: ${target.why}`,
        ...target.tries,
        ...target.others.map((other) => `not "${other.name}" at ${other.address}, ${stateOf(other)}`),
      ]
    : passage.tries;
  return {
    tookMs,
    ...(server === undefined ? {} : { server }),
    answer: [...told, failure ?? `${contentOctets} octets of content`],
    outcome: status === 0 ? "no response" : outcome.trim(),
    isFailure: failure !== undefined || status >= 400,
    http: {
      request: [],
      response: [...responseLines],
      contentOctets,
      ...(firstByteMs === undefined ? {} : { firstByteMs }),
    },
    ...(target ? { target } : {}),
  };
}

/** The target that answered in the end, where others were tried before. */
function answeredBy(chosen: TargetDetail, { server, tries }: Passage): TargetDetail {
  const target = { ...chosen, tries: [...tries] };
  const other = chosen.others.find(({ address }) => address === server);
  if (!other) return target;
  const { name, address, state, detail } = chosen;
  const first = { name, address, state, ...(detail === undefined ? {} : { detail }) };
  return {
    ...target,
    ...other,
    why: "the next one: what was tried before did not answer",
    isSticky: false,
    others: [first, ...chosen.others.filter((one) => one !== other)],
  };
}

/** The chosen target of a resource and why, and how the others are. */
export function describeTarget(route: Balancer, chosen: BalancedTarget): TargetDetail {
  const others = route.targets.filter((target) => target !== chosen).slice(0, maxTargetsTold);
  return {
    resourceName: route.name,
    ...seen(chosen, route),
    why: reasonFor(route, chosen),
    isSticky: route.wasSticky,
    tries: [],
    others: others.map((target) => seen(target, route)),
  };
}

type Seen = TargetDetail["others"][number];

function seen(target: BalancedTarget, route: Balancer): Seen {
  const { state, reason, detail } = target.state();
  const why = [reason, detail].filter((part) => part !== undefined).join(", ");
  return {
    name: target.name === "" ? route.name : target.name,
    address: target.destination.key,
    state: route.isBalanced ? state : unchecked,
    ...(why === "" ? {} : { detail: why }),
  };
}

function stateOf({ state, detail }: Pick<Seen, "state" | "detail">): string {
  return detail === undefined ? state : `${state} (${detail})`;
}

function reasonFor(route: Balancer, chosen: BalancedTarget): string {
  if (!route.isBalanced) return "the only one";
  if (route.wasSticky) return "the visitor's cookie names it";
  if (chosen.ejection.state === "tried") return "one request tries whether it answers again";
  const { readyCount, rank } = route;
  const by = route.balancing?.algorithm === "least-requests" ? "fewest requests under way" : "its turn";
  if (rank === TargetRank.ready)
    return readyCount === 1 ? "the only healthy one" : `${by} among ${readyCount} healthy ones`;
  const none = readyCount === 1 ? "there is no other" : `${by} among ${readyCount}`;
  return `none is healthy, so requests go there all the same; ${none}`;
}
