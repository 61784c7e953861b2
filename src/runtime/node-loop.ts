// One node: a loop that makes what runs be what is wanted, on one engine or the other, and tells each state. It acts on one thing at a time
// and asks the engine what is there before each: it holds no more than the disk and the engine do, so a new runtime on the same folder goes
// on where an earlier one was killed, also in the midst of a start or an end.
//
// The containers of a node live and die together: when one ends, the others are ended, and all are started anew after a pause that grows.

import { setTimeout as pause } from "node:timers/promises";
import {
  canonicalJson,
  type ContainerEngine,
  type ContainerNodeObject,
  type ContainerNodeState,
  type ContainerState,
} from "#contract";
import {
  EngineAway,
  type ContainerExit,
  type Engine,
  type FoundNode,
  type NodePlaces,
  type NodePlan,
} from "./engine.ts";
import type { AddressHolder, HeldAddresses } from "./held-addresses.ts";
import { planOf, startOrder, type OpenEnvironment } from "./node-plan.ts";
import { placesOf, readNodeRecord, recordFor, writeNodeRecord, type NodeRecord } from "./node-record.ts";
import { acceptsConnections } from "./readiness.ts";
import { removeTree } from "./remove-tree.ts";
import { lastTimedLines } from "./timed-log.ts";

/** How often readiness is tried: first this, growing to the second, in milliseconds. */
const readyCheckMs = [20, 250] as const;
const connectMs = 1000;
/** Having run for so long, a node whose container ends is restarted as if for the first time. */
const steadyMs = 10_000;
/** How much of its log a failed container shows. */
const reasonLines = 5;
const reasonLineLength = 200;

/** Settings of the loop, all given. */
export interface NodeOptions {
  readonly folder: string;
  readonly graceMs: number;
  readonly backOffMs: number;
  readonly maxBackOffMs: number;
  /** A public endpoint that accepts no connection for so long has failed; the node is not ended for it. */
  readonly readyMs: number;
  /** How often a node that runs is looked at. */
  readonly watchMs: number;
  readonly onState: (state: ContainerNodeState) => void;
  readonly open: OpenEnvironment;
  readonly engines: Readonly<Record<ContainerEngine, Engine>>;
  /** Chooses an engine for a node that names none. Throws why there is none for it. */
  readonly choose: (node: ContainerNodeObject) => Promise<ContainerEngine>;
  readonly addresses: HeldAddresses;
}

/** The loop of one node. */
export class NodeLoop implements AddressHolder {
  readonly #id: string;
  readonly #options: NodeOptions;
  readonly #places: NodePlaces;
  #wanted: ContainerNodeObject | undefined;
  /** The plan for what was wanted last, once it was made. */
  #plan: NodePlan | undefined;
  #state: ContainerNodeState;
  #told = "";
  #failures = 0;
  #restarts = 0;
  #starts = 0;
  /** When the containers that run now were first seen to, and whether their endpoint answers. */
  #runsSince: number | undefined;
  #isReady = false;
  #readyWait: number = readyCheckMs[0];
  #isClosed = false;
  #isStopping = false;
  #settledFor: ContainerNodeObject | undefined;
  #wake: () => void = () => {};
  #hasNews = false;
  /** Settles when the loop has ended: after `leave` or `stop`, or when a node that is no more wanted is gone. */
  readonly ended: Promise<void>;

  constructor(wanted: ContainerNodeObject | undefined, id: string, options: NodeOptions) {
    this.#wanted = wanted;
    this.#id = id;
    this.#options = options;
    this.#places = placesOf(options.folder);
    this.#state = { ...this.#whose(), state: "pending", containers: [] };
    options.addresses.hold(this, readNodeRecord(options.folder)?.address);
    this.ended = this.#run();
  }

  get state(): ContainerNodeState {
    return this.#state;
  }

  /** True once it runs, is stopped or has failed as it is wanted now. */
  get isSettled(): boolean {
    return this.#settledFor === this.#wanted;
  }

  /** Says what is wanted from now on; undefined: that the node is gone. */
  want(wanted: ContainerNodeObject | undefined): void {
    if (wanted && this.#wanted && canonicalJson(wanted) === canonicalJson(this.#wanted)) return;
    this.#wanted = wanted;
    this.#plan = undefined;
    this.#failures = 0;
    this.notify();
  }

  /** Says that something of it may have changed. */
  notify(): void {
    this.#hasNews = true;
    this.#wake();
  }

  /** Ends the loop and lets the containers run. */
  leave(): void {
    this.#isClosed = true;
    this.notify();
  }

  /** Stops the containers and then ends the loop; what is wanted, and the logs, stay. */
  stop(): void {
    this.#isStopping = true;
    this.notify();
  }

  get wantedAddress(): string | undefined {
    return this.wanted?.desired === "running" ? this.wanted.address : undefined;
  }

  /** What was wanted last; undefined where the loop was told to leave or stop, or the node is to be gone. */
  get wanted(): ContainerNodeObject | undefined {
    return this.#isClosed || this.#isStopping ? undefined : this.#wanted;
  }

  /** The engine that has it, or had it last. */
  get engine(): Engine | undefined {
    const name = readNodeRecord(this.#options.folder)?.engine;
    return name && this.#options.engines[name];
  }

  /** How often it was started by this process. */
  get starts(): number {
    return this.#starts;
  }

  get places(): NodePlaces {
    return this.#places;
  }

  /** What engine or system refuse fails this node for a while and nothing else. */
  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#hasNews = false;
      const wanted = this.#wanted;
      try {
        if (await this.#step()) return;
      } catch (error) {
        if (error instanceof EngineAway) await this.#awaitEngine(error);
        // What failed is told of what was tried, never of what is wanted since.
        else if (this.#wanted === wanted) await this.#fail((error as Error).message);
        // What cannot be ended now is left for the next runtime on this folder.
        if (this.#isStopping) return;
      }
    }
  }

  /** Does the next thing that brings what runs nearer to what is wanted. Returns true where the loop is over. */
  async #step(): Promise<boolean> {
    const { folder, engines } = this.#options;
    const wanted = this.#wanted;
    const record = readNodeRecord(folder);
    const isWanted = wanted?.desired === "running" && !this.#isStopping;
    const plan = isWanted ? (this.#plan ??= planOf(wanted, this.#options.open)) : undefined;
    const engine = record?.engine && engines[record.engine];
    // A node without a record of an engine is one whose folder was lost: whichever engine has something of it ends it.
    const found = engine ? await engine.find(this.#id, this.#places) : undefined;
    if (!engine && !wanted) for (const one of Object.values(engines)) await this.#endOn(one);
    this.#options.addresses.hold(this, found && record?.address);
    if (this.#wanted !== wanted) return false;

    const isRight =
      found !== undefined &&
      plan !== undefined &&
      plan.digest === found.digest &&
      found.containers.length === plan.node.containers.length;
    if (engine && found && !isRight) {
      this.#tell({ state: isWanted ? "pending" : "stopping" });
      await this.#end(engine);
    } else if (!wanted) {
      if (this.#isStopping) return true;
      this.#forget(record);
      return true;
    } else if (!plan) {
      this.#tell({ state: "stopped" });
      if (this.#isStopping) return true;
      await this.#sleep();
    } else if (engine && found) {
      await this.#follow(plan, engine, found);
    } else {
      await this.#start(plan, record);
    }
    return false;
  }

  async #start(plan: NodePlan, record: NodeRecord | undefined): Promise<void> {
    const { folder, engines, choose, addresses } = this.#options;
    const { node, digest } = plan;
    const { address } = node;
    this.#runsSince = undefined;
    this.#tell({ state: "pending" });
    // A node stays on the engine that it was once started on: one that is away for a moment is waited for.
    const name =
      node.engine ?? (record?.digest === digest && record.engine ? record.engine : await choose(node));
    const engine = engines[name];
    const taken = addresses.isBeingLeft(address, this) ? undefined : await takenEndpoint(node);
    if (addresses.isBeingLeft(address, this)) {
      await this.#sleep(readyCheckMs[0]);
      return;
    }
    if (taken !== undefined) throw new Error(`Cannot listen on ${taken}: another program does`);
    writeNodeRecord(folder, { ...recordFor(node, record), engine: name, digest, address });
    addresses.hold(this, address);
    this.#tell({ state: "pending", engine: name });
    this.#starts++;
    try {
      await engine.prepare(plan, this.#places);
      for (const container of startOrder(node)) {
        if (this.wanted !== plan.node) return; // the next step ends what was started
        await engine.start(plan, container, this.#places);
      }
    } catch (error) {
      if (error instanceof EngineAway) throw error;
      // Whatever was started of it goes before the failure is told: who hears of it can rely on that.
      await this.#end(engine);
      throw error;
    }
  }

  /** Looks at a node that is there: whether all of it runs, and its endpoint answers; then waits for news. What is wanted by then is another step's. */
  async #follow(plan: NodePlan, engine: Engine, found: FoundNode): Promise<void> {
    const { readyMs, watchMs } = this.#options;
    const { node } = plan;
    this.#runsSince ??= performance.now();
    if (performance.now() - this.#runsSince >= steadyMs) this.#failures = 0;
    const ended = found.containers.filter(({ isRunning }) => !isRunning);
    if (ended.length > 0) {
      await engine.flush(this.#id, this.#places);
      if (this.wanted !== node) return;
      const seconds = (performance.now() - this.#runsSince) / 1000;
      const containers = this.#containerStates(found, seconds);
      await this.#end(engine);
      if (this.wanted !== node) return;
      const failed = containers.filter(({ state }) => state === "failed");
      const reason = failed.map(({ name, reason: why }) => `Container "${name}": ${why}`).join("\n");
      await this.#fail(reason, containers);
      return;
    }
    if (!this.#isReady) {
      const endpoint = node.publicEndpoint;
      const { address, port } = endpoint?.listen ?? { address: "", port: 0 };
      const answers = !endpoint || (await acceptsConnections(address, port, connectMs));
      // It may have ended while the address was tried, and then the answer was not its own.
      const isReady = answers && (await this.#allRun(engine));
      const isLate = !isReady && performance.now() - this.#runsSince >= readyMs;
      const reason = isLate ? await this.#notReady(node, engine) : "";
      if (this.wanted !== node) return;
      if (isReady) this.#isReady = true;
      else if (isLate) this.#tell({ state: "failed", reason, containers: this.#containerStates(found, 0) });
    }
    if (this.wanted !== node) return;
    if (this.#isReady)
      this.#tell({
        state: "running",
        ...(found.unlimited === undefined ? {} : { unlimited: found.unlimited }),
        ...(node.generation === undefined ? {} : { generation: node.generation }),
        containers: this.#containerStates(found, 0),
      });
    await this.#sleep(this.#isReady ? watchMs : this.#readyWait);
    this.#readyWait = Math.min(this.#readyWait * 2, readyCheckMs[1]);
  }

  async #allRun(engine: Engine): Promise<boolean> {
    const found = await engine.find(this.#id, this.#places);
    return found?.containers.every(({ isRunning }) => isRunning) ?? false;
  }

  /** Why the endpoint does not answer: with the ports that the container listens on instead, where that can be told. */
  async #notReady({ publicEndpoint }: ContainerNodeObject, engine: Engine): Promise<string> {
    if (!publicEndpoint) return "";
    const { container, port, listen } = publicEndpoint;
    const ports = await engine.listeningPorts(this.#id, container, this.#places);
    const lines = this.#lastLines(container);
    const instead =
      ports === undefined
        ? ""
        : ports.length === 0
          ? ", which listens on no port"
          : `, which listens on ${ports.length === 1 ? "port" : "ports"} ${ports.slice(0, 10).join(", ")}`;
    return [
      `Nothing accepts connections on ${listen.address}:${listen.port}, for port ${port} of container "${container}"${instead}`,
      ...lines,
    ].join("\n");
  }

  #containerStates(found: FoundNode, seconds: number): ContainerState[] {
    return found.containers.map(({ name, isRunning, pid, exit }) => ({
      name,
      state: isRunning ? "running" : "failed",
      restarts: this.#restarts,
      ...(pid === undefined || !isRunning ? {} : { pid }),
      ...(isRunning ? {} : { reason: [reasonOf(exit, seconds), ...this.#lastLines(name)].join("\n") }),
      ...(exit?.status === undefined ? {} : { exitStatus: exit.status }),
      ...(exit?.signal === undefined ? {} : { signal: exit.signal }),
      ...(exit?.isOutOfMemory === undefined ? {} : { isOutOfMemory: exit.isOutOfMemory }),
    }));
  }

  #lastLines(container: string): string[] {
    return lastTimedLines(this.#places.logOf(container), reasonLines).map(({ text }) =>
      text.slice(0, reasonLineLength),
    );
  }

  async #end(engine: Engine): Promise<void> {
    await engine.end(this.#id, this.#places, this.#options.graceMs);
    this.#runsSince = undefined;
    this.#isReady = false;
    this.#readyWait = readyCheckMs[0];
  }

  async #endOn(engine: Engine): Promise<void> {
    try {
      if (await engine.find(this.#id, this.#places)) await this.#end(engine);
    } catch (error) {
      if (!(error instanceof EngineAway)) throw error; // it is not there, and so has nothing that we know of
    }
  }

  /** Tells for the last time of a node that is gone. Its record says so; its logs stay for a while. */
  #forget(record: NodeRecord | undefined): void {
    const { folder } = this.#options;
    this.#tell({ state: "stopped" });
    if (record) {
      const { engine: _, digest: __, address: ___, ...rest } = record;
      writeNodeRecord(folder, { ...rest, goneAt: Date.now() });
    } else removeTree(folder);
  }

  /** The engine cannot be asked: what ran is taken to run on, what did not has failed. It is tried again with pauses that grow. */
  async #awaitEngine({ message }: EngineAway): Promise<void> {
    // Nobody can tell how long that is: who gets its address meanwhile tries it.
    this.#options.addresses.hold(this, undefined);
    const { state } = this.#state;
    if (this.#wanted && state === "running" && this.#isReady) {
      const { reason: _, ...rest } = this.#state;
      this.#tell({ ...rest, reason: message });
    } else if (state === "stopping" || !this.#wanted) this.#tell({ state: "stopping", reason: message });
    else this.#tell({ state: "failed", reason: message });
    // News can be that it is back: they end this wait, unlike the one after a failure.
    await this.#sleep(this.#nextWait());
  }

  /** Tells a failure and waits before the loop tries again: longer each time, or until something else is wanted. */
  async #fail(reason: string, containers: ContainerState[] = []): Promise<void> {
    this.#restarts++;
    this.#tell({ state: "failed", reason, containers });
    await this.#backOff();
  }

  async #backOff(): Promise<void> {
    const wait = this.#nextWait();
    const wanted = this.wanted;
    if (!wanted) {
      // It is to go, and cannot: there is nothing else to wait for.
      if (!this.#isClosed && !this.#isStopping) await pause(wait);
      return;
    }
    const until = performance.now() + wait;
    while (this.wanted === wanted && performance.now() < until)
      await this.#sleep(Math.max(1, until - performance.now()));
  }

  /** The pause before the next try: each twice the one before, up to the longest. */
  #nextWait(): number {
    const { backOffMs, maxBackOffMs } = this.#options;
    const wait = Math.min(backOffMs * 2 ** this.#failures, maxBackOffMs);
    this.#failures = Math.min(this.#failures + 1, 30);
    return wait;
  }

  #whose(): Pick<ContainerNodeState, "id" | "serviceId" | "version" | "number"> {
    const {
      serviceId = "",
      version = 1,
      number = 1,
    } = this.#wanted ?? readNodeRecord(this.#options.folder) ?? {};
    return { id: this.#id, serviceId, version, number };
  }

  #tell(
    state: Omit<ContainerNodeState, "id" | "serviceId" | "version" | "number" | "containers"> & {
      containers?: ContainerState[];
    },
  ): void {
    const engine = this.engine?.name;
    const next: ContainerNodeState = {
      ...this.#whose(),
      containers: [],
      ...(engine ? { engine } : {}),
      ...state,
    };
    if (state.state !== "pending" && state.state !== "stopping") this.#settledFor = this.#wanted;
    const text = canonicalJson(next);
    if (text === this.#told) return;
    this.#told = text;
    this.#state = next;
    this.#options.onState(next);
  }

  /** Waits for news, at most so many milliseconds; for ever where none are given. */
  #sleep(maximumMs?: number): Promise<void> {
    if (this.#hasNews) {
      this.#hasNews = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = maximumMs === undefined ? undefined : setTimeout(done, maximumMs);
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}

/** Where a node is to accept connections, if somebody does already. */
async function takenEndpoint({ publicEndpoint }: ContainerNodeObject): Promise<string | undefined> {
  if (!publicEndpoint) return undefined;
  const { address, port } = publicEndpoint.listen;
  return (await acceptsConnections(address, port, connectMs)) ? `${address}:${port}` : undefined;
}

function reasonOf(exit: ContainerExit | undefined, seconds: number): string {
  if (!exit) return "It ended, and how is not known";
  if (exit.failure !== undefined) return exit.failure;
  if (exit.isOutOfMemory) return "It used more memory than its limit, and the system ended it";
  const how = exit.signal === undefined ? `ended with status ${exit.status}` : `was ended by ${exit.signal}`;
  const text = `It ${how} after ${Math.max(0, seconds).toFixed(1)} s`;
  // Not every engine tells why: the one who has not sent SIGKILL should look at the limit first.
  return exit.signal === "SIGKILL" ? `${text}; it may have used more memory than its limit` : text;
}
