// Small files that are replaced as a whole: written beside, flushed, renamed. A reader sees the old or the new.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";

/**
 * Replaces a file, mode 0600. After a crash or a loss of power the file is the old one or the new one.
 *
 * Throws what the file system reports; nothing is left behind then.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = openSync(beside, "w", 0o600);
    try {
      const octets = typeof content === "string" ? new TextEncoder().encode(content) : content;
      for (let at = 0; at < octets.length;) at += writeSync(file, octets, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Reads a JSON file. Undefined where there is none, or it is not JSON. */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined; // absent, or cut off: for its readers the same
  }
}
