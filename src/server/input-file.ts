// Files that somebody names to be read: they may be pipes without an end, devices, folders, or larger than memory. Each is refused in words, before
// anything waits for it or is held for it.

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Octets that are read at once of what does not say how long it is. */
const chunkOctets = 1 << 16;

/** What the system would say, had it a word for it. */
function refuse(code: string, message: string): never {
  throw Object.assign(new Error(message), { code, syscall: "open" });
}

/**
 * Opens a file for reading. A named pipe is none, since nobody may ever write to it; what the shell puts in the place of a command (`<(…)`) is one.
 * Throws what the system does.
 * @returns its descriptor
 */
export function openInput(path: string): number {
  const found = statSync(path);
  if (found.isFIFO() && !/^\/(dev\/(fd\/|stdin$)|proc\/)/.test(path))
    refuse("ENXIO", "it is a pipe: what comes out of one is given as the standard input");
  if (found.isSocket()) refuse("ENXIO", "it is a socket");
  return openSync(path, constants.O_RDONLY | constants.O_NOCTTY);
}

/** Reads a file whole. Throws what the system does, and so where it has more than `most` octets, before more is held. */
export function readInputFile(path: string, most: number): Buffer {
  const fd = openInput(path);
  try {
    const found = fstatSync(fd);
    const size = found.isFile() ? found.size : 0;
    if (size > most) refuse("EFBIG", `it has more than ${most} octets`);
    const parts: Buffer[] = [];
    let octets = 0;
    for (;;) {
      const part = Buffer.allocUnsafe(Math.max(chunkOctets, Math.min(size + 1 - octets, most)));
      const read = readSync(fd, part, 0, part.length, null);
      if (read === 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      octets += read;
      if (octets > most) refuse("EFBIG", `it has more than ${most} octets`);
      parts.push(part.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}
