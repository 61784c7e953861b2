// What tests of this folder and of those above share: folders that go away, free ports, waiting for a condition.

import { createSocket } from "node:dgram";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeTree } from "./remove-tree.ts";

export { removeTree } from "./remove-tree.ts";
export { ArchiveFailure } from "./tar-reader.ts";
export { tarArchive } from "./tar-writer.ts";
export { ociArchive, savedArchive } from "./testing-images.ts";
export { unpackLayer } from "./unpack-layer.ts";

/** Makes an empty folder below the system's temporary one; the caller gives it back to {@link removeFolder}. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "fairlead-test-"));
}

/** Removes a folder with all that is in it. */
export function removeFolder(folder: string): void {
  removeTree(folder);
}

/** Ports that tests of this process were given. */
const given = new Set<number>();

/**
 * A port of an address that was free a moment ago, for TCP and UDP, and that no other test of this process was given. It is none of those
 * that the system gives to outgoing connections: one of these could take it before the test does. Nor does a platform of a test have it, whose ports
 * end in 00, 01, 43, 53 and 80.
 */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = 10_102 + Math.floor(Math.random() * 226) * 100 + Math.floor(Math.random() * 40);
    if (given.has(port) || !(await isFree(address, port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(address: string, port: number): Promise<boolean> {
  const stream = createServer();
  const datagrams = createSocket({ type: "udp4", reuseAddr: false });
  try {
    await new Promise<void>((resolve, reject) => {
      stream.once("error", reject);
      stream.listen(port, address, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      datagrams.once("error", reject);
      datagrams.bind(port, address, resolve);
    });
    return true;
  } catch {
    return false; // somebody has it
  } finally {
    datagrams.close();
    await new Promise((resolve) => stream.close(resolve));
  }
}

type Falsy = false | undefined | null | 0 | "";

/**
 * Waits until a condition holds: tries it again every few milliseconds, and fails with its name at the deadline.
 *
 * @returns what the condition gave
 */
export async function until<T>(
  name: string,
  condition: () => T | Falsy | Promise<T | Falsy>,
  deadlineMs = 10_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() >= end) throw new Error(`Waited ${deadlineMs} ms in vain: ${name}`);
    await pause(10);
  }
}
