// What a shim writes down about the one instance it watches: which processes there are, what they were started
// from, and how it ended. The record is all that a restarted runtime needs to take an instance over.

import { join } from "node:path";
import { readJsonFile, replaceFile } from "./json-file.ts";
import { isProcessIdentity, type ProcessIdentity } from "./process-identity.ts";

/** What a shim is told, as its one argument in JSON. */
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
}

/** How an instance ended. */
export interface ShimExit {
  /** Exit status, where it ended by itself. */
  readonly status?: number;
  /** The signal that ended it. */
  readonly signal?: string;
  /** Why it could not be started at all. */
  readonly failure?: string;
}

/** The record in the instance's folder. */
export interface ShimRecord {
  readonly digest: string;
  readonly shim: ProcessIdentity;
  /** The program; absent until it is started. Its pid is its process group's number too. */
  readonly program?: ProcessIdentity;
  /** Absent while it runs. */
  readonly exit?: ShimExit;
}

/** Where the record of an instance lies. */
export function recordPath(folder: string): string {
  return join(folder, "record.json");
}

/** Where what an instance writes is kept. */
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

/** Writes an instance's record. */
export function writeRecord(folder: string, record: ShimRecord): void {
  replaceFile(recordPath(folder), JSON.stringify(record));
}
