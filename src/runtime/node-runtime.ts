// The runtime of container nodes: a loop for each (node-loop.ts), the engines they run on, and what can be asked of them. One object of
// it is all that the runtime role needs; instances are another's (process-runtime.ts).

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type {
  ContainerEngine,
  ContainerLogPage,
  ContainerNodeObject,
  ContainerNodeState,
  EngineImages,
  EngineState,
  MetricSample,
  NodeUsage,
} from "#contract";
import type { Engine } from "./engine.ts";
import { HeldAddresses } from "./held-addresses.ts";
import { NodeLoop, type NodeOptions } from "./node-loop.ts";
import { NodeMeter } from "./node-meter.ts";
import { readNodeLogs, type LogQuery } from "./node-logs.ts";
import type { OpenEnvironment } from "./node-plan.ts";
import { nodeIdPattern, nodeRecordsIn, placesOf, sweepNodes } from "./node-record.ts";
import { isFolderImage } from "./process-engine.ts";
import { isAlive } from "./process-identity.ts";
import { recordsIn } from "./shim-record.ts";

/** How often logs of nodes that are gone are looked through for old ones, in milliseconds. */
const sweepMs = 3_600_000;

/** What a runtime of nodes is made of. */
export interface NodeRuntimeOptions {
  /** Where records and logs are kept, a folder for each node; made with mode 0700 where absent. */
  readonly folder: string;
  readonly engines: Readonly<Record<ContainerEngine, Engine>>;
  /** Opens the environments of nodes. */
  readonly open: OpenEnvironment;
  /** Told each change of state, after it happened. */
  readonly onState: (state: ContainerNodeState) => void;
  /** Milliseconds between SIGTERM and SIGKILL. Default 10,000. */
  readonly graceMs?: number;
  /** Milliseconds before a node that failed is started again; doubled for each further time. Default 250. */
  readonly backOffMs?: number;
  /** The longest such wait in milliseconds. Default 30,000. */
  readonly maxBackOffMs?: number;
  /** How long a public endpoint may take to accept connections before that is called a failure, in milliseconds. Default 60,000. */
  readonly readyMs?: number;
  /** How often a node that runs is looked at, in milliseconds. Default 1000. */
  readonly watchMs?: number;
  /** Who has which address, shared with the runtime of instances. Absent: there is none. */
  readonly addresses?: HeldAddresses;
}

/**
 * Whether containers run whose records lie in a folder, with or without a runtime that knows of them. A container engine is not asked: what was
 * given to one and not ended is taken to run.
 */
export function hasLivingNodes(folder: string): boolean {
  return [...nodeRecordsIn(folder)].some(
    ([id, { engine }]) =>
      engine === "docker" ||
      [...recordsIn(placesOf(join(folder, id)).run).values()].some(({ shim, program }) =>
        [shim, program].some((identity) => identity && isAlive(identity)),
      ),
  );
}

/** Runs container nodes, so that what is wanted and what runs become the same. */
export class NodeRuntime {
  readonly #options: NodeRuntimeOptions;
  readonly #settings: Omit<NodeOptions, "folder">;
  readonly #loops: Map<string, NodeLoop> = new Map();
  readonly #meter: NodeMeter = new NodeMeter();
  readonly #sweep: NodeJS.Timeout;
  #wanted: ReadonlySet<string> | undefined;
  #isClosed = false;

  /** Takes over what an earlier runtime left; nothing is stopped or started before `apply`. */
  constructor(options: NodeRuntimeOptions) {
    this.#options = options;
    const { engines, open, onState, graceMs = 10_000, backOffMs = 250, maxBackOffMs = 30_000 } = options;
    const { readyMs = 60_000, watchMs = 1000, addresses = new HeldAddresses() } = options;
    this.#settings = {
      engines,
      open,
      onState,
      graceMs,
      backOffMs,
      maxBackOffMs,
      readyMs,
      watchMs,
      addresses,
      choose: (node) => chooseEngine(node, engines),
    };
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    for (const engine of Object.values(engines)) engine.onChange = (id) => this.#changed(engine, id);
    this.#sweep = setInterval(() => sweepNodes(options.folder, Date.now()), sweepMs);
    this.#sweep.unref();
    sweepNodes(options.folder, Date.now());
  }

  /** Says which nodes there should be, all of them; one that is left out is stopped and forgotten but for its logs. Returns at once. */
  apply(nodes: readonly ContainerNodeObject[]): void {
    const wanted = new Map(nodes.map((node) => [node.id, node]));
    this.#wanted = new Set(wanted.keys());
    const known = [...nodeRecordsIn(this.#options.folder)].filter(([, { goneAt }]) => goneAt === undefined);
    for (const id of new Set([...this.#loops.keys(), ...known.map(([name]) => name)])) {
      if (wanted.has(id)) continue;
      (this.#loops.get(id) ?? this.#add(id, undefined)).want(undefined);
    }
    for (const [id, node] of wanted) {
      const loop = this.#loops.get(id);
      if (loop) loop.want(node);
      else this.#add(id, node);
    }
    for (const engine of Object.values(this.#options.engines)) this.#endLeftovers(engine);
  }

  /** The state of every node, in no order. */
  states(): ContainerNodeState[] {
    return [...this.#loops.values()].map((loop) => loop.state);
  }

  /** True where every node runs or is stopped as was said last, or has failed to. */
  get isSettled(): boolean {
    return [...this.#loops.values()].every((loop) => loop.isSettled);
  }

  /** Log lines of a service, also of nodes that are gone. */
  async logs(query: LogQuery): Promise<ContainerLogPage> {
    const ours = [...this.#loops].filter(([, { state }]) => state.serviceId === query.serviceId);
    await Promise.all(
      ours.map(async ([id, { engine, places }]) => {
        await engine?.flush(id, places).catch(() => {}); // what an engine that is away would add is not there yet
      }),
    );
    return readNodeLogs(this.#options.folder, query);
  }

  /** What engines there are, and why not. */
  engines(): Promise<EngineState[]> {
    return Promise.all(Object.values(this.#options.engines).map((engine) => engine.describe()));
  }

  /** Images in the store of the container engine. */
  images(): Promise<EngineImages> {
    return this.#options.engines.docker.images();
  }

  /** What nodes use; those of which that cannot be told are left out. */
  async usage(): Promise<NodeUsage[]> {
    const all = await Promise.all(
      [...this.#loops].map(async ([nodeId, { engine, places, state }]) => {
        // What cannot be told of one node is no reason to tell of none.
        const usage = await engine?.usage(nodeId, places).catch(() => undefined);
        return usage ? [{ nodeId, serviceId: state.serviceId, ...usage }] : [];
      }),
    );
    return all.flat();
  }

  /** The same as control makes metrics of it. */
  async samples(): Promise<MetricSample[]> {
    return this.#meter.read(await this.usage(), (id) => this.#loops.get(id)?.starts ?? 0);
  }

  /** Ends the work of this object. "stop": nodes are stopped first; "leave": they run on, and the next runtime adopts them. */
  async close(nodes: "stop" | "leave"): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    const loops = [...this.#loops.values()];
    for (const loop of loops) {
      if (nodes === "stop") loop.stop();
      else loop.leave();
    }
    await Promise.all(loops.map((loop) => loop.ended));
    await Promise.all(Object.values(this.#options.engines).map((engine) => engine.close()));
  }

  #changed(engine: Engine, id: string | undefined): void {
    if (id !== undefined) {
      this.#loops.get(id)?.notify();
      return;
    }
    for (const loop of this.#loops.values()) loop.notify();
    this.#endLeftovers(engine);
  }

  /** Ends nodes of this platform that an engine has and nobody wants: left by a runtime whose folder was lost, or whose engine was away. */
  #endLeftovers(engine: Engine): void {
    void engine
      .list([...this.#loops.keys()])
      .then((ids) => {
        for (const id of ids) {
          const isWanted = this.#loops.has(id) || (this.#wanted?.has(id) ?? true);
          if (nodeIdPattern.test(id) && !isWanted && !this.#isClosed) this.#add(id, undefined);
        }
      })
      .catch(() => {}); // it is away: it is asked again when it is back
  }

  #add(id: string, node: ContainerNodeObject | undefined): NodeLoop {
    const loop = new NodeLoop(node, id, { ...this.#settings, folder: join(this.#options.folder, id) });
    this.#loops.set(id, loop);
    void loop.ended.then(() => this.#forget(id, loop));
    return loop;
  }

  #forget(id: string, loop: NodeLoop): void {
    if (this.#loops.get(id) !== loop) return;
    this.#loops.delete(id);
    const { wanted } = loop;
    // It was wanted again while the last of it was taken away.
    if (wanted) this.#add(id, wanted);
  }
}

/** Chooses for a node that names no engine: its images decide, and what there is. */
async function chooseEngine(
  { containers }: ContainerNodeObject,
  { docker }: Readonly<Record<ContainerEngine, Engine>>,
): Promise<ContainerEngine> {
  const folders = containers.filter(({ image }) => isFolderImage(image));
  if (folders.length === containers.length) return "process";
  const foreign = containers.filter(
    ({ image, storedImage }) => !isFolderImage(image) && storedImage === undefined,
  );
  const [needsDocker] = foreign;
  if (folders.length > 0 && needsDocker)
    throw new Error(
      `Cannot run images "${folders[0]?.image}" and "${needsDocker.image}" in one node: the first needs this machine, the other a container engine`,
    );
  if (folders.length > 0) return "process";
  const state = await docker.describe();
  if (state.isPresent) return "docker";
  if (needsDocker) throw new Error(`Cannot run image "${needsDocker.image}": ${state.detail}`);
  return "process";
}
