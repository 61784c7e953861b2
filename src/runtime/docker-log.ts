// Follows what a container writes into its log in the node's folder, so that it can be read when the container, or its engine, is gone. Where a
// follower begins it passes over what the log has already, told by the times that the engine gives each line.

import type { DockerClient } from "./docker-client.ts";
import { DockerFrameReader } from "./docker-frames.ts";
import { formatLogTime, LineCutter, TimedLog } from "./timed-log.ts";

/** How much is taken in a tenth of a second, in octets. */
const maxOctetsPerWindow = 512 << 10;
const windowMs = 100;
/** A stream that has been still for so long has told what there is, in milliseconds. */
const stillMs = 60;
const settleLimitMs = 1000;

/** One follower. */
export class DockerLog {
  readonly #log: TimedLog;
  readonly #from: string;
  readonly #end = new AbortController();
  #lastAt: number = performance.now();
  #isOver = false;
  /** Settles when there is no more: the container ended, or the engine went away. */
  readonly ended: Promise<void>;

  constructor(client: DockerClient, container: string, path: string, maxOctets: number) {
    this.#log = new TimedLog(path, maxOctets);
    this.#from = this.#log.lastTime;
    this.ended = this.#follow(client, container)
      .catch(() => {}) // it is followed again when the node is looked at next
      .then(() => {
        this.#isOver = true;
      });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits until all that was written is in the log; for a bounded time. */
  async settle(): Promise<void> {
    const deadline = performance.now() + settleLimitMs;
    while (!this.#isOver && performance.now() < deadline) {
      if (performance.now() - this.#lastAt >= stillMs) return;
      await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, stillMs))]);
    }
  }

  close(): void {
    this.#end.abort();
  }

  async #follow(client: DockerClient, container: string): Promise<void> {
    const since = Math.floor(Number(this.#from === "" ? 0 : this.#from) / 1000);
    const stream = await client.logs(container, since, true, this.#end.signal);
    const frames = new DockerFrameReader();
    const cutters = [new LineCutter(), new LineCutter(), new LineCutter()];
    let taken = 0;
    let windowEnd = performance.now() + windowMs;
    for await (const octets of stream as AsyncIterable<Buffer>) {
      this.#lastAt = performance.now();
      const isSound = frames.push(octets, (number, part) => {
        for (const line of cutters[number]?.push(part) ?? []) this.#write(line);
      });
      if (!isSound) break;
      taken += octets.length;
      if (performance.now() >= windowEnd) [taken, windowEnd] = [0, performance.now() + windowMs];
      // Not reading is what slows a container down that writes wildly.
      else if (taken > maxOctetsPerWindow)
        await new Promise((resolve) => setTimeout(resolve, windowEnd - performance.now()));
    }
    for (const cutter of cutters) for (const line of cutter.end()) this.#write(line);
  }

  #write(line: string): void {
    const { time, text } = parseLine(line) ?? {
      time: this.#log.lastTime || formatLogTime(Date.now()),
      text: line,
    };
    if (time > this.#from) this.#log.write(time, [text]);
  }
}

/** Parses an engine's time (RFC 3339, up to nanoseconds, with `Z` or an offset) and the text after it. */
function parseLine(line: string): { time: string; text: string } | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/.exec(line);
  if (!match) return undefined;
  const [whole, date = "", fraction = "", zone = ""] = match;
  const ms = Date.parse(date + zone);
  const nanos = fraction.padEnd(9, "0");
  if (Number.isNaN(ms) || ms < 0) return undefined;
  const time = `${String(ms + Number(nanos.slice(0, 3))).padStart(13, "0")}.${nanos.slice(3)}`;
  return time.length === formatLogTime(0).length ? { time, text: line.slice(whole.length) } : undefined;
}
