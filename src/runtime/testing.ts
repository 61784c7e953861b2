// What tests of this folder and of those above share: folders that go away, free ports, waiting for a condition.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

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
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A TCP port that was free on the address a moment ago. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, address, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
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
