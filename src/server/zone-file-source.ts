// Zone files on disk, read and written piece by piece: a zone of millions of records is never a text in memory.

import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { formatRecord, type ReadOctets, RrClass, ZoneFilePieces } from "#wire";
import type { Rrset } from "#zone";
import { openInputFile } from "./input-file.ts";

/** Characters that are written at once. */
const writtenAtOnce: number = 1 << 16;

const pieces = new ZoneFilePieces();

/** Opens a file for reading in pieces while `act` runs, which opens no other one so. Throws what the system does. */
export function withZoneFile<T>(path: string, act: (text: ZoneFilePieces) => T): T {
  const { fd, octets } = openInputFile(path);
  let left = octets === 0 ? Infinity : octets;
  const read: ReadOctets = (into, at, length) => {
    // What is known to be over is not asked for more: a hundred thousand small files are read so.
    if (left <= 0) return 0;
    const count = readSync(fd, into, at, length, null);
    left -= count;
    return count;
  };
  try {
    return act(pieces.begin(read));
  } finally {
    closeSync(fd);
  }
}

/** Writes RRsets to a file, names in full, in the place of the one that is there. It is on the disk when this returns. Throws what the system does. */
export function writeZoneFile(path: string, rrsets: Iterable<Rrset>): void {
  const fd = openSync(`${path}.new`, "w", 0o600);
  try {
    let text = "";
    for (const { owner, type, ttl, rdata } of rrsets)
      for (const octets of rdata) {
        text += `${formatRecord({ name: owner, type, class: RrClass.IN, ttl, rdata: octets })}\n`;
        if (text.length < writtenAtOnce) continue;
        writeWhole(fd, text);
        text = "";
      }
    writeWhole(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}

function writeWhole(fd: number, text: string): void {
  const octets = Buffer.from(text, "latin1");
  for (let at = 0; at < octets.length;) at += writeSync(fd, octets, at);
}
