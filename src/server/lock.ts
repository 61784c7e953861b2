// The lock of a data folder: one supervisor at a time. A file that names its holder, pid and start time; made by a
// hard link, so that of two who come at once one wins. The lock of a process that is gone is taken over.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PlatformError } from "#contract/plain";
import { identifyProcess, isAlive, isProcessIdentity, type ProcessIdentity } from "#runtime";

/** A lock that is held. */
export interface Lock {
  /** Gives it back. Also without it the lock ends with its process. */
  release(): void;
}

/** How many times a lock that changes under our hands is looked at again. */
const attempts = 10;

/**
 * Takes the lock of a data folder.
 *
 * Throws `already-running` where a living process holds it.
 */
export function takeLock(path: string): Lock {
  const self = identifyProcess(process.pid);
  if (!self) throw new PlatformError("internal", "Cannot take the lock: this process cannot be identified");
  const mine = `${path}.${process.pid}`;
  const text = JSON.stringify(self);
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (tryLink(mine, path)) return { release: () => release(path, text) };
      const found = read(path);
      const holder = found === undefined ? undefined : parse(found);
      if (holder && isAlive(holder)) {
        throw new PlatformError(
          "already-running",
          `Cannot start on data folder "${folderOf(path)}": process ${holder.pid} runs a platform on it`,
        );
      }
      if (found !== undefined) takeAway(path, found);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new PlatformError(
    "already-running",
    `Cannot start on data folder "${folderOf(path)}": another start is under way`,
  );
}

/** The data folder whose lock lies at run/lock. */
function folderOf(path: string): string {
  return dirname(dirname(path));
}

/** Who holds the lock; undefined where nobody that lives does. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  const text = read(path);
  const holder = text === undefined ? undefined : parse(text);
  return holder && isAlive(holder) ? holder : undefined;
}

/** Moves a stale lock away, and puts it back where somebody else had replaced it by a good one meanwhile. */
function takeAway(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody else took it away
  }
  if (read(aside) !== stale) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function release(path: string, text: string): void {
  if (read(path) === text) rmSync(path, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // nobody holds it, or it was given back just now
  }
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isProcessIdentity(value) ? value : undefined;
  } catch {
    return undefined; // a lock that was cut off names nobody
  }
}
