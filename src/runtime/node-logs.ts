// Reads the logs of all nodes of a service as one: in order of time, from a time on, filtered, page by page. Each page reads a bounded part of
// the files, so it may be empty though others follow. A page's token says which line came last; it holds also when logs were moved aside since.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { ContainerLogPage } from "#contract";
import { nodeRecordsIn, placesOf } from "./node-record.ts";
import { formatLogTime, parseTimedLine, type TimedLine } from "./timed-log.ts";

/** Characters of log lines that are looked at for one page. */
const maxScanned = 16 << 20;
/** Octets of the messages of one page: it goes through the stream to control as one message. */
const maxPageLength = 1 << 20;
const chunkOctets = 64 << 10;

/** What is asked for. */
export interface LogQuery {
  readonly serviceId: string;
  readonly container: string;
  /** Milliseconds since 1970: from this on, before that. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** `ERROR`: lines with it; `-ERROR`: lines without. */
  readonly filter?: string | undefined;
  readonly pageToken?: string | undefined;
  readonly lines: number;
}

/** The last line that was looked at: its time, its node, and which of the lines with both it is. */
interface Position {
  readonly time: string;
  readonly nodeId: string;
  readonly count: number;
}

interface Source {
  readonly nodeId: string;
  readonly lines: Generator<TimedLine>;
  next: TimedLine | undefined;
}

/** Reads a page. `folder` has the folders of the nodes. */
export function readNodeLogs(folder: string, query: LogQuery): ContainerLogPage {
  const from = query.pageToken === undefined ? undefined : parseToken(query.pageToken);
  if (query.pageToken !== undefined && !from) return { events: [], isTokenUnknown: true };
  const since = from?.time ?? formatLogTime(Math.max(0, query.since ?? 0));
  const until = query.until === undefined ? undefined : formatLogTime(Math.max(0, query.until));
  const matches = matcher(query.filter ?? "");
  const sources = openSources(folder, query, since);
  const events: ContainerLogPage["events"] = [];
  let at: Position | undefined = from && { ...from, count: 0 };
  let [scanned, length] = [0, 0];
  try {
    for (;;) {
      const source = earliest(sources);
      const line = source?.next;
      if (!source || !line || (until !== undefined && line.time >= until)) return { events };
      const { nodeId } = source;
      if (events.length >= query.lines || scanned > maxScanned || length > maxPageLength)
        return at ? { events, nextPageToken: formatToken(at) } : { events };
      advance(source);
      scanned += line.text.length + line.time.length;
      const isSame = at?.time === line.time && at.nodeId === nodeId;
      const position: Position = { time: line.time, nodeId, count: isSame && at ? at.count + 1 : 1 };
      if (from && isBefore(position, from)) {
        if (isSame || nodeId === from.nodeId) at = position;
        continue;
      }
      at = position;
      if (!matches(line.text)) continue;
      length += line.text.length;
      events.push({ at: Math.floor(Number(line.time)), nodeId, message: line.text });
    }
  } finally {
    for (const { lines } of sources) lines.return(undefined);
  }
}

/** Whether a line is not after the one that a token names. */
function isBefore(line: Position, last: Position): boolean {
  if (line.time !== last.time) return line.time < last.time;
  if (line.nodeId !== last.nodeId) return line.nodeId < last.nodeId;
  return line.count <= last.count;
}

function matcher(filter: string): (text: string) => boolean {
  if (filter === "") return () => true;
  if (filter.startsWith("-") && filter.length > 1) return (text) => !text.includes(filter.slice(1));
  return (text) => text.includes(filter);
}

function formatToken({ time, nodeId, count }: Position): string {
  return Buffer.from(JSON.stringify([time, nodeId, count])).toString("base64url");
}

function parseToken(token: string): Position | undefined {
  try {
    const [time, nodeId, count] = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as unknown[];
    return typeof time === "string" &&
      /^\d{13}\.\d{6}$/.test(time) &&
      typeof nodeId === "string" &&
      Number.isInteger(count)
      ? { time, nodeId, count: count as number }
      : undefined;
  } catch {
    return undefined; // not one of ours
  }
}

function openSources(folder: string, { serviceId, container }: LogQuery, since: string): Source[] {
  return [...nodeRecordsIn(folder)]
    .filter(([, record]) => record.serviceId === serviceId && record.containers.includes(container))
    .map(([nodeId]) => {
      const path = placesOf(join(folder, nodeId)).logOf(container);
      const source = { nodeId, lines: linesOf([`${path}.1`, path], since), next: undefined };
      advance(source);
      return source;
    });
}

function advance(source: Source): void {
  const { value, done } = source.lines.next();
  source.next = done === true ? undefined : value;
}

function earliest(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined;
  for (const source of sources) {
    const { next, nodeId } = source;
    if (!next) continue;
    const best = found?.next;
    if (!found || !best || next.time < best.time || (next.time === best.time && nodeId < found.nodeId))
      found = source;
  }
  return found;
}

/** The lines of a log's parts from a time on. */
function* linesOf(paths: readonly string[], since: string): Generator<TimedLine> {
  for (const path of paths) {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch {
      continue; // nothing was written, or moved aside
    }
    try {
      yield* linesIn(file, since);
    } finally {
      closeSync(file);
    }
  }
}

function* linesIn(file: number, since: string): Generator<TimedLine> {
  const chunk = Buffer.alloc(chunkOctets);
  let at = offsetOf(file, since);
  let rest = Buffer.alloc(0);
  for (;;) {
    const count = readSync(file, chunk, 0, chunk.length, at);
    if (count === 0) return;
    at += count;
    const octets = Buffer.concat([rest, chunk.subarray(0, count)]);
    const end = octets.lastIndexOf(0x0a);
    rest = Buffer.from(octets.subarray(end + 1));
    // A line that never ends is none of ours: it is dropped rather than kept growing.
    if (rest.length > 4 * chunkOctets) rest = Buffer.alloc(0);
    if (end < 0) continue;
    for (const text of octets.subarray(0, end).toString("utf8").split("\n")) {
      const line = parseTimedLine(text);
      if (line && line.time >= since) yield line;
    }
  }
}

/** A place in a log before which all lines are older than a time: found by halving, since times only grow. */
function offsetOf(file: number, since: string): number {
  let [low, high] = [0, fstatSync(file).size];
  const chunk = Buffer.alloc(2 * chunkOctets);
  while (high - low > chunk.length) {
    const middle = Math.floor((low + high) / 2);
    const count = readSync(file, chunk, 0, chunk.length, middle);
    const start = chunk.subarray(0, count).indexOf(0x0a) + 1;
    const line = parseTimedLine(
      chunk
        .subarray(start, Math.min(count, start + 64))
        .toString("latin1")
        .split("\n")[0] ?? "",
    );
    if (start === 0 || !line || line.time >= since) high = middle;
    else low = middle + start;
  }
  return low;
}
