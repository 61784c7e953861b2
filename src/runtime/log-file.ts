// Log files that programs write to directly, so that they need nobody at the other end of a pipe: kept within a
// size by moving the content aside while the program goes on writing (it appends, so its next line lands at the
// new end), and read from the end.

import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";

/** The most that is read of a log for its last lines, in octets. */
const maxTailOctets = 1 << 20;

/** Opens a log for a program to write to: created with mode 0600, every write at the end. */
export function openLog(path: string): number {
  return openSync(path, "a", 0o600);
}

/**
 * Moves the content of a log to `PATH.1` where it has grown over a size: the end of it, as much as the size allows.
 * What was in `PATH.1` is dropped, and what is written while the copy is made may be. Where there is no room for the
 * copy the content is dropped too: a log must not be what keeps a disk full.
 *
 * @returns true where the log is empty now
 */
export function rotateLog(path: string, maxOctets: number): boolean {
  try {
    const { size } = statSync(path);
    if (size <= maxOctets) return false;
    keepEnd(path, size, maxOctets);
    truncateSync(path, 0);
    return true;
  } catch {
    return false; // no such log yet
  }
}

/** Puts the end of a log into its older part; where there is no room for it, the older part goes too. */
function keepEnd(path: string, size: number, maxOctets: number): void {
  try {
    writeFileSync(`${path}.1`, readPart(path, size - maxOctets, maxOctets), { mode: 0o600 });
  } catch {
    // A full disk: half a part is worth less than the room.
    rmSync(`${path}.1`, { force: true, recursive: true });
  }
}

/** Reads a part of a file; less where the file ends before. */
function readPart(path: string, from: number, octets: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    const part = new Uint8Array(octets);
    return part.subarray(0, readSync(file, part, 0, octets, from));
  } finally {
    closeSync(file);
  }
}

/** The last lines of a log and of its older part, oldest first, without line ends. Octets that are no UTF-8 are shown as U+FFFD. */
export function lastLines(path: string, count: number): string[] {
  const lines = tail(path, count);
  return lines.length < count ? [...tail(`${path}.1`, count - lines.length), ...lines] : lines;
}

function tail(path: string, count: number): string[] {
  let size: number;
  let octets: Uint8Array;
  try {
    ({ size } = statSync(path));
    octets = readPart(path, Math.max(0, size - maxTailOctets), Math.min(size, maxTailOctets));
  } catch {
    return []; // nothing was logged, or it cannot be read
  }
  const lines = new TextDecoder().decode(octets).split("\n");
  if (lines.at(-1) === "") lines.pop();
  // The first line of a part that does not start the file is cut.
  if (size > maxTailOctets) lines.shift();
  return lines.slice(-count);
}
