// What the runtime is given of container services over the stream (stream.ts), what it tells of them, and what it can be asked: nodes
// with their containers, the state of each, log lines with their times, engines with their images, and what nodes use.
//
// A node is one replica of one version of a service: up to ten containers that share a network and the limits of the service's power.
// Which image `:SERVICE.LABEL.N` stands for is known to control alone; here it comes with its digest in the image store.

import { z } from "zod";
import { socketAddress } from "./edge-objects.ts";
import { instanceLimits } from "./instance-commands.ts";

/** Most containers of a node: Lightsail's own. */
export const maxContainers = 10;

/** What runs containers: processes of this machine, or a Docker-compatible API. */
export const containerEngine = z.enum(["process", "docker"]);
export type ContainerEngine = z.infer<typeof containerEngine>;

/** Lightsail's protocols of a container's port. The runtime opens UDP for UDP and TCP for the others. */
export const containerProtocol = z.enum(["HTTP", "HTTPS", "TCP", "UDP"]);
export type ContainerProtocol = z.infer<typeof containerProtocol>;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** One container of a node. */
export const container = z.strictObject({
  name: z.string().regex(/^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]{1,51}[a-z0-9])$/),
  /**
   * `folder:/absolute/path`: its command runs on this machine in that folder (engine `process`); without a command the folder is served
   * as a site. Else a reference in the engine's store, or with `storedImage` what it is called.
   */
  image: z.string().min(1).max(4096),
  /** The digest in the platform's own image store; absent where the image is not from there. */
  storedImage: digest.optional(),
  /** Takes the place of the image's own command (not of its entry point). Absent or empty: the image's own. */
  command: z.array(z.string()).max(256).optional(),
  /** Ports that it listens on, decimal; what each speaks. */
  ports: z.record(z.string().regex(/^[1-9]\d{0,4}$/), containerProtocol),
});
export type Container = z.infer<typeof container>;

/** What environments of containers are sealed for. */
export const containerEnvironmentPurpose = "container-environment";

/** What a sealed environment is, opened, as JSON: the variables of each container by its name. */
export const containerEnvironments = z.record(z.string(), z.record(z.string(), z.string()));
export type ContainerEnvironments = z.infer<typeof containerEnvironments>;

/** `container-node/ID`: a node that should run. Another `generation`, or anything else of it that differs, is another node in its place. */
export const containerNodeObject = z.strictObject({
  kind: z.literal("container-node"),
  /** Becomes a folder's name. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** Id and name of the container service. Logs are found by the id, also of nodes that are gone. */
  serviceId: z.string(),
  service: z.string(),
  /** The deployment's version, and which of its replicas this is, from 1 on. */
  version: z.int().min(1),
  number: z.int().min(1),
  /** Absent: `process` where all images are folders; else `docker`, or where there is none `process` with images of the store. */
  engine: containerEngine.optional(),
  containers: z.array(container).min(1).max(maxContainers),
  /** The containers' environments (JSON of {@link containerEnvironments}), sealed under `secretId`. Absent: none has any. */
  environment: z.strictObject({ secretId: z.string(), sealed: z.string() }).optional(),
  /** The node's private address: HOST in the environment of its containers, and where ports are opened. */
  address: z.string(),
  /** Where the edge reaches the container that serves. Absent: nothing is opened. */
  publicEndpoint: z
    .strictObject({ container: z.string(), port: z.int().min(1).max(65_535), listen: socketAddress })
    .optional(),
  /** For all containers of the node together. */
  limits: instanceLimits,
  desired: z.enum(["running", "stopped"]),
  /** Grows where the node is to be started anew. Absent: 0. */
  generation: z.int().min(0).optional(),
});
export type ContainerNodeObject = z.infer<typeof containerNodeObject>;

/**
 * The port of a node's address that stands for a container's port: itself from 1024 on, else 8000 more (80 is 8080, 443 is 8443), so that
 * no privilege is needed; a platform with a port offset adds it. PORT in a process's environment says what has become of it.
 */
export function nodePort(containerPort: number, portOffset: number = 0): number {
  const port = (containerPort < 1024 ? containerPort + 8000 : containerPort) + portOffset;
  // What an offset drives over the last port comes in again from 1024 on.
  return port <= 65_535 ? port : port - 65_536 + 1024;
}

const nodeStateName = z.enum(["pending", "running", "stopping", "stopped", "failed"]);

/** State of one container. */
export const containerState = z.strictObject({
  name: z.string(),
  state: nodeStateName,
  /** How often it was started anew since the node was. */
  restarts: z.int().min(0),
  /** The process, where it runs on this machine. */
  pid: z.int().optional(),
  /** Why it failed, in words, and after it the last lines of its log. */
  reason: z.string().optional(),
  /** How it ended last. */
  exitStatus: z.int().optional(),
  signal: z.string().optional(),
  isOutOfMemory: z.boolean().optional(),
});
export type ContainerState = z.infer<typeof containerState>;

/**
 * State of a node. It runs once all its containers do and its public endpoint accepts connections; it has failed as soon as one container
 * ended or could not be started, and is tried again with growing pauses as long as it is wanted.
 */
export const containerNodeState = z.strictObject({
  id: z.string(),
  serviceId: z.string(),
  version: z.int(),
  number: z.int(),
  state: nodeStateName,
  /** The engine that it runs on; absent before one is chosen. */
  engine: containerEngine.optional(),
  /** Why it failed, in words; where it runs: why the engine cannot be asked about it now. */
  reason: z.string().optional(),
  /** Why limits are not in force; absent where they are. */
  unlimited: z.string().optional(),
  /** The generation that runs; absent: 0. */
  generation: z.int().min(0).optional(),
  containers: z.array(containerState),
});
export type ContainerNodeState = z.infer<typeof containerNodeState>;

/** A report of the runtime: a node, each time its state differs. One that is gone is told of as `stopped`, for the last time. */
export const containerNodeReport = z.strictObject({
  type: z.literal("container-node"),
  node: containerNodeState,
});

/** Most log lines that one answer has. */
export const maxLogEvents = 1000;

/** What control can ask the runtime of containers. */
export const containerQuestions = [
  /** Log lines of one container's name in all nodes of a service, oldest first. Answer: {@link containerLogPage}. */
  z.strictObject({
    ask: z.literal("container-logs"),
    serviceId: z.string(),
    container: z.string(),
    /** Milliseconds since 1970: from this one on, and before that one. Absent: no such bound. */
    since: z.number().optional(),
    until: z.number().optional(),
    /** Lightsail's: `""` all lines, `ERROR` those that have it in them, `-ERROR` those that do not. Case counts. */
    filter: z.string().max(1024).optional(),
    /** Where an earlier page ended. */
    pageToken: z.string().max(256).optional(),
    lines: z.int().min(1).max(maxLogEvents),
  }),
  /** What engines there are. Answer: array of {@link engineState}. */
  z.strictObject({ ask: z.literal("container-engines") }),
  /** Images in the `docker` engine's own store. Answer: {@link engineImages}. */
  z.strictObject({ ask: z.literal("container-images") }),
  /** What nodes use. Answer: array of {@link nodeUsage}. */
  z.strictObject({ ask: z.literal("container-usage") }),
] as const;

/** A page of log lines. */
export const containerLogPage = z.strictObject({
  events: z.array(
    z.strictObject({
      /** Milliseconds since 1970. */
      at: z.number(),
      nodeId: z.string(),
      message: z.string(),
    }),
  ),
  /** Absent: there is no more. */
  nextPageToken: z.string().optional(),
  /** True where the token that was given is none. */
  isTokenUnknown: z.boolean().optional(),
});
export type ContainerLogPage = z.infer<typeof containerLogPage>;

/** An engine, whether it is there, and why not. */
export const engineState = z.strictObject({
  engine: containerEngine,
  isPresent: z.boolean(),
  /** In words: what it is and what it lacks, or why it is not there. */
  detail: z.string(),
  /** Path of its socket. */
  socket: z.string().optional(),
});
export type EngineState = z.infer<typeof engineState>;

/** What there is to run containers, as the API shows it. */
export const containerEngineList = z
  .strictObject({
    engines: z.array(engineState),
    /** Those of the container engine's own store. */
    images: z.array(
      z.strictObject({
        id: z.string(),
        references: z.array(z.string()),
        createdAt: z.string(),
        octets: z.number(),
      }),
    ),
  })
  .meta({ id: "ContainerEngineList" });
export type ContainerEngineList = z.infer<typeof containerEngineList>;

/** The images of an engine's own store; a reason where it cannot be asked. */
export const engineImages = z.strictObject({
  images: z.array(
    z.strictObject({
      /** Digest of its configuration. */
      id: z.string(),
      references: z.array(z.string()),
      /** Milliseconds since 1970. */
      createdAt: z.number(),
      octets: z.number(),
    }),
  ),
  reason: z.string().optional(),
});
export type EngineImages = z.infer<typeof engineImages>;

/** What a node has used and uses; metrics are made of the same (`metricSample`). */
export const nodeUsage = z.strictObject({
  nodeId: z.string(),
  serviceId: z.string(),
  /** Processor time since it was started, in seconds. */
  cpuSeconds: z.number(),
  /** Now. */
  memoryOctets: z.number(),
});
export type NodeUsage = z.infer<typeof nodeUsage>;
