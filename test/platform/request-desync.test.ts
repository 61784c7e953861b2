// Generated mutations of requests through the edge to nginx, HAProxy and Node: either the edge refuses, or what each of them was sent is
// exactly what the edge read, in number, method, target, host and content (RFC 9112 section 11.2). A failure prints its seed and the
// smallest input. FAIRLEAD_MUTATION_SEED and FAIRLEAD_MUTATION_CASES (a lane) repeat or lengthen a run.

import { METHODS } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHaproxy, startNginx, type Proxy } from "./desync/proxies.ts";
import { Chance, numberFromEnvironment } from "./desync/random.ts";
import { startNodeOrigin, startRawOrigin, type SeenRequest } from "./desync/recording-origin.ts";
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
import { shrinkText } from "./desync/shrink.ts";
import { runSeed } from "../seed.ts";

const seed = numberFromEnvironment("FAIRLEAD_MUTATION_SEED", runSeed);
const casesPerLane = numberFromEnvironment("FAIRLEAD_MUTATION_CASES", 4000);
/** Within so many cases a planted fault must be found. */
const plantedCases = 500;
/** Calls that shrinking a failure may take. */
const maxShrinkTries = 1500;

/** What a peer has no use for though it reads it as the edge does: none of it can be read in two ways. */
const reasonsToRefuse = {
  nginx: (seen: SeenRequest): string | undefined => {
    if (!/^[A-Z_-]+$/.test(seen.method)) return "a method of other than capitals";
    if (/^(:\d*)?$/.test(seen.host)) return "an empty host";
    if (seen.host.includes("..")) return "a host with an empty label";
    const [path = ""] = seen.target.split("?");
    if (/%00/.test(path)) return "NUL in the path";
    if (/%(?![0-9a-f]{2})/i.test(path)) return "a percent sign without its digits";
    return goesAboveRoot(path) ? "a path above the root" : undefined;
  },
  haproxy: (_: SeenRequest, text: string): string | undefined => {
    // Its form of a message has an octet for the length of a field's name.
    if (/^[^:\r\n]{256,}:/m.test(text)) return "a field name of more than 255 octets";
    return /^upgrade:[ \t]*websocket[ \t]*\r$/im.test(text) ? "a WebSocket without its key" : undefined;
  },
  node: ({ method }: SeenRequest): string | undefined =>
    METHODS.includes(method) && method !== "CONNECT" ? undefined : "a method that Node does not know",
};

function goesAboveRoot(path: string): boolean {
  let depth = 0;
  for (const segment of path.replaceAll(/%2e/gi, ".").replaceAll(/%2f/gi, "/").split("/").slice(1)) {
    if (segment === "..") depth--;
    else if (segment !== "" && segment !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

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
    const chance = new Chance(seed + i);
    const { text, rules } = makeRequests(chance);
    // A size that is over our limits is no fault of a relay without any.
    if (lane.ignoresRefusals && rules.some((rule) => /^(many|long) field/.test(rule))) continue;
    const why = await runRequests(lane, text, chance, counts);
    // Of a planted fault only what reached the origin as another request counts.
    if (why === undefined || (lane.ignoresRefusals && !/was passed on as|^read as/.test(why))) continue;
    // Smaller, but still for the same reason: what a reason quotes may differ.
    const kindOf = (reason: string | undefined): string | undefined => reason?.replace(/\d* ?[[{"].*$/s, "");
    const smallest = await shrinkText(
      text,
      async (shorter) => kindOf(await runRequests(lane, shorter, undefined)) === kindOf(why),
      why.endsWith("hangs") ? 5 : tries, // each takes the whole time that a case has
    );
    return { seed: seed + i, why, rules, smallest };
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
      `${name}: seed ${seed}, ${counts.cases} cases, ${counts.passed} requests read alike, ${counts.refused} refused, by the peer ${JSON.stringify([...counts.refusedByPeer])}`,
    );
    expect(finding).toBeUndefined();
    expect(counts.passed).toBeGreaterThan(casesPerLane / 4);
    expect(counts.refused).toBeGreaterThan(casesPerLane / 4);
  },
);

test.each(["nginx", "haproxy", "node"])(
  "a relay that passes octets on as they come is found out before %s",
  async (name) => {
    const lane = lanes.find((one) => one.name === name);
    if (!lane) throw new Error(`no lane ${name}`);
    const relay = await startRawRelay(lane.targetPort);
    planted.push(relay);
    const finding = await search({ ...lane, relay, ignoresRefusals: true }, plantedCases, noCounts(), 60);
    console.log(`planted before ${name}: ${JSON.stringify(finding)}`);
    expect(finding).toBeDefined();
  },
);
