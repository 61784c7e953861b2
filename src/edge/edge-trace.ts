// The steps that the edge reports of a traced visit: which resource and target it leads to and why, and how the page came.

import type { TraceStep } from "#contract";
import { formatEndpoint, type Now } from "#engine";
import type { BalancedTarget } from "./balanced-target.ts";
import { Rank } from "./balanced-target.ts";
import type { Balancer } from "./balancer.ts";
import { questionOf } from "./heads.ts";
import type { Decision, Passage, RequestView } from "./policy.ts";
import type { RouteChoice } from "./route-table.ts";

/** Targets whose state is told, of a resource with many. */
const maxTargetsTold = 20;

/** The step of the address: where it leads, and by whose choice. */
export function addressStep(
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
  const answer = choice ? [`resource "${choice.route.name}" by ${how}`] : [`no resource by ${how}`];
  let outcome = choice ? "no target" : "unknown";
  let isFailure = true;
  if (choice && decision.kind === "cache") {
    answer.push(`a distribution: what its cache does not have comes from resource "${originName}"`);
    outcome = "routed";
    isFailure = false;
  } else if (choice && decision.kind === "forward") {
    answer.push(...describeTargets(choice.route, decision.target as BalancedTarget));
    outcome = "routed";
    isFailure = false;
  } else if (choice && decision.kind === "answer" && decision.status < 400) {
    answer.push(decision.content.trim());
    outcome = "redirected";
    isFailure = false;
  } else if (choice && decision.kind === "answer") answer.push(decision.content.trim());
  return {
    traceId,
    hop: "address",
    reportedBy: "edge",
    at: now.wall,
    server: formatEndpoint(view.local),
    question: questionOf(scheme, view),
    answer,
    outcome,
    isFailure,
  };
}

/** Where a distribution's request goes at its origin, and why. */
export function originLines(route: Balancer, target: BalancedTarget): string[] {
  return [`asked ${route.label}`, ...describeTargets(route, target)];
}

/** The step of the page: what came back, and what was tried before. */
export function pageStep(passage: Passage, now: Now): TraceStep {
  const { traceId, question, server, status, reason, contentOctets, tookMs, failure, cache } = passage;
  const came = failure ?? `${contentOctets} octets of content`;
  return {
    traceId,
    hop: "page",
    reportedBy: "edge",
    at: now.wall,
    tookMs,
    ...(server === undefined ? {} : { server }),
    question,
    answer: [...(cache ? [cache.detail] : []), ...passage.tries, ...passage.origin, came],
    ...(cache?.ttlLeftSeconds === undefined ? {} : { cached: { ttlLeftSeconds: cache.ttlLeftSeconds } }),
    outcome: status === 0 ? "no response" : `${status} ${reason}`.trim(),
    isFailure: failure !== undefined || status >= 400,
  };
}

/** The chosen target and why, and how the others are. */
function describeTargets(route: Balancer, chosen: BalancedTarget): string[] {
  if (!route.isBalanced) return [`target ${chosen.destination.key}`];
  const others = route.targets.filter((target) => target !== chosen).slice(0, maxTargetsTold);
  return [
    `target "${chosen.name}" at ${chosen.destination.key}, ${describeState(chosen)}: ${reasonFor(route, chosen)}`,
    ...others.map((target) => `not "${target.name}" at ${target.destination.key}, ${describeState(target)}`),
  ];
}

function describeState(target: BalancedTarget): string {
  const { state, reason, detail } = target.state();
  const why = [reason, detail].filter((part) => part !== undefined).join(", ");
  return why === "" ? state : `${state} (${why})`;
}

function reasonFor(route: Balancer, chosen: BalancedTarget): string {
  if (route.wasSticky) return "the visitor's cookie names it";
  if (chosen.ejection.state === "tried") return "one request tries whether it answers again";
  const { readyCount, rank } = route;
  const by = route.balancing?.algorithm === "least-requests" ? "fewest requests under way" : "its turn";
  if (rank === Rank.ready)
    return readyCount === 1 ? "the only healthy one" : `${by} among ${readyCount} healthy ones`;
  const none = readyCount === 1 ? "there is no other" : `${by} among ${readyCount}`;
  return `none is healthy, so requests go there all the same; ${none}`;
}
