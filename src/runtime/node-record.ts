// What is kept of a node in its folder, beside what its engine keeps: whose it is, which engine has it, and when it was gone. Its logs are
// kept for a while after that, so that one can read why a deployment failed.
//
//     ID/node.json     this record
//     ID/logs/NAME     the log of a container; NAME.1 is the part before
//     ID/run/          the engine's own

import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ContainerEngine, ContainerNodeObject } from "#contract";
import type { NodePlaces } from "./engine.ts";
import { readJsonFile, replaceFile } from "./json-file.ts";

/** Ids become names of folders: nothing else is taken. */
export const nodeIdPattern: RegExp = /^[A-Za-z0-9_-]{1,64}$/;

/** The record in a node's folder. */
export interface NodeRecord {
  readonly serviceId: string;
  readonly service: string;
  readonly version: number;
  readonly number: number;
  /** Names of its containers: the first part of their logs' names. */
  readonly containers: readonly string[];
  /** Where something of it may be there; absent before it was first started. */
  readonly engine?: ContainerEngine;
  /** What was started last. */
  readonly digest?: string;
  /** Where that was to run. */
  readonly address?: string;
  /** When it was gone, in milliseconds since 1970. Absent: it is not. */
  readonly goneAt?: number;
}

/** Where things of a node lie. */
export function placesOf(folder: string): NodePlaces {
  return { run: join(folder, "run"), logOf: (container) => join(folder, "logs", container) };
}

/** Reads a node's record. Undefined where there is none, or it is none. */
export function readNodeRecord(folder: string): NodeRecord | undefined {
  const value = readJsonFile(join(folder, "node.json")) as Partial<NodeRecord> | undefined;
  return typeof value?.serviceId === "string" && Array.isArray(value.containers)
    ? (value as NodeRecord)
    : undefined;
}

/** Writes a node's record, and makes its folders. */
export function writeNodeRecord(folder: string, record: NodeRecord): void {
  mkdirSync(join(folder, "logs"), { recursive: true, mode: 0o700 });
  replaceFile(join(folder, "node.json"), JSON.stringify(record));
}

/** The record of a node that is wanted: what it says of the engine is kept. */
export function recordFor(node: ContainerNodeObject, earlier: NodeRecord | undefined): NodeRecord {
  const { serviceId, service, version, number } = node;
  const names = node.containers.map(({ name }) => name);
  return {
    serviceId,
    service,
    version,
    number,
    containers: [...new Set([...names, ...(earlier?.containers ?? [])])],
    ...(earlier?.engine ? { engine: earlier.engine } : {}),
    ...(earlier?.digest === undefined ? {} : { digest: earlier.digest }),
  };
}

/** The nodes whose records lie in a folder, those that are gone too, by id. */
export function nodeRecordsIn(folder: string): Map<string, NodeRecord> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder).flatMap((id) => {
      const record = nodeIdPattern.test(id) ? readNodeRecord(join(folder, id)) : undefined;
      return record ? [[id, record] as const] : [];
    }),
  );
}

/** How long logs of nodes that are gone are kept, in milliseconds: Lightsail keeps three days. */
const keptMs = 3 * 86_400_000;
/** How many such nodes of one service at most: of the last deployments. */
const maxKept = 40;

/** Removes what is kept of nodes that have been gone for long, or are too many. */
export function sweepNodes(folder: string, nowMs: number): void {
  const gone = [...nodeRecordsIn(folder)].filter(([, { goneAt }]) => goneAt !== undefined);
  gone.sort(([, a], [, b]) => (b.goneAt ?? 0) - (a.goneAt ?? 0));
  const counts = new Map<string, number>();
  for (const [id, { serviceId, goneAt = 0 }] of gone) {
    const count = (counts.get(serviceId) ?? 0) + 1;
    counts.set(serviceId, count);
    // A clock that was set back makes none of them new.
    if (count > maxKept || Math.abs(nowMs - goneAt) > keptMs)
      rmSync(join(folder, id), { recursive: true, force: true });
  }
}
