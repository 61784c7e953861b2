// Log files that programs write to directly, so that they need nobody at the other end of a pipe: kept within a
// size by moving the content aside while the program goes on writing (it appends, so its next line lands at the
// new end), and read from the end.

import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from "node:fs";

/** The most that is read of a log for its last lines, in octets. */
const maxTailOctets = 1 << 20;

/** Opens a log for a program to write to: created with mode 0600, every write at the end. */
export function openLog(path: string): number {
  return openSync(path, "a", 0o600);
}

/**
 * Moves the content of a log to `PATH.1` where it has grown over a size. What was in `PATH.1` is dropped, and what
 * is written while the copy is made may be.
 *
 * @returns true where it was moved
 */
export function rotateLog(path: string, maxOctets: number): boolean {
  try {
    if (statSync(path).size <= maxOctets) return false;
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    return true;
  } catch {
    return false; // no such log yet, or no room for the copy: the next check tries again
  }
}

/** The last lines of a log and of its older part, oldest first, without line ends. Octets that are no UTF-8 are shown as U+FFFD. */
export function lastLines(path: string, count: number): string[] {
  const lines = tail(path, count);
  return lines.length < count ? [...tail(`${path}.1`, count - lines.length), ...lines] : lines;
}

function tail(path: string, count: number): string[] {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return []; // nothing was logged
  }
  try {
    const { size } = fstatSync(file);
    const octets = new Uint8Array(Math.min(size, maxTailOctets));
    const length = readSync(file, octets, 0, octets.length, size - octets.length);
    const lines = new TextDecoder().decode(octets.subarray(0, length)).split("\n");
    if (lines.at(-1) === "") lines.pop();
    // The first line of a part that does not start the file is cut.
    if (octets.length < size) lines.shift();
    return lines.slice(-count);
  } finally {
    closeSync(file);
  }
}
