// The runtime that runs instances as processes of this machine, each below a shim of its own.

import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { InstanceObject, InstanceState, MetricSample } from "#contract";
import { RunningInstance } from "./instance.ts";
import { HeldAddresses } from "./held-addresses.ts";
import { lastLines } from "./log-file.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import { ProcessMeter } from "./process-meter.ts";
import type { Runtime, RuntimeOptions } from "./runtime.ts";
import { isInstanceFolder, logPath, readRecord } from "./shim-record.ts";

/** Ids become names of folders: nothing else is taken. */
const idPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether processes of instances run whose records lie in a folder, with or without a runtime that knows of them. */
export function hasLivingInstances(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((id) => {
    const record = readRecord(join(folder, id));
    return record && (isAlive(record.shim) || (record.program && isAlive(record.program)));
  });
}

/** Runs instances as processes. See {@link Runtime}. */
export class ProcessRuntime implements Runtime {
  readonly #options: Required<RuntimeOptions>;
  readonly #instances = new Map<string, RunningInstance>();
  readonly #meter = new ProcessMeter();

  /** Takes over what an earlier runtime left in the folder; nothing is stopped or started before `apply`. */
  constructor(options: RuntimeOptions) {
    this.#options = {
      graceMs: 10_000,
      backOffMs: 250,
      maxBackOffMs: 30_000,
      logOctets: 4 << 20,
      launchFolder: join(dirname(options.folder), "launched"),
      addresses: new HeldAddresses(),
      ...options,
    };
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  }

  apply(instances: readonly InstanceObject[]): void {
    const wanted = new Map(
      instances.filter(({ id }) => idPattern.test(id)).map((object) => [object.id, object]),
    );
    const known = new Set([...this.#instances.keys(), ...this.#folders()]);
    for (const id of known) {
      if (wanted.has(id)) continue;
      (this.#instances.get(id) ?? this.#add(id, undefined)).want(undefined);
    }
    for (const [id, object] of wanted) {
      const instance = this.#instances.get(id);
      if (instance) instance.want(object);
      else this.#add(id, object);
    }
  }

  states(): InstanceState[] {
    return [...this.#instances.values()].map((instance) => instance.state);
  }

  get isSettled(): boolean {
    return [...this.#instances.values()].every((instance) => instance.isSettled);
  }

  logs(id: string, lines: number): Promise<string[]> {
    return Promise.resolve(
      idPattern.test(id) ? lastLines(logPath(join(this.#options.folder, id)), lines) : [],
    );
  }

  samples(): MetricSample[] {
    const programs = new Map<string, ProcessIdentity>();
    for (const id of this.#instances.keys()) {
      const record = readRecord(join(this.#options.folder, id));
      if (record?.program && !record.exit) programs.set(id, record.program);
    }
    return this.#meter.read(programs);
  }

  async close(instances: "stop" | "leave"): Promise<void> {
    const all = [...this.#instances.values()];
    for (const instance of all) {
      if (instances === "stop") instance.stop();
      else instance.leave();
    }
    await Promise.all(all.map((instance) => instance.ended));
  }

  /** Folders of instances that an earlier runtime had. */
  #folders(): string[] {
    const { folder } = this.#options;
    return readdirSync(folder).filter((name) => idPattern.test(name) && isInstanceFolder(join(folder, name)));
  }

  #add(id: string, object: InstanceObject | undefined): RunningInstance {
    const { folder, launchFolder } = this.#options;
    const own = { folder: join(folder, id), launchFolder: join(launchFolder, id) };
    const instance = new RunningInstance(object, id, { ...this.#options, ...own });
    this.#instances.set(id, instance);
    void instance.ended.then(() => this.#forget(id, instance));
    return instance;
  }

  #forget(id: string, instance: RunningInstance): void {
    if (this.#instances.get(id) !== instance) return;
    this.#instances.delete(id);
    const { wanted } = instance;
    // It was wanted again while the last of it was taken away.
    if (wanted) this.#add(id, wanted);
  }
}
