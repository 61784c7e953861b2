// The loop of a node on an engine in memory that answers when it is told to: what is wanted changes while the engine is asked.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ContainerNodeObject, ContainerNodeState } from "#contract";
import type { Engine, FoundNode, NodePlan } from "./engine.ts";
import { HeldAddresses } from "./held-addresses.ts";
import { noEngine } from "./no-engine.ts";
import { NodeLoop } from "./node-loop.ts";
import { removeFolder, temporaryFolder, until } from "./testing.ts";

/** An engine whose nodes are a variable, and which can be kept from answering. */
class MemoryEngine {
  there: FoundNode | undefined;
  /** The version that cannot be started. */
  refused: number | undefined;
  /** What an answer waits for. */
  held: Promise<void> = Promise.resolve();
  /** How many ask and wait. */
  asking = 0;

  /** Has all questions from now on wait. @returns what lets them go on */
  hold(): () => void {
    let release = (): void => {};
    this.held = new Promise((resolve) => (release = resolve));
    return release;
  }

  get engine(): Engine {
    return {
      ...noEngine("process", ""),
      find: async () => {
        this.asking++;
        await this.held;
        this.asking--;
        return this.there;
      },
      prepare: () => Promise.resolve(),
      start: async ({ digest, node }: NodePlan) => {
        await this.held;
        if (this.refused === node.version) throw new Error("There is no room");
        this.there = { digest, containers: [{ name: "web", isRunning: true, pid: node.version }] };
      },
      end: () => {
        this.there = undefined;
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    };
  }
}

let folder: string;
let memory: MemoryEngine;
let loop: NodeLoop;
let addresses: HeldAddresses;
/** All that was told, each with the process that it told of. */
let told: string[];
/** Called after each. */
let onTold: () => void;

beforeEach(() => {
  folder = temporaryFolder();
  memory = new MemoryEngine();
  addresses = new HeldAddresses();
  told = [];
  onTold = () => {};
});
afterEach(async () => {
  loop.leave();
  await loop.ended;
  removeFolder(folder);
});

/** A version of the node: each has a command of its own. */
function version(number: number): ContainerNodeObject {
  return {
    kind: "container-node",
    id: "n",
    serviceId: "s",
    service: "shop",
    version: number,
    number: 1,
    engine: "process",
    containers: [{ name: "web", image: "folder:/", command: [`v${number}`], ports: {} }],
    address: "127.0.0.1",
    limits: { cpus: 1, memoryOctets: 1 << 20 },
    desired: "running",
  };
}

function open(wanted: ContainerNodeObject): void {
  const own = join(folder, "n");
  mkdirSync(own);
  loop = new NodeLoop(wanted, "n", {
    folder: own,
    graceMs: 0,
    // It goes on by news alone.
    backOffMs: 60_000,
    maxBackOffMs: 60_000,
    readyMs: 60_000,
    watchMs: 60_000,
    onState: ({ version: of, state, containers, reason }: ContainerNodeState) => {
      told.push([of, state, ...containers.map(({ pid }) => pid), reason].filter(Boolean).join(" "));
      onTold();
    },
    open: (_, sealed) => Buffer.from(sealed),
    engines: { process: memory.engine, docker: noEngine("docker", "") },
    choose: () => Promise.resolve("process"),
    addresses,
  });
}

const hears = (line: string): Promise<boolean> =>
  until(`${line} of ${told.join("; ")}`, () => told.includes(line));

test("a version that comes while the engine is asked is told to run once it does, not before", async () => {
  open(version(1));
  await hears("1 running 1");
  const release = memory.hold();
  loop.notify();
  await until("the engine is asked", () => memory.asking > 0);
  loop.want(version(2));
  release();
  await hears("2 running 2");
  expect([...new Set(told)]).toEqual(["1 pending", "1 running 1", "2 pending", "2 running 2"]);
});

test("a start that fails is told of the version that was tried, and not of the next one", async () => {
  memory.refused = 1;
  const release = memory.hold();
  open(version(1));
  await until("it is started", () => loop.starts === 1);
  loop.want(version(2));
  release();
  await hears("2 running 2");
  expect(told.filter((line) => line.includes("failed"))).toEqual([]);
});

test("what is to run again while the engine is asked is not settled before it does", async () => {
  open(version(1));
  await hears("1 running 1");
  loop.want({ ...version(1), desired: "stopped" });
  await hears("1 stopped");
  const release = memory.hold();
  loop.notify();
  await until("the engine is asked", () => memory.asking > 0);
  loop.want(version(1));
  const settled: boolean[] = [];
  onTold = () => void settled.push(loop.isSettled);
  release();
  await until("it runs again", () => loop.starts === 2 && loop.state.state === "running");
  expect(settled.at(0)).toBe(false);
  expect(loop.isSettled).toBe(true);
});

test("is started once what had its address is gone, and tells no failure", async () => {
  const other = { wantedAddress: undefined };
  addresses.hold(other, "127.0.0.1");
  open(version(1));
  await hears("1 pending");
  loop.want(version(2)); // wakes it, and it waits on
  await hears("2 pending");
  expect(loop.starts).toBe(0);
  addresses.hold(other, undefined);
  await hears("2 running 2");
  expect([...new Set(told)]).toEqual(["1 pending", "2 pending", "2 running 2"]);
});

test("does not wait for what is to stay on its address", async () => {
  addresses.hold({ wantedAddress: "127.0.0.1" }, "127.0.0.1");
  open(version(1));
  await hears("1 running 1");
});

test("holds its address until its engine has ended it", async () => {
  const asker = { wantedAddress: "127.0.0.1" };
  open(version(1));
  await hears("1 running 1");
  expect(addresses.isBeingLeft("127.0.0.1", asker)).toBe(false);
  const release = memory.hold();
  loop.want(undefined);
  expect(addresses.isBeingLeft("127.0.0.1", asker)).toBe(true);
  release();
  await loop.ended;
  expect(addresses.isBeingLeft("127.0.0.1", asker)).toBe(false);
});
