// A file that lines or frames are added to without anybody waiting for the disk: what cannot be written soon enough is dropped and counted. When it has
// grown so far it becomes NAME.1, what was NAME.1 becomes NAME.2, and the last of them goes.

import { constants } from "node:fs";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";

/** Octets that wait for the disk, at most. */
const maxWaitingOctets = 4 * 2 ** 20;
/** Milliseconds that the disk may take for the last of it, when the file is to end. */
const usualCloseMs = 2000;
/** What a file is opened for. Where nobody reads a pipe, opening it would wait for somebody, and a thread of few with it. */
const openFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
/** What a full disk says. */
const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** Milliseconds until a file that could not be written to is tried again. */
const retryMs = 1000;

/** How a file is kept. */
export interface RotatedFileOptions {
  readonly path: string;
  /** Octets from which on another file is begun. */
  readonly maxOctets: number;
  /** Files that are kept beside it. */
  readonly kept: number;
  /** What each file begins and ends with; absent: nothing. One that was not ended is begun anew, not gone on with. */
  readonly head?: Uint8Array;
  readonly tail?: Uint8Array;
  /** Milliseconds that the disk may take for the last of it; absent: two seconds. */
  readonly closeMs?: number;
  /** Opens a file; absent: the system's. */
  readonly openFile?: (path: string, flags: number, mode: number) => Promise<FileHandle>;
  /** Told when the file cannot be written to, and when it can again. */
  readonly onProblem: (text: string) => void;
}

/** See the head of this file. */
export class RotatedFile {
  /** Pieces that were written, and that were dropped. */
  written = 0;
  dropped = 0;
  readonly #options: RotatedFileOptions;
  #waiting: Uint8Array[] = [];
  #waitingOctets = 0;
  #file: FileHandle | undefined;
  #size = 0;
  #isPipe = false;
  #running: Promise<void> | undefined;
  #isBroken = false;
  #retryAt = 0;
  #wantsReopening = false;

  constructor(options: RotatedFileOptions) {
    this.#options = options;
  }

  /** Adds a piece, or drops it where too much waits. */
  write(piece: Uint8Array): void {
    if (this.#waitingOctets + piece.length > maxWaitingOctets) {
      this.dropped++;
      return;
    }
    this.#waiting.push(piece);
    this.#waitingOctets += piece.length;
  }

  /** Puts what waits on its way. */
  flush(): void {
    if (this.#running || (this.#waiting.length === 0 && !this.#wantsReopening)) return;
    if (this.#isBroken && performance.now() < this.#retryAt) return;
    this.#running = this.#write().finally(() => (this.#running = undefined));
  }

  /** Resolves when what waits now was written or dropped, or waits for another try. */
  async settle(): Promise<void> {
    this.flush();
    await this.#running;
  }

  /** Opens the file anew: somebody else has moved it away. */
  reopen(): void {
    this.#wantsReopening = true;
    this.flush();
  }

  /** Writes what waits, and ends the file, where the disk does its part in time. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(
      (resolve) => (timer = setTimeout(resolve, this.#options.closeMs ?? usualCloseMs)),
    );
    await Promise.race([this.#close(), late]);
    clearTimeout(timer);
  }

  async #close(): Promise<void> {
    await this.#running;
    this.#retryAt = 0;
    this.flush();
    await this.#running;
    await this.#end().catch(() => {});
  }

  async #write(): Promise<void> {
    const pieces = this.#waiting;
    this.#waiting = [];
    this.#waitingOctets = 0;
    let written = 0;
    try {
      if (this.#wantsReopening) {
        this.#wantsReopening = false;
        await this.#end();
      }
      for (let i = 0; i < pieces.length;) {
        await this.#prepare();
        let end = i;
        let octets = 0;
        while (end < pieces.length && (end === i || this.#size + octets < this.#options.maxOctets))
          octets += pieces[end++]!.length;
        await this.#add(pieces.slice(i, end));
        this.written += end - i;
        written = i = end;
      }
      if (this.#isBroken) this.#options.onProblem(`"${this.#options.path}" is written to again`);
      this.#isBroken = false;
    } catch (error) {
      this.dropped += pieces.length - written;
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (!this.#isBroken) this.#options.onProblem(`"${this.#options.path}" cannot be written to: ${code}`);
      this.#isBroken = true;
      this.#retryAt = performance.now() + retryMs;
      if (!fullCodes.has(code) || !(await this.#takeBack())) {
        await this.#file?.close().catch(() => {});
        this.#file = undefined;
      }
    }
  }

  /** A disk that is full took a part: that goes again, so that the file is whole, and is gone on with. @returns whether it is */
  async #takeBack(): Promise<boolean> {
    try {
      await this.#file?.truncate(this.#size);
      return this.#file !== undefined;
    } catch {
      return false; // what cannot be cut is opened anew
    }
  }

  /** Has a file with room open. */
  async #prepare(): Promise<void> {
    const { maxOctets, head } = this.#options;
    if (this.#file && this.#size >= maxOctets) {
      await this.#end();
      await this.#shift();
    }
    if (!this.#file) await this.#open();
    if (head && this.#size === 0) await this.#add([head]);
  }

  async #open(): Promise<void> {
    const { path, maxOctets, head, openFile = open } = this.#options;
    const found = await stat(path).catch(() => undefined);
    // Of a pipe only whole lines can be sure to come out, however its reader reads.
    const isPipe = found?.isFIFO() === true;
    if (found?.isSocket() === true || (isPipe && head))
      throw Object.assign(new Error(), { code: "it is no file" });
    const size = found?.isFile() === true ? found.size : 0;
    // What begins with a head is not gone on with: whoever reads it would find it in the midst.
    if (size >= maxOctets || (size > 0 && head)) await this.#shift();
    this.#file = await openFile(path, openFlags, 0o600);
    this.#isPipe = isPipe;
    this.#size = isPipe ? 0 : (await this.#file.stat()).size;
  }

  async #add(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#isPipe) {
      // Up to 4096 octets go into a pipe as a whole or not at all.
      for (const piece of pieces) await this.#file?.write(piece);
      return;
    }
    const octets = Buffer.concat(pieces);
    await this.#file?.appendFile(octets);
    this.#size += octets.length;
  }

  async #end(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    try {
      if (this.#options.tail) await file.appendFile(this.#options.tail);
    } finally {
      await file.close();
    }
  }

  async #shift(): Promise<void> {
    const { path, kept } = this.#options;
    if (kept === 0) {
      await rm(path, { force: true });
      return;
    }
    for (let i = kept; i > 0; i--) {
      const from = i === 1 ? path : `${path}.${i - 1}`;
      await rename(from, `${path}.${i}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    }
  }
}
