// A trace held against another of the same URL, hop by hop: what each hop came to, without what differs from visit to visit (times, TTLs,
// ids, which of several servers was asked).

import { traceHop, type Trace, type TraceComparison, type TraceHop, type TraceStep } from "#contract";

/** Compares a trace with an earlier one, a good one mostly. */
export function compareTraces(trace: Trace, good: Trace | undefined): TraceComparison {
  if (!good) return { trace, hops: [] };
  const hops = traceHop.options.flatMap((hop) => {
    const was = essenceOf(good.steps, hop);
    const is = essenceOf(trace.steps, hop);
    if (was === undefined && is === undefined) return [];
    const isSame = was === undefined || is === undefined ? false : was.join("\n") === is.join("\n");
    const difference = isSame
      ? ("same" as const)
      : is === undefined
        ? ("missing" as const)
        : was === undefined
          ? ("added" as const)
          : ("changed" as const);
    return [{ hop, difference, was: was ?? [], is: is ?? [] }];
  });
  // A hop that a visit may do without (its answer was in a cache) is no difference by itself.
  const first = hops.find(
    ({ hop, difference }) =>
      difference === "changed" || (difference !== "same" && !isOptional(hop, trace, good)),
  );
  return { trace, good, hops, ...(first ? { firstDifference: first.hop } : {}) };
}

/** Hops above the record are asked only where the resolver does not know the way; the cache is a distribution's. */
function isOptional(hop: TraceHop, trace: Trace, good: Trace): boolean {
  if (hop === "root" || hop === "tld" || hop === "name-servers") return true;
  return (
    hop === "resource" &&
    [trace, good].some(({ steps }) => steps.some(({ cache }) => cache?.result === "hit"))
  );
}

/** What a hop came to, as sorted lines; undefined where the visit did not come by. */
function essenceOf(steps: readonly TraceStep[], hop: TraceHop): string[] | undefined {
  const here = steps.filter((step) => step.hop === hop);
  if (here.length === 0) return undefined;
  return [...new Set(here.flatMap((step) => linesOf(step)))].toSorted();
}

function linesOf(step: TraceStep): string[] {
  const { hop, outcome, server, answer, target, tls, route, cache, isAside } = step;
  switch (hop) {
    case "browser":
    case "resolver":
    case "record":
      return [outcome, ...records(answer)];
    case "root":
    case "tld":
      return [outcome, ...records(answer).filter((line) => / NS /.test(line))];
    case "name-servers":
      // Which of the servers is asked is chance; how each of them does is not.
      return isAside || !step.cached ? [`${server ?? ""}: ${outcome}`] : [];
    case "address":
      return [`${server ?? ""}: ${outcome}`];
    case "tls":
      return [outcome, ...(tls?.chain.map(({ subject, fingerprint }) => `${subject} ${fingerprint}`) ?? [])];
    case "edge":
      return [outcome, ...(route ? [`${route.resourceName} by ${route.by}`] : [])];
    case "cache":
      return [cache?.result === "pass" ? "pass" : "kept in the cache or fetched"];
    case "resource":
      return [outcome, ...(target ? [`${target.resourceName}: ${target.name} at ${target.address}`] : [])];
    case "page":
      return [outcome];
  }
}

/** Records without their TTL, and without what is no record. */
function records(answer: readonly string[]): string[] {
  return answer.flatMap((line) => {
    const found = /^(\S+) \d+ IN (.+)$/.exec(line);
    if (!found) return [];
    const [, owner = "", rest = ""] = found;
    return rest.startsWith("SOA ") ? [] : [`${owner} ${rest}`];
  });
}
