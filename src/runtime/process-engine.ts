// The engine that runs the containers of a node as processes of this machine, each below a shim (shim.ts), all in one control group. They share
// the machine's network: HOST in the environment is the node's own address, PORT where the container is to listen there. An image is a folder
// of this machine (`folder:/path`), or one of the platform's image store, unpacked into a root of its own (image-root.ts).
//
// In a node's folder: a folder for each container with the shim's record; nothing else is needed to take a node over after a crash.

import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { nodePort, type Container, type EngineImages, type EngineState } from "#contract";
import {
  findControlGroups,
  foldersOf,
  forbidProcesses,
  makeGroup,
  processesOf,
  removeGroup,
  usageOf,
  type ControlGroups,
} from "./control-groups.ts";
import type { Engine, FoundNode, NodePlaces, NodePlan } from "./engine.ts";
import { givenEnvironment } from "./given-environment.ts";
import { prepareRoot, whyNoRoots, type RootStart } from "./image-root.ts";
import type { ImageStore } from "./image-store.ts";
import { readProcessUses } from "./process-meter.ts";
import { listeningPortsOf } from "./listening-ports.ts";
import { ownProgram } from "./own-program.ts";
import { isAlive, signalPid, signalProcess } from "./process-identity.ts";
import { removeTree } from "./remove-tree.ts";
import { recordsIn, type ShimRecord } from "./shim-record.ts";
import { startShim } from "./start-shim.ts";
import { endStrays, instanceVariable } from "./strays.ts";

/** Most processes and threads of a node: plenty for ten containers, and few enough that a fork bomb takes nothing from others. */
export const maxNodeProcesses = 1024;
const checkMs = 20;
/** A shim keeps the grace period; so much later it is killed with all that it watches. */
const shimSlackMs = 1000;
/** How the images begin that are folders of this machine. */
const folderPrefix = "folder:";

/** Settings of the engine. */
export interface ProcessEngineOptions {
  readonly graceMs: number;
  /** Size in octets that a container's log may reach before it is moved aside. */
  readonly logOctets: number;
  /** The platform's own images. */
  readonly store: ImageStore;
}

/** Whether an image is a folder of this machine. */
export function isFolderImage(image: string): boolean {
  return image.startsWith(folderPrefix);
}

/** Runs containers as processes. See {@link Engine}. */
export class ProcessEngine implements Engine {
  readonly name = "process";
  readonly #options: ProcessEngineOptions;
  readonly #groups: ControlGroups = findControlGroups();
  onChange: ((id: string | undefined) => void) | undefined;

  constructor(options: ProcessEngineOptions) {
    this.#options = options;
  }

  describe(): Promise<EngineState> {
    const missing = this.#missing();
    const limits = missing === undefined ? "limits by control groups" : `no limits: ${missing}`;
    const roots = whyNoRoots();
    const images = roots === undefined ? "images in roots of their own" : `no images: ${roots}`;
    return Promise.resolve({
      engine: "process",
      isPresent: true,
      detail: `processes of this machine, ${limits}, ${images}`,
    });
  }

  images(): Promise<EngineImages> {
    return Promise.resolve({ images: [] });
  }

  find(id: string, { run }: NodePlaces): Promise<FoundNode | undefined> {
    const records = recordsIn(run);
    if (records.size === 0 && foldersOf(this.#groups, id).length === 0) return Promise.resolve(undefined);
    const digests = new Set([...records.values()].map((record) => record.digest));
    const unlimited = this.#missing();
    return Promise.resolve({
      digest: digests.size === 1 ? [...digests][0] : undefined,
      ...(unlimited === undefined ? {} : { unlimited }),
      containers: [...records].map(([name, record]) => {
        // Without its shim a program has nobody to write to: it counts as ended, and is ended.
        const isRunning = !record.exit && isAlive(record.shim);
        const { exit = { failure: "It was killed together with its shim, and how it ended is not known" } } =
          record;
        return {
          name,
          isRunning,
          ...(record.program ? { pid: record.program.pid } : {}),
          ...(isRunning ? {} : { exit }),
        };
      }),
    });
  }

  list(known: readonly string[]): Promise<string[]> {
    return Promise.resolve([...known]);
  }

  prepare({ node }: NodePlan, { run }: NodePlaces): Promise<void> {
    removeTree(run); // what a start that was cut off left
    mkdirSync(run, { recursive: true, mode: 0o700 });
    if (this.#missing() !== undefined) return Promise.resolve();
    const group = makeGroup(this.#groups, node.id, { ...node.limits, processes: maxNodeProcesses });
    return typeof group === "string"
      ? Promise.reject(new Error(`Cannot limit what it uses: ${group}`))
      : Promise.resolve();
  }

  async start(plan: NodePlan, container: Container, { run, logOf }: NodePlaces): Promise<void> {
    const { node, digest } = plan;
    const { name } = container;
    const port = portOf(plan, container);
    const { graceMs, logOctets } = this.#options;
    const groupFolders = foldersOf(this.#groups, node.id);
    const own = {
      ...plan.environmentOf(name),
      HOST: node.address,
      ...(port === undefined ? {} : { PORT: String(port) }),
    };
    const isFolder = isFolderImage(container.image);
    const start = isFolder
      ? startIn(container, own)
      : { ...(await this.#startOf(container, run, own, groupFolders)), folder: run };
    const record = await startShim(
      {
        folder: join(run, name),
        digest,
        command: start.command,
        workingFolder: start.folder,
        host: node.address,
        port: port ?? 0,
        graceMs,
        logOctets,
        container: {
          environment: { ...start.environment, [instanceVariable]: run },
          groupFolders,
          joinsByItself: !isFolder,
          log: logOf(name),
        },
      },
      () => this.onChange?.(node.id),
    );
    if (!record) throw new Error(`Cannot start container "${name}": its shim ended without a word`);
    if (record.exit?.failure !== undefined) throw new Error(record.exit.failure);
  }

  async end(id: string, { run }: NodePlaces, graceMs: number): Promise<void> {
    const records = [...recordsIn(run).values()];
    for (const { shim, program } of records)
      if (!signalProcess(shim, "SIGTERM") && program) signalPid(-program.pid, "SIGTERM");
    const started = performance.now();
    while (records.some(runs)) {
      const passed = performance.now() - started;
      for (const { shim, program } of records) {
        const isShimLate = passed >= graceMs + shimSlackMs;
        if (program && isAlive(program) && (isShimLate || (!isAlive(shim) && passed >= graceMs)))
          signalPid(-program.pid, "SIGKILL");
        if (isShimLate && (!program || !isAlive(program)) && passed >= graceMs + 2 * shimSlackMs)
          signalProcess(shim, "SIGKILL");
      }
      await pause(checkMs);
    }
    await this.#endGroup(id);
    await endStrays(run, graceMs);
    removeTree(run);
  }

  flush(): Promise<void> {
    return Promise.resolve(); // shims write before they tell of the end
  }

  usage(id: string): ReturnType<Engine["usage"]> {
    return Promise.resolve(usageOf(foldersOf(this.#groups, id)));
  }

  listeningPorts(_id: string, container: string, { run }: NodePlaces): Promise<number[] | undefined> {
    const program = recordsIn(run).get(container)?.program;
    if (!program) return Promise.resolve(undefined);
    const all = readProcessUses().get(program.pid) ?? [];
    return Promise.resolve(listeningPortsOf(all.map(({ pid }) => pid)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A container of an image joins the control group by itself: what it takes to make its root is not counted as its own. */
  #startOf(
    container: Container,
    run: string,
    environment: Readonly<Record<string, string>>,
    groupFolders: readonly string[],
  ): Promise<RootStart> {
    // No container's name has a point.
    return prepareRoot(
      this.#options.store,
      container,
      join(run, `${container.name}.root`),
      environment,
      groupFolders,
    );
  }

  /** Which control group cannot be made, in words. */
  #missing(): string | undefined {
    const { cpu, memory, pids } = this.#groups;
    const lacks = Object.entries({ "processor time": cpu, memory, processes: pids })
      .filter(([, folder]) => folder === undefined)
      .map(([what]) => what);
    return lacks.length === 0
      ? undefined
      : `this system lets the platform make no control group for ${lacks.join(" and ")}`;
  }

  /** Ends what is left in the group, whichever session or group of processes it is in, and removes it. */
  async #endGroup(id: string): Promise<void> {
    const folders = foldersOf(this.#groups, id);
    forbidProcesses(folders);
    for (let left = processesOf(folders); left.length > 0; left = processesOf(folders)) {
      for (const pid of left) signalPid(pid, "SIGKILL");
      await pause(checkMs);
    }
    removeGroup({ folders, home: [] });
  }
}

/** Where a container is to listen: where the edge reaches it, or what stands for its first port. Undefined: it has none. */
function portOf({ node }: NodePlan, { name, ports }: Container): number | undefined {
  const { publicEndpoint } = node;
  if (publicEndpoint?.container === name) return publicEndpoint.listen.port;
  const [first] = Object.keys(ports).map(Number);
  return first === undefined ? undefined : nodePort(first);
}

/** How a command is started in a folder of this machine. */
function startIn(
  { image, command }: Container,
  environment: Readonly<Record<string, string>>,
): RootStart & { readonly folder: string } {
  const folder = image.slice(folderPrefix.length);
  return {
    folder,
    command: command?.length ? command : siteCommand(folder),
    environment: { ...givenEnvironment(process.env), ...environment },
  };
}

/** A folder that has a start page is served as a site. */
function siteCommand(folder: string): string[] {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new Error(`Cannot use "${folder}": it is not a folder`);
  if (existsSync(folder) && !existsSync(join(folder, "index.html")))
    throw new Error(`Cannot run "${folder}": no command is given, and the folder has no index.html to serve`);
  return [...ownProgram("./site-server", import.meta.url), folder];
}

function runs({ shim, program, exit }: ShimRecord): boolean {
  return !exit && (isAlive(shim) || (program !== undefined && isAlive(program)));
}
