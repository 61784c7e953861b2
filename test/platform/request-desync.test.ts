// Generated mutations of requests through the edge to nginx, HAProxy and Node: either the edge refuses, or what each of them was sent is
// exactly what the edge read, in number, method, target, host and content (RFC 9112 section 11.2). A failure prints its seed and the
// smallest input. FAIRLEAD_SEED and FAIRLEAD_MUTATION_CASES (a lane) repeat or lengthen a run.

import { afterAll, beforeAll, expect, test } from "vitest";
import { everyFormInTurn } from "./desync/every-form.ts";
import { startHaproxy, startNginx, type Proxy } from "./desync/proxies.ts";
import { Chance, numberFromEnvironment } from "./desync/random.ts";
import { startNodeOrigin, startRawOrigin } from "./desync/recording-origin.ts";
import {
  noCounts,
  runRequests,
  startEdge,
  startRawRelay,
  type LaneCounts,
  type RelayInService,
  type RequestLane,
} from "./desync/request-lane.ts";
import { makeRequests } from "./desync/request-mutations.ts";
import { reasonsToRefuse } from "./desync/reasons-to-refuse.ts";
import { shrinkText } from "./desync/shrink.ts";
import { runSeed } from "../seed.ts";

const casesPerLane = numberFromEnvironment("FAIRLEAD_MUTATION_CASES", 4000);
/** Within so many cases a planted fault must be found. */
const plantedCases = 500;
/** Calls that shrinking a failure may take. */
const maxShrinkTries = 1500;

const proxies: Proxy[] = [];
const lanes: (RequestLane & { targetPort: number })[] = [];
const planted: RelayInService[] = [];

beforeAll(async () => {
  for (const name of ["nginx", "haproxy", "node"] as const) {
    const origin = name === "node" ? await startNodeOrigin() : await startRawOrigin();
    const proxy =
      name === "nginx"
        ? await startNginx(origin.port)
        : name === "haproxy"
          ? await startHaproxy(origin.port)
          : undefined;
    if (proxy) proxies.push(proxy);
    const targetPort = proxy?.port ?? origin.port;
    lanes.push({
      name,
      relay: await startEdge(targetPort),
      origin,
      reasonToRefuse: reasonsToRefuse[name],
      targetPort,
    });
  }
});

afterAll(async () => {
  for (const relay of planted) await relay.close();
  for (const lane of lanes) await lane.relay.close();
  for (const proxy of proxies) await proxy.stop();
  for (const lane of lanes) await lane.origin.close();
});

interface Finding {
  seed: number;
  why: string;
  rules: readonly string[];
  smallest: string;
}

/** Runs cases until one fails, and shrinks that. */
async function search(
  lane: RequestLane,
  cases: number,
  counts: LaneCounts,
  tries: number,
): Promise<Finding | undefined> {
  for (let i = 0; i < cases; i++) {
    const chance = new Chance(runSeed + i);
    const { text, rules } = makeRequests(chance);
    // A size that is over our limits is no fault of a relay without any.
    if (lane.ignoresRefusals && rules.some((rule) => /^(many|long) field/.test(rule))) continue;
    const why = await runRequests(lane, text, chance, counts);
    // Of a planted fault only what reached the origin as another request counts.
    if (why === undefined || (lane.ignoresRefusals && !/was passed on as|^read as/.test(why))) continue;
    console.log(`${lane.name}: seed ${runSeed + i}, ${why}`);
    // Smaller, but still for the same reason: what a reason quotes may differ.
    const kindOf = (reason: string | undefined): string | undefined => reason?.replace(/\d* ?[[{"].*$/s, "");
    const smallest = await shrinkText(
      text,
      async (shorter) => kindOf(await runRequests(lane, shorter, undefined)) === kindOf(why),
      /hangs$|^not answered/.test(why) ? 0 : tries, // each would take the whole time that a case has
    );
    return { seed: runSeed + i, why, rules, smallest };
  }
  return undefined;
}

test.each(["nginx", "haproxy", "node"])(
  "RFC 9112 section 11.2: %s behind the edge reads mutated requests as the edge does, or the edge refuses",
  async (name) => {
    const lane = lanes.find((one) => one.name === name);
    if (!lane) throw new Error(`no lane ${name}`);
    const counts = noCounts();
    const finding = await search(lane, casesPerLane, counts, maxShrinkTries);
    console.log(
      `${name}: seed ${runSeed}, ${counts.cases} cases, ${counts.passed} requests read alike, ${counts.refused} refused, by the peer ${JSON.stringify([...counts.refusedByPeer])}`,
    );
    expect(finding).toBeUndefined();
    expect(counts.passed).toBeGreaterThan(casesPerLane / 4);
    expect(counts.refused).toBeGreaterThan(casesPerLane / 4);
  },
);

test.each(["nginx", "haproxy", "node"])(
  "RFC 9112 section 3.2: %s behind the edge reads every form of a request as the edge does",
  async (name) => {
    const lane = lanes.find((one) => one.name === name);
    if (!lane) throw new Error(`no lane ${name}`);
    const counts = noCounts();
    const findings: { why: string; text: string }[] = [];
    for (const text of everyFormInTurn(lane.reasonToRefuse)) {
      const why = await runRequests(lane, text, undefined, counts);
      if (why !== undefined) findings.push({ why, text });
    }
    console.log(
      `${name}: every form, ${counts.passed} requests read alike, by the peer ${JSON.stringify([...counts.refusedByPeer])}`,
    );
    expect(findings).toEqual([]);
    expect(counts.passed).toBeGreaterThan(1000);
  },
);

test.each(["nginx", "haproxy", "node"])(
  "a relay that passes octets on as they come is found out before %s",
  async (name) => {
    const lane = lanes.find((one) => one.name === name);
    if (!lane) throw new Error(`no lane ${name}`);
    let finding: Finding | undefined;
    // A busy machine may answer after the first of them has given up.
    for (const quietMs of [60, 600]) {
      const relay = await startRawRelay(lane.targetPort, quietMs);
      planted.push(relay);
      finding ??= await search({ ...lane, relay, ignoresRefusals: true }, plantedCases, noCounts(), 60);
    }
    console.log(`planted before ${name}: ${JSON.stringify(finding)}`);
    expect(finding).toBeDefined();
  },
);
