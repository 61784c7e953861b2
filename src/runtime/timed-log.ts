// Logs of containers: what was written, a line each, after the time at which it was. A line is `MILLISECONDS.NANOS TEXT` with a time of fixed
// width, so that times compare as text. Kept within a size like other logs (log-file.ts); read by node-logs.ts.
//
// Lines longer than a limit are cut into several. Octets that are no UTF-8 become U+FFFD; control characters stay, but for line ends.

import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { rotateLog } from "./log-file.ts";

/** Characters of a line; a longer one is cut into several, as Docker cuts at 16 KiB. */
const maxLineLength = 16 << 10;
/** Length of a time: 13 digits of milliseconds, a point, and six of what is below. */
const timeLength = 20;

/** A time of the clock as logs have it. */
export function formatLogTime(ms: number): string {
  return ms.toFixed(6).padStart(timeLength, "0");
}

/** One line of such a log. */
export interface TimedLine {
  /** As in the log: of fixed width, in order as text. */
  readonly time: string;
  readonly text: string;
}

/** Parses a line without its line end. Undefined where it is none: cut off by a full disk. */
export function parseTimedLine(line: string): TimedLine | undefined {
  return /^\d{13}\.\d{6} /.test(line)
    ? { time: line.slice(0, timeLength), text: line.slice(timeLength + 1) }
    : undefined;
}

/** Cuts a stream of octets into lines: one for each of a container's two outputs. */
export class LineCutter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** The lines that are complete now. */
  push(octets: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.write(Buffer.from(octets))).split("\n");
    this.#rest = parts.pop() ?? "";
    const lines = parts.flatMap(cut);
    while (this.#rest.length > maxLineLength) {
      lines.push(this.#rest.slice(0, maxLineLength));
      this.#rest = this.#rest.slice(maxLineLength);
    }
    return lines;
  }

  /** What is left where the stream has ended: a line without its end, or none. */
  end(): string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    return rest === "" ? [] : cut(rest);
  }
}

function cut(line: string): string[] {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (text.length <= maxLineLength) return [text];
  return Array.from({ length: Math.ceil(text.length / maxLineLength) }, (_, i) =>
    text.slice(i * maxLineLength, (i + 1) * maxLineLength),
  );
}

/** Writes such a log. A write that the disk refuses loses its lines, never the container. */
export class TimedLog {
  readonly #path: string;
  readonly #maxOctets: number;
  #lastTime = "";
  #size: number;

  /** @param maxOctets  size after which the content is moved aside; one older part is kept */
  constructor(path: string, maxOctets: number) {
    this.#path = path;
    this.#maxOctets = maxOctets;
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#lastTime = lastTimeOf(path) ?? lastTimeOf(`${path}.1`) ?? "";
  }

  /** The time of the last line; the empty text where there is none. */
  get lastTime(): string {
    return this.#lastTime;
  }

  /** Appends lines. Times do not go back: a clock that was set back waits at the last time. */
  write(time: string, lines: readonly string[]): void {
    if (lines.length === 0) return;
    if (time > this.#lastTime) this.#lastTime = time;
    const octets = Buffer.from(lines.map((line) => `${this.#lastTime} ${line}\n`).join(""));
    try {
      const file = openSync(this.#path, "a", 0o600);
      try {
        for (let at = 0; at < octets.length;) at += writeSync(file, octets, at);
      } finally {
        closeSync(file);
      }
      this.#size += octets.length;
    } catch {
      this.#size = this.#maxOctets + 1; // a full disk: what is old makes room
    }
    if (this.#size > this.#maxOctets) {
      rotateLog(this.#path, this.#maxOctets);
      this.#size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    }
  }
}

/** How much of the end is looked at for the last time: a line and a half of the longest, of four octets a character. */
const tailOctets = 8 * maxLineLength;

function lastTimeOf(path: string): string | undefined {
  return tailOf(path).at(-1)?.time;
}

/** The last lines of a log, oldest first; of its older part too where it was just moved aside. */
export function lastTimedLines(path: string, count: number): TimedLine[] {
  const lines = tailOf(path).slice(-count);
  return lines.length < count ? [...tailOf(`${path}.1`), ...lines].slice(-count) : lines;
}

function tailOf(path: string): TimedLine[] {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const octets = Buffer.alloc(Math.min(size, tailOctets));
      readSync(file, octets, 0, octets.length, size - octets.length);
      return octets
        .toString("utf8")
        .split("\n")
        .flatMap((line) => parseTimedLine(line) ?? []);
    } finally {
      closeSync(file);
    }
  } catch {
    return []; // no log yet
  }
}
