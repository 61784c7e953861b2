// What tests of this folder and of those above share: folders that go away, places to listen at, waiting for a condition.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeTree } from "./remove-tree.ts";

export { removeTree } from "./remove-tree.ts";
export { ArchiveFailure } from "./tar-reader.ts";
export { tarArchive } from "./tar-writer.ts";
export { ociArchive, savedArchive } from "./testing-images.ts";
export {
  claimNetwork,
  claimPlace,
  freePort,
  type ClaimedNetwork,
  type ClaimedPlace,
} from "./testing-places.ts";
export { unpackLayer } from "./unpack-layer.ts";

/** Makes an empty folder below the system's temporary one; the caller gives it back to {@link removeFolder}. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "fairlead-test-"));
}

/** Removes a folder with all that is in it. */
export function removeFolder(folder: string): void {
  removeTree(folder);
}

type Falsy = false | undefined | null | 0 | "";

/**
 * Waits until a condition holds: tries it again every few milliseconds, and fails with its name at the deadline, which is there against hanging
 * alone: a machine may be busy.
 *
 * @returns what the condition gave
 */
export async function until<T>(
  name: string,
  condition: () => T | Falsy | Promise<T | Falsy>,
  deadlineMs = 60_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() >= end) throw new Error(`Waited ${deadlineMs} ms in vain: ${name}`);
    await pause(10);
  }
}
