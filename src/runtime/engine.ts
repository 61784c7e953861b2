// The port behind which nodes of container services run: what is there of a node, starting one of its containers, ending all of it.
// `process` (process-engine.ts) and `docker` (docker-engine.ts) implement it, and node-runtime.contract.ts holds both to the same behaviour.
// When something is started, tried again or given up is not decided here: that is the node's loop (node-loop.ts).

import type {
  Container,
  ContainerEngine,
  ContainerNodeObject,
  EngineImages,
  EngineState,
  NodeUsage,
} from "#contract";

/** A node with all that it takes to start it. */
export interface NodePlan {
  readonly node: ContainerNodeObject;
  /** The environment of a container, opened. */
  readonly environmentOf: (container: string) => Readonly<Record<string, string>>;
  /** Stands for all that a restart depends on; gives nothing of the environment away. */
  readonly digest: string;
}

/** How a container ended. */
export interface ContainerExit {
  readonly status?: number;
  readonly signal?: string;
  readonly isOutOfMemory?: boolean;
  /** Why it could not be started at all. */
  readonly failure?: string;
}

/** What is there of a container. */
export interface FoundContainer {
  readonly name: string;
  readonly isRunning: boolean;
  readonly pid?: number;
  readonly exit?: ContainerExit;
}

/** What is there of a node. */
export interface FoundNode {
  /** The digest that its containers were started from; undefined where they do not agree, or say none. */
  readonly digest: string | undefined;
  readonly containers: readonly FoundContainer[];
  /** Why limits are not in force. */
  readonly unlimited?: string;
}

/** Where the containers of a node keep what they write. */
export interface NodePlaces {
  /** A folder of the node's own for whatever the engine keeps on disk, made by the engine, removed when it ended the node. */
  readonly run: string;
  /** The log of a container: a line each, with its time (timed-log.ts). */
  readonly logOf: (container: string) => string;
}

/** Thrown where an engine cannot be asked at all: what runs there may well run on. */
export class EngineAway extends Error {
  override name = "EngineAway";
}

/** Runs containers. What it cannot do it throws, in words for people; {@link EngineAway} where it cannot be asked. */
export interface Engine {
  readonly name: ContainerEngine;
  /** Whether it is there, and what it is. Throws nothing. */
  describe(): Promise<EngineState>;
  /** Images of its own store. Throws nothing. */
  images(): Promise<EngineImages>;
  /** What is there of a node; undefined where nothing is. */
  find(id: string, places: NodePlaces): Promise<FoundNode | undefined>;
  /** Ids of all nodes of this platform that something is there of; `known` are folders that nodes had. */
  list(known: readonly string[]): Promise<string[]>;
  /** Gets ready what the containers share. Nothing of the node is there. */
  prepare(plan: NodePlan, places: NodePlaces): Promise<void>;
  /** Starts one container of a prepared node; the first is the one that the public endpoint names, where there is one. */
  start(plan: NodePlan, container: Container, places: NodePlaces): Promise<void>;
  /** Ends all of a node, each container with its grace period, and removes what the engine keeps of it. Logs stay. */
  end(id: string, places: NodePlaces, graceMs: number): Promise<void>;
  /** Sees to it that what containers have written is in their logs: before one that ended is told of. */
  flush(id: string, places: NodePlaces): Promise<void>;
  /** What a node uses; undefined where that cannot be told. */
  usage(id: string, places: NodePlaces): Promise<Omit<NodeUsage, "nodeId" | "serviceId"> | undefined>;
  /** TCP ports that a container listens on, where that can be told. */
  listeningPorts(id: string, container: string, places: NodePlaces): Promise<number[] | undefined>;
  /** Told when something of a node may have changed; with undefined, of any. */
  onChange: ((id: string | undefined) => void) | undefined;
  /** Ends the engine's own work here. What runs, runs on. */
  close(): Promise<void>;
}
