// What a shim writes down about the one instance it watches: which processes there are, what they were started
// from, and how it ended. The record is all that a restarted runtime needs to take an instance over.

import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { InstanceLimits } from "#contract";
import { readJsonFile, replaceFile } from "./json-file.ts";
import { isProcessIdentity, type ProcessIdentity } from "./process-identity.ts";

/** What a shim is told in JSON: an instance's as its one argument, a container's, which holds secrets, at its standard input. */
export interface ShimOrder {
  /** The instance's folder: its record and its log are here. */
  readonly folder: string;
  /** Stands for what is run, so that a later runtime can tell whether it is what it wants. */
  readonly digest: string;
  readonly command: readonly string[];
  readonly workingFolder: string;
  readonly host: string;
  readonly port: number;
  readonly graceMs: number;
  readonly logOctets: number;
  /** The most it may use. */
  readonly limits?: InstanceLimits;
  /** Present for a container of a node. */
  readonly container?: {
    /** All of its environment. */
    readonly environment: Readonly<Record<string, string>>;
    /** The control group that its node's containers share; empty where there is none. */
    readonly groupFolders: readonly string[];
    /** Whether the program joins the group by itself. */
    readonly joinsByItself: boolean;
    /** Its log, with the time of each line. */
    readonly log: string;
  };
}

/** How an instance ended. */
export interface ShimExit {
  /** Exit status, where it ended by itself. */
  readonly status?: number;
  /** The signal that ended it. */
  readonly signal?: string;
  /** True where the kernel ended it because it had used up its memory. */
  readonly isOutOfMemory?: boolean;
  /** Why it could not be started at all. */
  readonly failure?: string;
}

/** The record in the instance's folder. */
export interface ShimRecord {
  readonly digest: string;
  readonly shim: ProcessIdentity;
  /** The program; absent until it is started. Its pid is its process group's number too. */
  readonly program?: ProcessIdentity;
  /** Why limits that were asked for are not in force. */
  readonly unlimited?: string;
  /** Absent while it runs. */
  readonly exit?: ShimExit;
}

/** Where the record of an instance lies. */
export function recordPath(folder: string): string {
  return join(folder, "record.json");
}

/** Where what an instance writes is kept; of a container, what its shim has to say. */
export function logPath(folder: string): string {
  return join(folder, "log");
}

/** Reads an instance's record. Undefined where there is none or it cannot be read. */
export function readRecord(folder: string): ShimRecord | undefined {
  const value = readJsonFile(recordPath(folder)) as Partial<ShimRecord> | undefined;
  return typeof value?.digest === "string" && isProcessIdentity(value.shim)
    ? (value as ShimRecord)
    : undefined;
}

/** The records in a node's folder, by the name of the container; those that were written. */
export function recordsIn(run: string): Map<string, ShimRecord> {
  if (!existsSync(run)) return new Map();
  return new Map(
    readdirSync(run).flatMap((name) => {
      const record = readRecord(join(run, name));
      return record ? [[name, record] as const] : [];
    }),
  );
}

/** Writes an instance's record. */
export function writeRecord(folder: string, record: ShimRecord): void {
  replaceFile(recordPath(folder), JSON.stringify(record));
}

/** The names that runtime and shim give to files in an instance's folder; a replacement is cut off by a crash only. */
const ownFile = /^(?:record\.json(?:\.\d+\.new)?|log(?:\.1)?)$/;

/**
 * Tells whether a folder is an instance's: a real folder with nothing in it but what runtime and shim write. What is
 * anything else, or a link to it, is somebody else's and is never touched.
 */
export function isInstanceFolder(folder: string): boolean {
  try {
    return lstatSync(folder).isDirectory() && readdirSync(folder).every((name) => ownFile.test(name));
  } catch {
    return false; // gone meanwhile, or not readable
  }
}

/** Removes an instance's folder with what runtime and shim wrote. What somebody else put there stays, and the folder with it. */
export function removeInstanceFolder(folder: string): void {
  const names = readdirSync(folder);
  for (const name of names) if (ownFile.test(name)) rmSync(join(folder, name), { force: true });
  if (names.every((name) => ownFile.test(name))) rmdirSync(folder);
}
