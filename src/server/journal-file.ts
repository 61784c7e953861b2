// The journal of zones on disk, so that secondaries get differences after a restart too. One file for all zones: records with length and checksum,
// added as they come. What a crash has torn is found and cut off; what a zone's version says to be never there is cut by the journal itself. The file
// is an economy: where it cannot be read or written, zones are transferred whole, and everything else goes on.

import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { crc32 } from "node:zlib";
import { decodeJournalEvent, encodeJournalEvent, type Journal, type JournalEvent } from "#zone";

/** The first octets of each file: what it is, and which version of it. */
const magic = Buffer.from("fairlead-ixfr-1\n");
/** Length and checksum before each record. */
const headOctets = 8;
/** The longest record: no difference is kept that is longer. */
const maxRecordOctets = 64 * 2 ** 20;
/** Octets of a file from which on it is written anew, with what the journal still has. */
const defaultMaxOctets = 32 * 2 ** 20;
/** Milliseconds until a file that could not be written is tried again. */
const retryMs = 30_000;

/** See the head of this file. */
export class JournalFile {
  readonly #path: string;
  readonly #journal: Journal;
  readonly #maxOctets: number;
  readonly #log: (text: string) => void;
  #fd = -1;
  #octets = 0;
  #retryAt = 0;

  /**
   * Reads what is there into a journal, and keeps what is done to that from then on. Zones are put in force afterwards.
   * @param maxOctets  from which on the file is written anew; absent: 32 MiB
   */
  constructor(
    path: string,
    journal: Journal,
    log: (text: string) => void,
    maxOctets: number = defaultMaxOctets,
  ) {
    this.#path = path;
    this.#journal = journal;
    this.#maxOctets = maxOctets;
    this.#log = log;
    this.#attempt(() => this.#load());
    journal.onEvent = (event) => this.#attempt(() => this.#append(event));
  }

  /** Ends it. */
  close(): void {
    this.#journal.onEvent = undefined;
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #load(): void {
    const size = existsSync(this.#path) ? statSync(this.#path).size : 0;
    // Larger than any that was written here.
    const octets = size > 2 * this.#maxOctets + maxRecordOctets ? Buffer.alloc(0) : this.#read();
    let at = magic.length;
    if (!octets.subarray(0, at).equals(magic)) {
      if (size > 0) this.#log(`"${this.#path}" is no journal of zones: it begins anew`);
      this.#rewrite();
      return;
    }
    for (;;) {
      const record = recordAt(octets, at);
      const event = record && decodeJournalEvent(record);
      if (!event) break;
      this.#journal.repeat(event);
      at += headOctets + record.length;
    }
    this.#fd = openSync(this.#path, "r+", 0o600);
    if (at < octets.length) {
      this.#log(`"${this.#path}" ends in ${octets.length - at} octets that are torn: they are cut off`);
      ftruncateSync(this.#fd, at);
    }
    this.#octets = at;
  }

  #read(): Buffer {
    return existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0);
  }

  #append(event: JournalEvent): void {
    if (this.#fd < 0 || this.#octets > this.#maxOctets) {
      if (performance.now() < this.#retryAt) return;
      this.#rewrite(); // the event is among what the journal has
      return;
    }
    const record = frameOf(event);
    writeAll(this.#fd, record, this.#octets);
    this.#octets += record.length;
  }

  /** Writes all that the journal has into a new file, which takes the place of the old one. */
  #rewrite(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    const path = `${this.#path}.new`;
    const fd = openSync(path, "w", 0o600);
    let at = 0;
    try {
      writeAll(fd, magic, at);
      at += magic.length;
      for (const event of this.#journal.events()) {
        const record = frameOf(event);
        writeAll(fd, record, at);
        at += record.length;
      }
      renameSync(path, this.#path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
    this.#octets = at;
  }

  /** What goes wrong ends the file: half of a journal is none. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (this.#fd >= 0) closeSync(this.#fd);
      this.#fd = -1;
      this.#retryAt = performance.now() + retryMs;
      const { code = String(error) } = error as NodeJS.ErrnoException;
      this.#log(`"${this.#path}" cannot be kept, so secondaries get zones whole after a restart: ${code}`);
      try {
        rmSync(this.#path, { force: true });
      } catch {
        // Then what is there is cut at its first torn record.
      }
    }
  }
}

/** The record at a place; undefined where there is no whole one. */
function recordAt(octets: Buffer, at: number): Uint8Array | undefined {
  if (at + headOctets > octets.length) return undefined;
  const length = octets.readUInt32BE(at);
  const end = at + headOctets + length;
  if (length > maxRecordOctets || end > octets.length) return undefined;
  const record = octets.subarray(at + headOctets, end);
  // A copy: parts of it do not hold the whole file.
  return crc32(record) === octets.readUInt32BE(at + 4) ? new Uint8Array(record) : undefined;
}

function frameOf(event: JournalEvent): Buffer {
  const record = encodeJournalEvent(event);
  const head = Buffer.alloc(headOctets);
  head.writeUInt32BE(record.length, 0);
  head.writeUInt32BE(crc32(record), 4);
  return Buffer.concat([head, record]);
}

function writeAll(fd: number, octets: Uint8Array, position: number): void {
  for (let at = 0; at < octets.length;) at += writeSync(fd, octets, at, octets.length - at, position + at);
}
