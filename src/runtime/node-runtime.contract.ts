// What every engine of container nodes does, below the same runtime, with real processes or containers: run by the tests of each.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Container, ContainerNodeObject, ContainerNodeState } from "#contract";
import type { Engine } from "./engine.ts";
import { NodeRuntime, type NodeRuntimeOptions } from "./node-runtime.ts";
import { acceptsConnections } from "./readiness.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

/** What the suite needs to know of an engine. */
export interface EngineUnderTest {
  /** Engines for a runtime; made anew for each, as a runtime that is started again would. */
  make(folder: string): NodeRuntimeOptions["engines"];
  readonly name: Engine["name"];
  /** What is tested, in words. */
  readonly title: string;
  /** An image that has `sh`, made ready in a folder that `make` is given too. */
  image(folder: string): Promise<Pick<Container, "image" | "storedImage">>;
  /** A command that serves a text over HTTP, whatever the path, on HOST and PORT, having said "hello"; it ends on SIGTERM. */
  serve(text: string): string[];
  /** The port that an endpoint names. */
  readonly port: number;
  /** Whether it knows that memory was what a container was ended for. */
  readonly tellsOutOfMemory: boolean;
  /** Starting a node may take so long. */
  readonly startMs: number;
  /** How much slower it is than starting a process: kills come so much later. */
  readonly killScale: number;
  /** Everything that is there of a platform's nodes: processes, containers, control groups; in words. */
  leftovers(folder: string): Promise<string[]>;
}

const address = "127.0.0.1";

/**
 * Runs the suite on an engine.
 *
 * @param part  "quick": what takes little time; "all": also what has to wait, load and attack
 */
export function runNodeContract(subject: EngineUnderTest, part: "quick" | "all"): void {
  let folder: string;
  let image: Pick<Container, "image" | "storedImage">;
  let runtime: NodeRuntime;
  let seen: ContainerNodeState[];
  let count = 0;
  let id: string;
  const runtimes: NodeRuntime[] = [];

  function open(options: Partial<NodeRuntimeOptions> = {}): NodeRuntime {
    seen = [];
    const made = new NodeRuntime({
      folder: join(folder, "nodes"),
      engines: subject.make(folder),
      open: (_, sealed) => Buffer.from(sealed),
      onState: (state) => void seen.push(state),
      graceMs: 3000,
      backOffMs: 20,
      watchMs: 200,
      ...options,
    });
    runtimes.push(made);
    return made;
  }

  const stateOf = (): ContainerNodeState | undefined => runtime.states().find((state) => state.id === id);
  const reaches = (state: ContainerNodeState["state"]): Promise<ContainerNodeState> =>
    until(
      `state ${state}, now ${JSON.stringify(stateOf())}`,
      () => seen.find((one) => one.id === id && one.state === state),
      subject.startMs,
    );
  const logs = async (container: string, rest: object = {}): Promise<string[]> =>
    (await runtime.logs({ serviceId: "s", container, lines: 1000, ...rest })).events.map(
      ({ message }) => message,
    );

  function container(name: string, command: string[], ports: Container["ports"] = {}): Container {
    return { name, ...image, command, ports };
  }

  async function node(
    containers: Container[],
    rest: Partial<ContainerNodeObject> = {},
  ): Promise<ContainerNodeObject> {
    const [first] = containers;
    const [port] = Object.keys(first?.ports ?? {});
    return {
      kind: "container-node",
      id,
      serviceId: "s",
      service: "shop",
      version: 1,
      number: 1,
      engine: subject.name,
      containers,
      address,
      ...(first && port !== undefined
        ? {
            publicEndpoint: {
              container: first.name,
              port: Number(port),
              listen: { address, port: await freePort(address) },
            },
          }
        : {}),
      limits: { cpus: 0.5, memoryOctets: 128 << 20 },
      desired: "running",
      ...rest,
    };
  }

  const web = (text: string, rest: Partial<ContainerNodeObject> = {}): Promise<ContainerNodeObject> =>
    node([container("web", subject.serve(text), { [subject.port]: "HTTP" })], rest);
  const page = async ({ publicEndpoint }: ContainerNodeObject): Promise<string> =>
    (await fetch(`http://${address}:${publicEndpoint?.listen.port}/`)).text();
  const isOpen = ({ publicEndpoint }: ContainerNodeObject): Promise<boolean> =>
    acceptsConnections(address, publicEndpoint?.listen.port ?? 0, 60_000);

  beforeEach(async () => {
    // Control groups are called by it, on the whole machine.
    id = `n${process.pid}-${++count}`;
    folder = temporaryFolder();
    image = await subject.image(folder);
    runtime = open();
  });

  afterEach(async () => {
    runtime.apply([]);
    await until("all nodes gone", () => runtime.states().length === 0, subject.startMs);
    for (const one of runtimes.splice(0)) await one.close("leave");
    expect(await subject.leftovers(folder)).toEqual([]);
    removeFolder(folder);
  });

  describe(subject.title, () => {
    test("runs a node with its environment, says running once its endpoint answers, and keeps logs with times", async () => {
      const environment = { web: { GREETING: "good 'day'\nto \"you\"" }, side: { GREETING: "other" } };
      const shop = await node(
        [
          container("web", subject.serve("shop"), { [subject.port]: "HTTP" }),
          container("side", ["sh", "-c", 'echo "$GREETING"; echo odd >&2; sleep 1000']),
        ],
        { environment: { secretId: "x", sealed: JSON.stringify(environment) }, generation: 3 },
      );
      const before = Date.now();
      runtime.apply([shop]);
      const running = await reaches("running");
      expect(running).toMatchObject({
        serviceId: "s",
        version: 1,
        number: 1,
        engine: subject.name,
        generation: 3,
      });
      expect(running.containers.map(({ name, state, restarts }) => [name, state, restarts])).toEqual(
        expect.arrayContaining([
          ["web", "running", 0],
          ["side", "running", 0],
        ]),
      );
      expect([...new Set(seen.map(({ state }) => state))]).toEqual(["pending", "running"]);
      expect(await page(shop)).toBe("shop");
      await until("both lines", async () => (await logs("side")).length === 2);
      expect((await logs("side")).sort()).toEqual(["odd", "other"]);
      await until("hello", async () => (await logs("web")).includes("hello"));
      const { events } = await runtime.logs({ serviceId: "s", container: "side", lines: 10 });
      for (const { at, nodeId } of events) {
        expect(nodeId).toBe(shop.id);
        expect(at).toBeGreaterThan(before - 1000);
        expect(at).toBeLessThanOrEqual(Date.now() + 1000);
      }
      expect(readFileSync(join(folder, "nodes", shop.id, "node.json"), "utf8")).not.toContain("good");
    });

    test.each([
      [
        "ends at once",
        ["sh", "-c", "echo out of cheese; exit 3"],
        /^Container "web": It ended with status 3 after .* s\nout of cheese$/,
      ],
      ["does not exist", ["./no-such-command"], /no-such-command/],
    ])("tells why a container failed that %s, and tries again", async (_, command, reason) => {
      runtime.apply([await node([container("web", command)])]);
      const failed = await until(
        "failed with the reason",
        () => seen.find(({ state, reason: text }) => state === "failed" && reason.test(text ?? "")),
        subject.startMs,
      );
      expect(failed.reason).toMatch(reason);
      await until(
        "a second try",
        () =>
          seen.filter(({ state }) => state === "failed").length > 1 ||
          (stateOf()?.containers[0]?.restarts ?? 0) > 0,
        subject.startMs,
      );
    });

    test("starts a node anew whose container was killed", async () => {
      const shop = await web("shop");
      runtime.apply([shop]);
      const pid = (await reaches("running")).containers[0]?.pid ?? 0;
      process.kill(pid, "SIGKILL");
      const failed = await reaches("failed");
      expect(failed.reason).toMatch(/^Container "web": It was ended by SIGKILL after /);
      const running = await until(
        "running again",
        () => stateOf()?.state === "running" && stateOf(),
        subject.startMs,
      );
      expect(running.containers[0]?.restarts).toBe(1);
      expect(await page(shop)).toBe("shop");
    });

    test("starts anew what changed, leaves alone what did not", async () => {
      const first = await web("one");
      runtime.apply([first]);
      const running = await reaches("running");
      runtime.apply([{ ...first, service: "renamed" }]);
      expect(await page(first)).toBe("one");
      expect(stateOf()?.containers[0]?.pid).toBe(running.containers[0]?.pid);
      const next = { ...(await web("two")), version: 2 };
      runtime.apply([next]);
      await until(
        "the other runs",
        () => stateOf()?.state === "running" && stateOf()?.version === 2,
        subject.startMs,
      );
      expect(await page(next)).toBe("two");
      expect(await isOpen(first)).toBe(false);
    });

    test("adopts what an earlier runtime left, and ends what is no more wanted", async () => {
      const shop = await web("shop");
      const other = { ...(await web("other")), id: `${id}-other` };
      runtime.apply([shop, other]);
      await until(
        "both run",
        () => runtime.states().every(({ state }) => state === "running"),
        subject.startMs,
      );
      const pid = stateOf()?.containers[0]?.pid;
      await runtime.close("leave");
      expect(await page(shop)).toBe("shop");
      runtime = open();
      runtime.apply([shop]);
      expect((await reaches("running")).containers[0]?.pid).toBe(pid);
      expect(seen.filter(({ id: one, state }) => one === shop.id && state === "pending")).toEqual([]);
      await until("the other is gone", async () => !(await isOpen(other)), subject.startMs);
    });
  });

  describe.runIf(part === "all")(`${subject.title}, under load and attack`, () => {
    test("stops with the grace period what ignores SIGTERM, and keeps the logs of a node that is gone", async () => {
      await runtime.close("leave");
      runtime = open({ graceMs: 300 });
      const stubborn = await node([
        container("web", ["sh", "-c", "trap '' TERM; echo stubborn; while :; do sleep 0.1; done"]),
      ]);
      runtime.apply([stubborn]);
      await reaches("running");
      await until("its line", async () => (await logs("web")).length > 0);
      runtime.apply([{ ...stubborn, desired: "stopped" }]);
      await reaches("stopped");
      expect(await subject.leftovers(folder)).toEqual([]);
      runtime.apply([]);
      await until("forgotten", () => runtime.states().length === 0);
      expect(seen.at(-1)?.state).toBe("stopped");
      expect(await logs("web")).toEqual(["stubborn"]);
    });

    test("an endpoint that nothing listens on fails with the ports that are listened on, and the node runs on", async () => {
      await runtime.close("leave");
      runtime = open({ readyMs: 300 });
      const shop = await web("shop");

      runtime.apply([
        {
          ...shop,
          publicEndpoint: {
            container: "side",
            port: subject.port,
            listen: { address, port: await freePort(address) },
          },
          containers: [container("side", ["sh", "-c", "echo alone; sleep 1000"], { [subject.port]: "HTTP" })],
        },
      ]);
      const reason =
        /^Nothing accepts connections on 127\.0\.0\.1:\d+, for port \d+ of container "side"(?:, which listens on no port)?\nalone$/;
      // What it wrote may come a moment after the time is up, and is told then.
      const failed = await until(
        "failed with the reason",
        () => seen.find(({ state, reason: text }) => state === "failed" && reason.test(text ?? "")),
        subject.startMs,
      );
      expect(failed.containers[0]?.state).toBe("running");
    });

    test("does not take another program on the address for the node", async () => {
      const shop = await web("shop");
      runtime.apply([shop]);
      await reaches("running");
      runtime.apply([shop, { ...shop, id: `${id}-second` }]);
      const failed = await until("the second fails", () =>
        seen.find((one) => one.id === `${id}-second` && one.state === "failed"),
      );
      expect(failed.reason).toContain("another program does");
    });

    test("starts a node on the address of one that is still ending once all of that is gone", async () => {
      await runtime.close("leave");
      runtime = open({ graceMs: 500 });
      const serves = container("web", subject.serve("shop"), { [subject.port]: "HTTP" });
      const slow = container("slow", ["sh", "-c", "trap '' TERM; echo there; while :; do sleep 1; done"]);
      const shop = await node([serves, slow]);
      runtime.apply([shop]);
      await reaches("running");
      await until(
        "the slow one is there",
        async () => (await logs("slow")).includes("there"),
        subject.startMs,
      );
      const second = { ...shop, id: `${id}-second`, containers: [serves] };
      runtime.apply([second]);
      await until(
        "the second runs",
        () => seen.find((one) => one.id === second.id && one.state === "running"),
        subject.startMs,
      );
      expect(seen.filter((one) => one.id === second.id).map(({ state }) => state)).not.toContain("failed");
      const at = (of: string, what: string): number =>
        seen.findIndex((one) => one.id === of && one.state === what);
      expect(at(id, "stopped")).toBeGreaterThan(0);
      expect(at(id, "stopped")).toBeLessThan(at(second.id, "running"));
      expect(await page(second)).toContain("shop");
    });

    test("ends a container that uses more memory than the limit, and says so", async () => {
      // tail keeps its input in memory as long as no line ends.
      runtime.apply([
        await node([container("web", ["sh", "-c", "tail /dev/zero"])], {
          limits: { cpus: 1, memoryOctets: 24 << 20 },
        }),
      ]);
      const failed = await reaches("failed");
      expect(failed.reason).toContain("used more memory than its limit");
      if (subject.tellsOutOfMemory) expect(failed.containers[0]).toMatchObject({ isOutOfMemory: true });
    });

    test("holds the limit of processor time, and tells what is used", async () => {
      runtime.apply([
        await node([container("web", ["sh", "-c", "while :; do :; done"])], {
          limits: { cpus: 0.2, memoryOctets: 64 << 20 },
        }),
      ]);
      await reaches("running");
      const used = async (): Promise<number> => (await runtime.usage())[0]?.cpuSeconds ?? 0;
      await until("some is used", async () => (await used()) > 0);
      // The time is taken before and after what is used: however busy the machine is, the share is no larger than it was.
      const at = performance.now();
      const from = await used();
      let more = 0;
      await until("a third of a second is used", async () => (more = (await used()) - from) > 0.3);
      expect(more / ((performance.now() - at) / 1000)).toBeLessThan(0.4);
      expect((await runtime.usage())[0]).toMatchObject({ nodeId: id, serviceId: "s" });
      expect((await runtime.usage())[0]?.memoryOctets).toBeGreaterThan(0);
    });

    test("bounds what a container writes without end, and is not slowed down by it", async () => {
      const shop = await node([
        container("web", subject.serve("shop"), { [subject.port]: "HTTP" }),
        container("noisy", ["sh", "-c", "while :; do echo 0123456789012345678901234567890123456789; done"]),
      ]);
      runtime.apply([shop]);
      await reaches("running");
      const log = join(folder, "nodes", id, "logs/noisy");
      await until("the log was moved aside", () => existsSync(`${log}.1`), subject.startMs);
      expect(await page(shop)).toBe("shop");
      // The part that was moved aside, today's, and what came in the meantime.
      expect(statSync(log).size + statSync(`${log}.1`).size).toBeLessThan(4 << 20);
      runtime.apply([]);
      await until("gone", () => runtime.states().length === 0, subject.startMs);
    });

    test("bounds a fork bomb, and nothing of it is left", async () => {
      await runtime.close("leave");
      runtime = open({ graceMs: 300 });
      const bomb = "echo lit; f() { f | f & }; f; sleep 1000";
      const shop = await node([container("web", ["sh", "-c", bomb])], {
        limits: { cpus: 0.3, memoryOctets: 256 << 20 },
      });
      runtime.apply([shop]);
      await until("it is lit", async () => (await logs("web")).includes("lit"), subject.startMs);
      await until("it burns", () => subject.leftovers(folder).then((found) => found.length > 0));
      runtime.apply([]);
      await until("gone", () => runtime.states().length === 0, subject.startMs);
      expect(await subject.leftovers(folder)).toEqual([]);
    });

    test("a disk that is full in the node's folder fails the node with the reason, and it runs when there is room", async () => {
      const shop = await web("shop");
      // A file in the place of its folder refuses everything, as a full disk does, and for root too.
      mkdirSync(join(folder, "nodes"), { recursive: true });
      writeFileSync(join(folder, "nodes", shop.id), "");
      runtime.apply([shop]);
      expect((await reaches("failed")).reason).toMatch(/EEXIST|ENOTDIR/);
      rmSync(join(folder, "nodes", shop.id));
      await reaches("running");
      expect(existsSync(join(folder, "nodes", shop.id, "node.json"))).toBe(true);
    });

    test("close() stops all nodes when asked to, and they start again later", async () => {
      const shop = await web("shop");
      runtime.apply([shop]);
      await reaches("running");
      await runtime.close("stop");
      expect(await isOpen(shop)).toBe(false);
      expect(await subject.leftovers(folder)).toEqual([]);
      runtime = open();
      runtime.apply([shop]);
      await reaches("running");
    });
  });
}
