// Commands for what the edge still remembers: the last health checks of targets as a line of ticks each, and how a distribution's cache does
// and what it misses.

import type { CacheFigures, CheckHistory } from "#contract";
import type { Command } from "./command.ts";
import { formatOctets } from "./format-octets.ts";
import { formatCount, formatSeconds, formatTime } from "./format-time.ts";
import type { Output } from "./output.ts";
import { formatNumber } from "./sparkline.ts";

/** A tick for a check that was good, and one for a bad one; where nothing is known there is a dot. */
const [goodTick, badTick, noTick] = ["|", "x", "."];
/** Ticks of one line: as many checks as are remembered. */
const ticks = 60;

function checksCommand(path: string, what: string, example: string): Command {
  return {
    description: `Show the last ${ticks} health checks of each target of a ${what}, the newest on the right`,
    args: { name: { type: "positional", description: `the ${what}` } },
    examples: [`fairlead ${what.replace(" ", "-")} checks ${example}`],
    async run(values, context) {
      const name = encodeURIComponent(String(values["name"]));
      const found = (await context.api().request("GET", `${path}/${name}/checks`)) as CheckHistory;
      context.output.data(found);
      showChecks(context.output, found);
    },
  };
}

/** The checks of instances. */
export const loadBalancerChecks: Command = checksCommand("/v1/load-balancers", "load balancer", "front");
/** The checks of nodes. */
export const containerServiceChecks: Command = checksCommand(
  "/v1/container-services",
  "container service",
  "shop",
);

/** Writes the checks of each target: ticks, how many were good, how long they took, and what was said last. */
function showChecks(output: Output, { resourceName, intervalMs, targets }: CheckHistory): void {
  output.line(
    `${resourceName}: each target is checked every ${intervalMs / 1000} s; ${goodTick} was good, ${badTick} was not`,
  );
  output.line();
  output.table(
    ["TARGET", "HEALTH", `LAST ${ticks} CHECKS`, "GOOD", "TOOK", "LAST ANSWER", "AT (UTC)"],
    targets.map(({ name, health, checks }) => {
      const good = checks.filter(({ isOk }) => isOk);
      const last = checks.at(-1);
      const took = good.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
      return [
        name,
        health,
        checks
          .map(({ isOk }) => (isOk ? goodTick : badTick))
          .join("")
          .padStart(ticks, noTick),
        checks.length === 0 ? "-" : `${good.length}/${checks.length}`,
        took.length === 0 ? "-" : `${formatNumber(took[Math.floor(took.length / 2)] ?? 0)} ms`,
        last?.said ?? "-",
        last ? formatTime(last.at) : "-",
      ];
    }),
  );
}

export const distributionCache: Command = {
  description: "Show how a distribution's cache does: hit ratio, octets saved, and what it misses most often",
  args: { name: { type: "positional", description: "the distribution" } },
  examples: ["fairlead distribution cache site"],
  async run(values, context) {
    const name = encodeURIComponent(String(values["name"]));
    const found = (await context.api().request("GET", `/v1/distributions/${name}/cache`)) as CacheFigures;
    context.output.data(found);
    showCache(context.output, found);
  },
};

function showCache(
  output: Output,
  { resourceName, recent, totals, topMisses, missesSince }: CacheFigures,
): void {
  if (!totals) {
    output.line(`${resourceName}: nobody has asked for anything yet.`);
    return;
  }
  const { hits, misses, hitRatio, savedOctets, originOctets } = recent;
  output.line(
    `${resourceName}: ${percent(hitRatio)} of ${formatCount(hits + misses, "request")} answered from the cache in the last ${formatSeconds(recent.seconds)}, ${formatOctets(savedOctets)} saved, ${formatOctets(originOctets)} from the origin`,
  );
  output.line(
    `  since the edge has it: ${percent(totals.hitRatio)} of ${formatCount(totals.requests, "request")}, ${formatOctets(totals.savedOctets)} saved, ${formatOctets(totals.originOctets)} stored from the origin`,
  );
  output.line(
    `  ${formatCount(totals.staleHits, "stale hit")}, ${totals.validated} validated, ${totals.collapsed} waited for another, ${formatCount(totals.originErrors, "error")} of the origin`,
  );
  output.line();
  if (topMisses.length === 0) {
    output.line("Nothing was missed.");
    return;
  }
  if (missesSince !== undefined) output.line(`Misses since ${formatTime(missesSince)} (UTC):`);
  output.table(
    ["COUNT", "REASON", "WHY", "PATH"],
    topMisses.map(({ count, isExact, reason, detail, path, isCut }) => [
      isExact ? String(count) : `at least ${count}`,
      reason,
      detail ?? "-",
      isCut ? `${path}…` : path,
    ]),
  );
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? "none" : `${formatNumber(Math.round(ratio * 1000) / 10)} %`;
}
