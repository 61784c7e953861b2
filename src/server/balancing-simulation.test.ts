// A load balancer for hours on the simulated network: the product's edge and prober on one host, targets on others that crash, hang, are
// taken out and put back, and visitors who ask all the while.

import { beforeEach, expect, test } from "vitest";
import type { ResourceObject, RoleObject, TargetsReport } from "#contract";
import type { Effects, Engine, Now } from "#engine";
import { SimulatedNetwork, type ClientStream, type SimulatedClient, type SimulatedHost } from "#reactor";
import { makeEdgeEngines, type EdgeEngines } from "./make-engines.ts";
import { makeProfile } from "./profile.ts";

const second = 1000;
const minute = 60 * second;
const profile = makeProfile();
const edgePort = profile.edge.httpPort;

/** An instance: answers every request with its name, after a while. */
class Site implements Engine {
  status = "200 OK";
  /** True where it takes requests and says nothing. */
  hangs = false;
  takesMs = 20;
  probes = 0;
  visits = 0;
  #effects: Effects | undefined;
  readonly #due = new Map<number, number>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  start(effects: Effects): void {
    this.#effects = effects;
  }

  accepted(): void {}

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const request = new TextDecoder().decode(input.subarray(0, length));
    if (request.includes("HealthChecker")) this.probes++;
    else this.visits++;
    if (this.hangs || !this.#effects) return;
    this.#due.set(this.#effects.setTimer(now.monotonic + this.takesMs), slot);
  }

  timer(id: number): void {
    const slot = this.#due.get(id);
    this.#due.delete(id);
    const octets = `HTTP/1.1 ${this.status}\r\nContent-Length: 1\r\n\r\n${this.#name}`;
    if (slot !== undefined) this.#effects?.write(slot, new TextEncoder().encode(octets));
  }

  ended(slot: number): void {
    this.#effects?.end(slot);
  }
}

const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];

let network: SimulatedNetwork;
let engines: EdgeEngines;
let client: SimulatedClient;
let sites: Record<Name, Site>;
let hosts: Record<Name, SimulatedHost>;
let reports: TargetsReport[];

function balancer(given: { without?: readonly Name[]; drains?: readonly Name[] } = {}): ResourceObject {
  return {
    kind: "resource",
    id: "lb",
    name: "front",
    type: "load-balancer",
    addresses: ["127.53.8.1"],
    ports: { http: true, https: false },
    redirectsToHttps: false,
    tlsPolicy: "TLS-2016-08",
    certificates: [],
    targets: names
      .filter((name) => !given.without?.includes(name))
      .map((id) => ({
        id,
        name: id,
        address: `127.53.9.${names.indexOf(id) + 1}`,
        port: 8080,
        drains: given.drains?.includes(id) ?? false,
      })),
    balancing: {
      algorithm: "round-robin",
      healthCheck: {
        path: "/",
        intervalMs: 30 * second,
        timeoutMs: 5 * second,
        healthyThreshold: 5,
        unhealthyThreshold: 2,
        successCodes: "200",
      },
      ejectAfterFailures: 5,
      ejectMs: 30 * second,
      drainMs: 5 * minute,
    },
  };
}

function tell(...objects: RoleObject[]): void {
  engines.apply({
    put: objects,
    removed: [],
    objects: new Map(objects.map((object, i) => [`${i}`, object])),
  });
}

/** Brings a site up on its host. */
async function serve(name: Name): Promise<void> {
  const address = `127.53.9.${names.indexOf(name) + 1}`;
  await hosts[name].attach(sites[name], [{ transport: "tcp", address, port: 8080 }]);
}

beforeEach(async () => {
  network = new SimulatedNetwork({ seed: 11 });
  reports = [];
  engines = makeEdgeEngines(profile, {
    report: () => {},
    tell: (report) => {
      if (report.type === "targets") reports.push(report);
    },
    names: { lookup: () => {} },
    random: network.random(),
  });
  const host = network.host("edge", ["127.53.8.1"]);
  await host.attach(engines.edge, [{ transport: "tcp", address: "127.53.8.1", port: edgePort }]);
  await host.attach(engines.prober, []);
  sites = { a: new Site("a"), b: new Site("b"), c: new Site("c") };
  hosts = {
    a: network.host("a", ["127.53.9.1"]),
    b: network.host("b", ["127.53.9.2"]),
    c: network.host("c", ["127.53.9.3"]),
  };
  for (const name of names) await serve(name);
  client = await network.client("client", ["127.0.0.9"]);
});

/** Visits at a rate for a while. Returns each answer: the status and who gave it, and how long the slowest took. */
function visit(forMs: number, everyMs: number): { answers: string[]; slowestMs: number } {
  const open: { stream: ClientStream; from: number }[] = [];
  const answers: string[] = [];
  let slowestMs = 0;
  const collect = (): void => {
    for (const visitor of open.splice(0)) {
      const text = new TextDecoder().decode(visitor.stream.received);
      const answer = /^HTTP\/1.1 (\d+) [^]*\r\n\r\n([^]+)$/.exec(text);
      if (!answer) {
        if (visitor.stream.state === "closed") answers.push("broken");
        else open.push(visitor);
        continue;
      }
      answers.push(`${answer[1]} ${answer[2]}`);
      slowestMs = Math.max(slowestMs, network.time - visitor.from);
      visitor.stream.destroy();
    }
  };
  const end = network.time + forMs;
  while (network.time < end) {
    const stream = client.open(`127.53.8.1:${edgePort}`);
    stream.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"));
    open.push({ stream, from: network.time });
    network.advance(everyMs);
    collect();
  }
  network.advance(minute);
  collect();
  for (const { stream } of open) {
    answers.push("nothing");
    stream.destroy();
  }
  return { answers, slowestMs };
}

function countOf(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

const stateOf = (name: Name): string => {
  const state = reports.at(-1)?.targets.find(({ id }) => id === name);
  return [state?.state, state?.reason].filter(Boolean).join(" ");
};

test("a new load balancer serves its first request at once, and all targets are healthy within a second", () => {
  tell(balancer());
  const { answers } = visit(200, 200);
  expect(answers).toEqual(["200 a"]);
  network.advance(second);
  expect(names.map(stateOf)).toEqual(["healthy", "healthy", "healthy"]);
});

test("six hours with a host that crashes, one that hangs and one that answers 503: each visitor is served, and every state has its reason", async () => {
  tell(balancer());
  network.advance(second);
  expect(countOf(visit(10 * minute, 5 * second).answers)).toEqual({ "200 a": 40, "200 b": 40, "200 c": 40 });
  hosts.b.crash();
  // Nobody answers there: until the probes or five failures say so, a visitor waits for one connection to time out.
  const crashed = visit(10 * minute, 5 * second);
  expect(Object.keys(countOf(crashed.answers)).sort()).toEqual(["200 a", "200 c"]);
  expect(crashed.slowestMs).toBeLessThan(16 * second);
  expect(stateOf("b")).toBe("unhealthy Instance.Timeout");
  expect(visit(10 * minute, 5 * second).slowestMs).toBeLessThan(6 * second);
  network.advance(60 * minute);
  hosts.b.restart();
  await serve("b");
  network.advance(2 * minute);
  expect(stateOf("b")).toBe("unhealthy Instance.Timeout");
  network.advance(minute);
  expect(stateOf("b")).toBe("healthy");
  sites.c.status = "503 Service Unavailable";
  network.advance(2 * minute);
  expect(stateOf("c")).toBe("unhealthy Instance.ResponseCodeMismatch");
  expect(reports.at(-1)?.targets[2]?.detail).toMatch(/^503 Service Unavailable in \d+ ms$/);
  expect(countOf(visit(5 * minute, 5 * second).answers)).toEqual({ "200 a": 30, "200 b": 30 });
  sites.a.hangs = true;
  network.advance(2 * minute);
  expect(stateOf("a")).toBe("unhealthy Instance.Timeout");
  expect(countOf(visit(5 * minute, 5 * second).answers)).toEqual({ "200 b": 60 });
  const before = sites.b.probes;
  network.advance(240 * minute);
  expect(sites.b.probes - before).toBeGreaterThanOrEqual(478);
  expect(sites.b.probes - before).toBeLessThanOrEqual(482);
});

test("targets are drained, detached and attached again under load, and no request is lost", () => {
  tell(balancer());
  network.advance(second);
  const answers: string[] = [];
  for (const name of [...names, ...names]) {
    answers.push(...visit(10 * second, 100).answers);
    tell(balancer({ drains: [name] }));
    network.advance(200);
    expect(reports.at(-1)?.targets.find(({ id }) => id === name)).toMatchObject({
      state: "draining",
      underWay: 0,
    });
    const from = sites[name].visits;
    answers.push(...visit(10 * second, 100).answers);
    expect(sites[name].visits).toBe(from);
    tell(balancer({ without: [name] }));
    answers.push(...visit(10 * second, 100).answers);
    tell(balancer());
    network.advance(second);
    expect(stateOf(name)).toBe("healthy");
  }
  expect(answers).toHaveLength(1800);
  expect(answers.filter((answer) => !answer.startsWith("200 "))).toEqual([]);
});

test("processes that are killed in turn while requests are under way: what was safe to send again is answered by another", async () => {
  tell(balancer());
  network.advance(second);
  for (const name of names) sites[name].takesMs = 2 * second;
  const stream = Array.from({ length: 6 }, () => client.open(`127.53.8.1:${edgePort}`));
  for (const one of stream) one.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"));
  network.advance(500);
  hosts.a.kill();
  network.advance(20 * second);
  const texts = stream.map(({ received }) => new TextDecoder().decode(received));
  expect(texts.every((text) => text.startsWith("HTTP/1.1 200 OK") && /[bc]$/.test(text))).toBe(true);
  expect(engines.counters()).toMatchObject({ retries: 2 });
  await serve("a");
});

test("a role that stops leaves no probe behind", () => {
  tell(balancer());
  network.advance(10 * minute);
  engines.prober.stop();
  const before = sites.a.probes;
  network.advance(10 * minute);
  expect(sites.a.probes).toBe(before);
});
