// A small client of the Docker-compatible API: what the runtime needs of it, typed, and nothing more. Docker and Podman speak it. Answers are
// checked here, once; members that are not needed are not looked at.

import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { z } from "zod";
import { DockerTransport, EngineRefusal, type EngineRequest } from "./docker-transport.ts";

/** The newest version of the API that this was written for; newer engines are asked to speak it, older ones to speak their own. */
const ourVersion = [1, 44] as const;

/** An image of the engine's store. */
export interface DockerImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null | undefined;
  /** Seconds since 1970, or a date. */
  readonly Created: number | string;
  readonly Size: number;
}
const image: z.ZodType<DockerImage> = z.object({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  Created: z.union([z.number(), z.string()]),
  Size: z.number().default(0),
});

/** A container as it is listed. */
export interface ListedContainer {
  readonly Id: string;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly State: string;
}
const containerId = z.string().regex(/^[0-9a-f]{12,64}$/);
const listedContainer: z.ZodType<ListedContainer> = z.object({
  Id: containerId,
  Labels: z.record(z.string(), z.string()).nullish(),
  State: z.string(),
});

/** A container as it is inspected. */
export interface InspectedContainer {
  readonly State: {
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Error: string;
  };
}
const inspectedContainer: z.ZodType<InspectedContainer> = z.object({
  State: z.object({
    Running: z.boolean(),
    Pid: z.number().default(0),
    ExitCode: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(""),
  }),
});

/** What a container uses. */
export interface DockerStats {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly memory_stats: {
    readonly usage: number;
    readonly stats?: Readonly<Record<string, unknown>> | null | undefined;
  };
}
const stats: z.ZodType<DockerStats> = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number().default(0),
    stats: z.record(z.string(), z.unknown()).nullish(),
  }),
});

const version = z.object({
  Version: z.string().max(100),
  Components: z.array(z.object({ Name: z.string().max(100) })).nullish(),
});
const info = z.object({ InitBinary: z.string().nullish(), CgroupDriver: z.string().nullish() });

/** What a container is created from. */
export interface ContainerOrder {
  readonly Image: string;
  readonly Cmd?: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

/** Talks to the engine behind one socket. Throws `EngineAway` and `EngineRefusal` as the transport does. */
export class DockerClient {
  readonly #transport: DockerTransport;
  #prefix: string | undefined;

  constructor(socket: string) {
    this.#transport = new DockerTransport(socket);
  }

  get socket(): string {
    return this.#transport.socket;
  }

  /** Asks whether it is there, and agrees on a version of the API. */
  async ping(timeoutMs: number = 5000): Promise<void> {
    const { headers } = await this.#transport.ask({ path: "/_ping", timeoutMs, maxOctets: 4096 });
    const said = /^(\d{1,3})\.(\d{1,3})$/.exec(String(headers["api-version"] ?? ""));
    if (!said) throw this.#transport.unreadable("its version");
    const theirs = [Number(said[1]), Number(said[2])] as const;
    const isOlder = theirs[0] < ourVersion[0] || (theirs[0] === ourVersion[0] && theirs[1] < ourVersion[1]);
    this.#prefix = `/v${(isOlder ? theirs : ourVersion).join(".")}`;
  }

  /** Its name and version. */
  async version(): Promise<string> {
    const { Components: components, Version: number } = await this.#json({ path: "/version" }, version);
    return `${components?.[0]?.Name ?? "Docker-compatible engine"} ${number}`;
  }

  /** Whether it has a program that can be the first process of a container and collect what others leave. */
  async hasInit(): Promise<boolean> {
    return ((await this.#json({ path: "/info" }, info)).InitBinary ?? "") !== "";
  }

  images(): Promise<DockerImage[]> {
    return this.#json({ path: "/images/json" }, z.array(image));
  }

  /** An image by its reference. Undefined where there is none. */
  image(reference: string): Promise<DockerImage | undefined> {
    return orNone(this.#json({ path: `/images/${pathOf(reference)}/json` }, image));
  }

  /** Takes in a tar archive of images, as `docker save` writes it. */
  async load(archive: Readable): Promise<void> {
    const { body } = await this.#ask({
      method: "POST",
      path: "/images/load?quiet=1",
      body: archive,
      timeoutMs: 600_000,
    });
    // Progress has been told by then with status 200; what went wrong after it is in the last of its lines.
    const failed = /"error"\s*:\s*"((?:[^"\\]|\\.){0,500})/.exec(body.toString("utf8"))?.[1];
    if (failed !== undefined) throw new EngineRefusal(500, failed);
  }

  /** Removes an image that no container uses; none where there is none. */
  async removeImage(reference: string): Promise<void> {
    await orNone(this.#ask({ method: "DELETE", path: `/images/${pathOf(reference)}` }));
  }

  /** All containers that have all of some labels, those that ended too. */
  containers(labels: readonly string[]): Promise<ListedContainer[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: labels }));
    return this.#json({ path: `/containers/json?all=true&filters=${filters}` }, z.array(listedContainer));
  }

  /** @returns its id */
  async create(name: string, order: ContainerOrder): Promise<string> {
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    const created = z.object({ Id: containerId });
    return (await this.#json({ method: "POST", path, json: order }, created)).Id;
  }

  async start(id: string): Promise<void> {
    await this.#ask({ method: "POST", path: `/containers/${id}/start`, timeoutMs: 60_000 });
  }

  /** SIGTERM, and SIGKILL after the grace period. Returns once it has ended; so where it had, or is gone. */
  async stop(id: string, graceMs: number): Promise<void> {
    const path = `/containers/${id}/stop?t=${Math.ceil(graceMs / 1000)}`;
    await orNone(this.#ask({ method: "POST", path, timeoutMs: graceMs + 30_000 }));
  }

  async kill(id: string): Promise<void> {
    await orNone(this.#ask({ method: "POST", path: `/containers/${id}/kill?signal=SIGKILL` }));
  }

  /** Removes it, its own volumes too, whether it runs or not. */
  async remove(id: string): Promise<void> {
    await orNone(
      this.#ask({ method: "DELETE", path: `/containers/${id}?force=true&v=true`, timeoutMs: 60_000 }),
    );
  }

  /** Undefined where it is gone. */
  inspect(id: string): Promise<InspectedContainer | undefined> {
    return orNone(this.#json({ path: `/containers/${id}/json` }, inspectedContainer));
  }

  /** Undefined where it is gone or has ended. */
  stats(id: string): Promise<DockerStats | undefined> {
    return orNone(this.#json({ path: `/containers/${id}/stats?stream=false&one-shot=true` }, stats));
  }

  /**
   * What it wrote and writes, in frames (docker-frames.ts), a time before each line.
   * @param since  seconds since 1970
   */
  async logs(id: string, since: number, follow: boolean, signal: AbortSignal): Promise<IncomingMessage> {
    const path = `/containers/${id}/logs?stdout=true&stderr=true&timestamps=true&since=${since}&follow=${follow}`;
    return this.#transport.open({ path: `${await this.#version()}${path}` }, signal);
  }

  /** What happens to containers with a label, a JSON document a line, from now on. */
  async events(label: string, signal: AbortSignal): Promise<IncomingMessage> {
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], label: [label] }));
    return this.#transport.open({ path: `${await this.#version()}/events?filters=${filters}` }, signal);
  }

  /** Forgets what was agreed: the engine may be another one when it is back. */
  forget(): void {
    this.#prefix = undefined;
  }

  async #version(): Promise<string> {
    if (this.#prefix === undefined) await this.ping();
    return this.#prefix ?? "";
  }

  async #ask(order: EngineRequest): ReturnType<DockerTransport["ask"]> {
    return this.#transport.ask({ ...order, path: `${await this.#version()}${order.path}` });
  }

  async #json<T>(order: EngineRequest, schema: z.ZodType<T>): Promise<T> {
    const { body } = await this.#ask(order);
    const what = `its answer to ${order.path.replace(/\?.*/s, "").slice(0, 100)}`;
    let value: unknown;
    try {
      value = JSON.parse(body.toString("utf8"));
    } catch {
      throw this.#transport.unreadable(what); // not JSON
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw this.#transport.unreadable(what);
    return parsed.data;
  }
}

/** Whether a text can be an image's reference or id: nothing that leads elsewhere in a path. */
export function isImageReference(text: string): boolean {
  return /^[a-z0-9][\w.:/@-]{0,1023}$/i.test(text) && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(text);
}

function pathOf(reference: string): string {
  return reference.split("/").map(encodeURIComponent).join("/");
}

/** Undefined in place of the engine's saying that there is no such thing, or not any more. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return undefined;
    throw error;
  }
}
