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
  if (/^\/(dev|proc)\//.test(path)) return openGiven(path);
  const { fd } = openFile(path);
  return fd;
}

/**
 * Opens a file as {@link openInput} does.
 * @returns its descriptor; and how many octets it has, where it is one that says so: 0 may be said by what makes its contents up
 */
export function openInputFile(path: string): { readonly fd: number; readonly octets: number } {
  return /^\/(dev|proc)\//.test(path) ? { fd: openGiven(path), octets: 0 } : openFile(path);
}

/** Opens what the shell puts in the place of a command, or a device. */
function openGiven(path: string): number {
  const found = statSync(path);
  if (found.isFIFO() && !/^\/(dev\/(fd\/|stdin$)|proc\/)/.test(path)) refusePipe();
  if (found.isSocket()) refuseSocket();
  return openSync(path, constants.O_RDONLY | constants.O_NOCTTY);
}

/** Opens anything else. O_NONBLOCK: a pipe opens at once, and is then seen to be one; to a file it makes no difference. */
function openFile(path: string): { fd: number; octets: number } {
  const fd = openAtOnce(path);
  try {
    const found = fstatSync(fd);
    if (found.isFIFO()) refusePipe();
    return { fd, octets: found.isFile() ? found.size : 0 };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openAtOnce(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO" && statSync(path).isSocket()) refuseSocket();
    throw error;
  }
}

function refusePipe(): never {
  refuse("ENXIO", "it is a pipe: what comes out of one is given as the standard input");
}

function refuseSocket(): never {
  refuse("ENXIO", "it is a socket");
}

/** Reads a file whole. Throws what the system does, and so where it has more than `most` octets, before more is held. */
export function readInputFile(path: string, most: number): Buffer {
  const fd = openInput(path);
  try {
    return readDescriptor(fd, most);
  } finally {
    closeSync(fd);
  }
}

/** Reads what is open already to its end, as {@link readInputFile} does. */
export function readDescriptor(fd: number, most: number): Buffer {
  const found = fstatSync(fd);
  const size = found.isFile() ? found.size : 0;
  if (size > most) refuse("EFBIG", `it has more than ${most} octets`);
  const parts: Buffer[] = [];
  let part = Buffer.alloc(0);
  let used = 0;
  let octets = 0;
  for (;;) {
    if (used === part.length) {
      // What comes an octet at a time shares its room.
      part = Buffer.allocUnsafe(octets === 0 && size > 0 ? size + 1 : chunkOctets);
      parts.push(part);
      used = 0;
    }
    const read = readSync(fd, part, used, part.length - used, null);
    if (read === 0) break;
    used += read;
    octets += read;
    if (octets > most) refuse("EFBIG", `it has more than ${most} octets`);
  }
  parts[parts.length - 1] = part.subarray(0, used);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
