// The engine that runs the containers of a node through a Docker-compatible API (docker-client.ts): Docker or Podman. The container that the
// public endpoint names owns the node's network and publishes its port at the node's address; the others join that network, so that they reach
// each other at localhost. Labels say which platform, node and version a container is of: by them a runtime finds its own again, and what is
// another platform's or a person's is never touched.

import { mkdirSync } from "node:fs";
import type { Container, EngineImages, EngineState } from "#contract";
import {
  DockerClient,
  isImageReference,
  type ContainerOrder,
  type ListedContainer,
} from "./docker-client.ts";
import { DockerLog } from "./docker-log.ts";
import { EngineRefusal } from "./docker-transport.ts";
import {
  EngineAway,
  type Engine,
  type FoundContainer,
  type FoundNode,
  type NodePlaces,
  type NodePlan,
} from "./engine.ts";
import { EngineImagesOfStore } from "./engine-images.ts";
import type { ImageStore } from "./image-store.ts";
import type { DockerPlace } from "./find-docker.ts";
import { startOrder } from "./node-plan.ts";
import { dirname } from "node:path";
import { listeningPortsAround } from "./listening-ports.ts";
import { rlimitOf } from "./rlimits.ts";

/** Most processes and threads of one container. */
const maxProcesses = 1024;
/** The exit status that engines give what SIGKILL ended. */
const killedStatus = 128 + 9;
/** Processor time is counted over so many microseconds. */
const cpuPeriodUs = 100_000;
/** Descriptors and processes that a container may be given at most; less where this platform may have less itself. */
const mostFiles = 65_536;
const mostUserProcesses = 32_768;
/** What no web service needs of what engines give by default. */
const droppedCapabilities = ["AUDIT_WRITE", "MKNOD", "NET_RAW"] as const;
/** What containers write is kept by this platform; the engine's own copy is bounded. Docker and Podman know this kind, whatever their default is. */
const logConfig = { Type: "json-file", Config: { "max-size": "10m" } } as const;
/** Followers of logs that are remembered at most before those that have ended are forgotten. */
const maxLogs = 1000;
/** The pauses before events are asked for again, in milliseconds: first, and longest. */
const eventPausesMs = [500, 30_000] as const;
/** How long an answer about the engine itself is taken to hold, in milliseconds. */
const describedMs = 2000;

const labels = {
  platform: "fairlead.platform",
  node: "fairlead.node",
  container: "fairlead.container",
  digest: "fairlead.digest",
  owner: "fairlead.network-owner",
} as const;

/** Settings of the engine. */
export interface DockerEngineOptions {
  readonly place: DockerPlace;
  /** Which platform containers are of: nothing of another one's is touched. */
  readonly platformId: string;
  readonly logOctets: number;
  /** The platform's own images. */
  readonly store: ImageStore;
}

/** Runs containers through a Docker-compatible API. See {@link Engine}. */
export class DockerEngine implements Engine {
  readonly name = "docker";
  readonly #options: DockerEngineOptions;
  readonly #client: DockerClient | undefined;
  readonly #images: EngineImagesOfStore;
  readonly #logs: Map<string, DockerLog> = new Map();
  readonly #pids: Map<string, number> = new Map();
  readonly #end: AbortController = new AbortController();
  #hasInit: boolean | undefined;
  #isWatching = false;
  #wasAway = false;
  #described: { at: number; state: EngineState } | undefined;
  onChange: ((id: string | undefined) => void) | undefined;

  constructor(options: DockerEngineOptions) {
    this.#options = options;
    const { socket } = options.place;
    this.#images = new EngineImagesOfStore(options.store, options.platformId);
    this.#client = socket === undefined ? undefined : new DockerClient(socket);
  }

  async describe(): Promise<EngineState> {
    if (this.#described && performance.now() - this.#described.at < describedMs) return this.#described.state;
    const { socket, reason = "There is no container engine" } = this.#options.place;
    let state: EngineState = { engine: "docker", isPresent: false, detail: reason };
    if (this.#client && socket !== undefined) {
      try {
        await this.#client.ping();
        state = { engine: "docker", isPresent: true, detail: await this.#client.version(), socket };
      } catch (error) {
        state = { ...state, detail: (error as Error).message, socket };
      }
    }
    this.#described = { at: performance.now(), state };
    return state;
  }

  async images(): Promise<EngineImages> {
    try {
      const found = await this.#ask((client) => client.images());
      return {
        images: found.map(({ Id: id, RepoTags: references, Created: created, Size: octets }) => ({
          id,
          references: [...(references ?? [])],
          createdAt: typeof created === "number" ? created * 1000 : Date.parse(created) || 0,
          octets,
        })),
      };
    } catch (error) {
      return { images: [], reason: (error as Error).message };
    }
  }

  async find(id: string, places: NodePlaces): Promise<FoundNode | undefined> {
    return this.#ask(async (client) => {
      const containers = await client.containers([this.#platformLabel, `${labels.node}=${id}`]);
      if (containers.length === 0) return undefined;
      const digests = new Set(containers.map((one) => labelOf(one, labels.digest)));
      return {
        digest: digests.size === 1 ? [...digests][0] : undefined,
        containers: await Promise.all(containers.map((one) => this.#found(client, one, places))),
      };
    });
  }

  async list(): Promise<string[]> {
    return this.#ask(async (client) => {
      const containers = await client.containers([this.#platformLabel]);
      await this.#images.sweep(client);
      return [...new Set(containers.map((one) => labelOf(one, labels.node)))].filter((id) => id !== "");
    });
  }

  async prepare({ node }: NodePlan, places: NodePlaces): Promise<void> {
    for (const { name, image, storedImage } of node.containers) {
      if (storedImage === undefined && !isImageReference(image))
        throw new Error(`Cannot run container "${name}": "${image}" is no reference to an image`);
      mkdirSync(dirname(places.logOf(name)), { recursive: true, mode: 0o700 });
    }
    await this.#ask(async (client) => {
      this.#hasInit ??= await client.hasInit();
    });
  }

  async start(plan: NodePlan, container: Container, places: NodePlaces): Promise<void> {
    const { node } = plan;
    const { name } = container;
    await this.#ask(async (client) => {
      const image = await this.#imageOf(client, container);
      const isOwner = startOrder(node)[0]?.name === name;
      const owner = isOwner ? undefined : await this.#ownerOf(client, node.id);
      const order = this.#orderFor(plan, container, image, owner);
      try {
        const id = await client.create(this.#nameOf(node.id, name), order);
        await client.start(id);
        this.#followLog(client, id, places.logOf(name));
      } catch (error) {
        if (!(error instanceof EngineRefusal)) throw error;
        throw new Error(`Cannot start container "${name}": ${error.message}`, { cause: error });
      }
    });
  }

  async end(id: string, _places: NodePlaces, graceMs: number): Promise<void> {
    await this.#ask(async (client) => {
      const containers = await client.containers([this.#platformLabel, `${labels.node}=${id}`]);
      const isOwner = (one: ListedContainer): boolean => labelOf(one, labels.owner) !== "";
      await Promise.all(containers.map((one) => client.stop(one.Id, graceMs).catch(refusalIsNoMatter)));
      await this.flush(id, _places);
      // Whoever joined a network goes before the one that owns it.
      for (const one of containers.filter((each) => !isOwner(each))) await this.#remove(client, one.Id);
      for (const one of containers.filter(isOwner)) await this.#remove(client, one.Id);
    });
  }

  async flush(id: string, places: NodePlaces): Promise<void> {
    await this.#ask(async (client) => {
      const containers = await client.containers([this.#platformLabel, `${labels.node}=${id}`]);
      await Promise.all(
        containers.map((one) =>
          this.#followLog(client, one.Id, places.logOf(labelOf(one, labels.container))).settle(),
        ),
      );
    });
  }

  async usage(id: string): ReturnType<Engine["usage"]> {
    return this.#ask(async (client) => {
      const containers = await client.containers([this.#platformLabel, `${labels.node}=${id}`]);
      const all = await Promise.all(
        containers.filter(isRunning).map((one) => client.stats(one.Id).catch(refusalIsNoMatter)),
      );
      const found = all.filter((one) => one !== undefined);
      if (found.length === 0) return undefined;
      return {
        cpuSeconds: found.reduce((sum, one) => sum + one.cpu_stats.cpu_usage.total_usage / 1e9, 0),
        memoryOctets: found.reduce((sum, { memory_stats: { usage, stats } }) => {
          const cached = stats?.["total_inactive_file"] ?? stats?.["inactive_file"];
          return sum + Math.max(0, usage - (typeof cached === "number" ? cached : 0));
        }, 0),
      };
    });
  }

  async listeningPorts(id: string, container: string): Promise<number[] | undefined> {
    return this.#ask(async (client) => {
      const containers = await client.containers([this.#platformLabel, `${labels.node}=${id}`]);
      const one = containers.find((each) => labelOf(each, labels.container) === container);
      const pid = one && (await client.inspect(one.Id))?.State.Pid;
      return pid ? listeningPortsAround(pid) : undefined;
    });
  }

  close(): Promise<void> {
    this.#end.abort();
    for (const log of this.#logs.values()) log.close();
    return Promise.resolve();
  }

  get #platformLabel(): string {
    return `${labels.platform}=${this.#options.platformId}`;
  }

  /** Names are unique in an engine: two platforms on one must not meet. */
  #nameOf(nodeId: string, container: string): string {
    return `fairlead-${this.#options.platformId.slice(0, 8)}-${nodeId}-${container}`;
  }

  /** Does something with the engine, and keeps watch on it from then on. */
  async #ask<T>(run: (client: DockerClient) => Promise<T>): Promise<T> {
    if (!this.#client) throw new EngineAway(this.#options.place.reason ?? "There is no container engine");
    try {
      const value = await run(this.#client);
      this.#wasAway = false;
      void this.#watch(this.#client);
      return value;
    } catch (error) {
      if (error instanceof EngineAway) {
        this.#wasAway = true;
        this.#client.forget();
        this.#hasInit = undefined;
        this.#described = undefined;
        void this.#watch(this.#client);
      }
      throw error;
    }
  }

  /** Tells of events. Where the stream ends, the engine may be another one: all that is known of it is looked at again when it is back. */
  async #watch(client: DockerClient): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    let pauseMs: number = eventPausesMs[0];
    while (!this.#end.signal.aborted) {
      try {
        const events = await client.events(this.#platformLabel, this.#end.signal);
        if (this.#wasAway) this.onChange?.(undefined);
        this.#wasAway = false;
        for await (const octets of events as AsyncIterable<Buffer>) {
          pauseMs = eventPausesMs[0];
          // What happened is asked for anyway: all that matters of an event is whose it is.
          const node = new RegExp(`"${labels.node}":"([A-Za-z0-9_-]{1,64})"`).exec(
            octets.toString("utf8"),
          )?.[1];
          this.onChange?.(node);
        }
      } catch {
        // Nodes are looked at from time to time without events too.
      }
      this.#wasAway = true;
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      pauseMs = Math.min(2 * pauseMs, eventPausesMs[1]);
    }
  }

  async #found(client: DockerClient, one: ListedContainer, places: NodePlaces): Promise<FoundContainer> {
    const name = labelOf(one, labels.container);
    this.#followLog(client, one.Id, places.logOf(name));
    const known = this.#pids.get(one.Id);
    if (isRunning(one) && known !== undefined) return { name, isRunning: true, pid: known };
    const state = (await client.inspect(one.Id))?.State;
    if (state?.Running) {
      if (state.Pid > 0) this.#pids.set(one.Id, state.Pid);
      return { name, isRunning: true, ...(state.Pid > 0 ? { pid: state.Pid } : {}) };
    }
    if (!state) return { name, isRunning: false };
    const isFailure = state.Error !== "";
    return {
      name,
      isRunning: false,
      exit: isFailure
        ? { failure: `It could not be started: ${state.Error.slice(0, 500)}` }
        : {
            ...(state.ExitCode === killedStatus ? { signal: "SIGKILL" } : { status: state.ExitCode }),
            ...(state.OOMKilled ? { isOutOfMemory: true } : {}),
          },
    };
  }

  #followLog(client: DockerClient, id: string, path: string): DockerLog {
    const known = this.#logs.get(id);
    if (known && !known.isOver) return known;
    if (this.#logs.size > maxLogs)
      for (const [other, { isOver }] of this.#logs) if (isOver) this.#logs.delete(other);
    const log = new DockerLog(client, id, path, this.#options.logOctets);
    this.#logs.set(id, log);
    return log;
  }

  async #remove(client: DockerClient, id: string): Promise<void> {
    await client.remove(id);
    this.#logs.get(id)?.close();
    this.#logs.delete(id);
    this.#pids.delete(id);
  }

  async #imageOf(client: DockerClient, { name, image, storedImage }: Container): Promise<string> {
    if (storedImage !== undefined) return this.#images.bring(storedImage, client);
    if (await client.image(image)) return image;
    throw new Error(
      `Cannot start container "${name}": the container engine has no image "${image}"; pull it there, or push one with fairlead push-image`,
    );
  }

  async #ownerOf(client: DockerClient, nodeId: string): Promise<string> {
    const [owner] = await client.containers([
      this.#platformLabel,
      `${labels.node}=${nodeId}`,
      `${labels.owner}=1`,
    ]);
    if (!owner) throw new Error("Cannot join the network of the node: the container that owns it is gone");
    return owner.Id;
  }

  #orderFor(plan: NodePlan, container: Container, image: string, owner: string | undefined): ContainerOrder {
    const { node, digest } = plan;
    const { name, command, ports } = container;
    const { cpus, memoryOctets } = node.limits;
    const { publicEndpoint: endpoint } = node;
    const isPublic = endpoint?.container === name;
    const port = isPublic ? endpoint.port : Number(Object.keys(ports)[0] ?? 0);
    // What a program for the `process` engine is told too; the image's own choice of an address has to be all of them here.
    const environment = {
      ...(port > 0 ? { HOST: "0.0.0.0", PORT: String(port) } : {}),
      ...plan.environmentOf(name),
    };
    const published = isPublic ? { [`${endpoint.port}/tcp`]: endpoint.listen } : {};
    return {
      Image: image,
      ...(command?.length ? { Cmd: command } : {}),
      Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
      Labels: {
        [labels.platform]: this.#options.platformId,
        [labels.node]: node.id,
        [labels.container]: name,
        [labels.digest]: digest,
        ...(owner === undefined ? { [labels.owner]: "1" } : {}),
      },
      // A container that joins a network has no ports of its own.
      ...(owner === undefined
        ? { ExposedPorts: Object.fromEntries(Object.keys(published).map((key) => [key, {}])) }
        : {}),
      HostConfig: {
        NetworkMode: owner === undefined ? "bridge" : `container:${owner}`,
        ...(owner === undefined
          ? {
              PortBindings: Object.fromEntries(
                Object.entries(published).map(([key, listen]) => [
                  key,
                  [{ HostIp: listen.address, HostPort: String(listen.port) }],
                ]),
              ),
            }
          : {}),
        ...(memoryOctets === undefined ? {} : { Memory: memoryOctets, MemorySwap: memoryOctets }),
        ...(cpus === undefined
          ? {}
          : { CpuPeriod: cpuPeriodUs, CpuQuota: Math.max(1000, Math.round(cpus * cpuPeriodUs)) }),
        PidsLimit: maxProcesses,
        Ulimits: [
          { Name: "nofile", ...bothOf(Math.min(rlimitOf("Max open files"), mostFiles)) },
          { Name: "nproc", ...bothOf(Math.min(rlimitOf("Max processes"), mostUserProcesses)) },
        ],
        CapDrop: droppedCapabilities,
        SecurityOpt: ["no-new-privileges"],
        RestartPolicy: { Name: "no" },
        LogConfig: logConfig,
        ...(this.#hasInit ? { Init: true } : {}),
      },
    };
  }
}

function bothOf(limit: number): { Soft: number; Hard: number } {
  return { Soft: limit, Hard: limit };
}

function labelOf({ Labels: all }: ListedContainer, label: string): string {
  return all?.[label] ?? "";
}

function isRunning({ State: state }: ListedContainer): boolean {
  return state === "running" || state === "paused";
}

/** For what is tried on containers that may just have ended. */
function refusalIsNoMatter(error: unknown): undefined {
  if (error instanceof EngineRefusal) return undefined;
  throw error;
}
