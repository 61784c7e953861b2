// Writes a file of the user's for a command: whole, or not at all. A full disk or an end in the midst leaves what was there; who reads it meanwhile has the old one.

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";

/** Characters that are written at once. */
const writtenAtOnce: number = 1 << 16;

/**
 * Puts text in the place of a file, which keeps its permissions and its owner where that may be. What is no file, such as a pipe or a device, is written to as it is.
 * Throws what the system does.
 * @param mode  of a file that is new
 */
export function writeOutput(path: string, pieces: Iterable<string>, mode: number): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && !found.isFile()) {
    const fd = openSync(path, "w");
    try {
      writePieces(fd, pieces);
    } finally {
      closeSync(fd);
    }
    return;
  }
  const target = found ? realpathSync(path) : path;
  const beside = `${target}.new`;
  rmSync(beside, { force: true });
  // Nobody else's: neither what a link there leads to, nor what another process writes.
  const fd = openSync(beside, "wx", mode);
  try {
    try {
      if (found) keepRights(fd, found);
      writePieces(fd, pieces);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function keepRights(fd: number, found: { uid: number; gid: number; mode: number }): void {
  try {
    fchownSync(fd, found.uid, found.gid);
  } catch {
    // Only the administrator gives files away.
  }
  fchmodSync(fd, found.mode & 0o777);
}

function writePieces(fd: number, pieces: Iterable<string>): void {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < writtenAtOnce) continue;
    writeFileSync(fd, text);
    text = "";
  }
  writeFileSync(fd, text);
}
