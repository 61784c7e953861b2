import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ContainerLogPage } from "#contract";
import { readNodeLogs, type LogQuery } from "./node-logs.ts";
import { nodeRecordsIn, sweepNodes, writeNodeRecord } from "./node-record.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";
import { formatLogTime, lastTimedLines, LineCutter, TimedLog } from "./timed-log.ts";

let folder: string;
const start = Date.UTC(2026, 0, 1);

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => removeFolder(folder));

function add(id: string, lines: string, container: string = "web", serviceId: string = "s"): void {
  writeNodeRecord(join(folder, id), {
    serviceId,
    service: "shop",
    version: 1,
    number: 1,
    containers: [container],
  });
  writeFileSync(join(folder, id, "logs", container), lines);
}

const line = (ms: number, text: string): string => `${formatLogTime(start + ms)} ${text}\n`;
const read = (rest: Partial<LogQuery> = {}): ContainerLogPage =>
  readNodeLogs(folder, { serviceId: "s", container: "web", lines: 100, ...rest });
const texts = (rest?: Partial<LogQuery>): string[] => read(rest).events.map(({ message }) => message);

/** All lines, page by page. */
function paged(rest: Partial<LogQuery>): string[] {
  const found: string[] = [];
  let pageToken: string | undefined;
  do {
    const page: ContainerLogPage = read({ ...rest, pageToken });
    found.push(...page.events.map(({ message }) => message));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

describe("readNodeLogs()", () => {
  test("merges the nodes of a service by time, the older part of each first, and no one else's", () => {
    add("a", line(20, "a2") + line(40, "a4"));
    writeFileSync(join(folder, "a/logs/web.1"), `cut off\n${line(5, "a0")}`);
    add("b", line(10, "b1") + line(30, "b3") + line(40, "b4"));
    add("c", line(1, "another service's"), "web", "t");
    add("d", line(1, "another container's"), "side");
    expect(texts()).toEqual(["a0", "b1", "a2", "b3", "a4", "b4"]);
    expect(read().events[1]).toEqual({ at: start + 10, nodeId: "b", message: "b1" });
    expect(texts({ since: start + 20, until: start + 40 })).toEqual(["a2", "b3"]);
    expect(texts({ container: "none" })).toEqual([]);
  });

  test.each([
    ["", ["ERROR one", "info", "-ERROR odd"]],
    ["ERROR", ["ERROR one", "-ERROR odd"]],
    ["-ERROR", ["info"]],
    ["error", []],
    ["-", ["-ERROR odd"]],
  ])("filter %j gives %j", (filter, expected) => {
    add("a", line(1, "ERROR one") + line(2, "info") + line(3, "-ERROR odd"));
    expect(texts({ filter })).toEqual(expected);
  });

  test("pages hold every line once, also where many have one time, and where the log was moved aside between them", () => {
    const same = Array.from({ length: 7 }, (_, i) => line(10, `same ${i}`)).join("");
    add("a", line(1, "first") + same + line(20, "last"));
    add("b", same.replaceAll("same", "also"));
    const all = texts();
    expect(all).toHaveLength(16);
    for (const lines of [1, 2, 3, 5, 16]) expect(paged({ lines })).toEqual(all);
    expect(paged({ lines: 2, filter: "-same" })).toEqual(all.filter((text) => !text.includes("same")));
    const { nextPageToken } = read({ lines: 4 });
    writeFileSync(join(folder, "a/logs/web.1"), same + line(20, "last"));
    writeFileSync(join(folder, "a/logs/web"), line(30, "new"));
    expect(texts({ pageToken: nextPageToken })).toEqual([...all.slice(4), "new"]);
  });

  test("finds a time in a large log, and reads no more than a page takes", () => {
    add("a", Array.from({ length: 20_000 }, (_, i) => line(i, `${i} ${"x".repeat(90)}`)).join(""));
    expect(texts({ since: start + 19_998 }).map((text) => text.slice(0, 5))).toEqual(["19998", "19999"]);
    expect(read({ since: start + 12_345, lines: 1 }).events[0]?.at).toBe(start + 12_345);
    const page = read({ lines: 20_000 });
    expect(page.events.length).toBeLessThan(12_000);
    expect(page.nextPageToken).toBeDefined();
  });

  test.each([
    "x",
    "",
    "bnVsbA",
    Buffer.from('["1","a",1]').toString("base64url"),
    Buffer.from("[".repeat(100)).toString("base64url"),
  ])("token %j is none", (pageToken) => {
    add("a", line(1, "x"));
    expect(read({ pageToken })).toEqual({ events: [], isTokenUnknown: true });
  });

  test("what is no log does no harm", () => {
    add("a", `\0\x01\n${"x".repeat(1 << 20)}`);
    mkdirSync(join(folder, "b/logs/web"), { recursive: true });
    expect(texts()).toEqual([]);
  });
});

describe("TimedLog", () => {
  test("keeps lines with times that never go back, within its size", () => {
    const path = join(folder, "log");
    const log = new TimedLog(path, 500);
    log.write(formatLogTime(start + 5), ["five"]);
    log.write(formatLogTime(start + 4), ["four, by a clock that was set back"]);
    expect(lastTimedLines(path, 5)).toEqual([
      { time: formatLogTime(start + 5), text: "five" },
      { time: formatLogTime(start + 5), text: "four, by a clock that was set back" },
    ]);
    expect(new TimedLog(path, 500).lastTime).toBe(formatLogTime(start + 5));
    for (let i = 10; i < 60; i++) log.write(formatLogTime(start + i), [`line ${i}`]);
    expect(lastTimedLines(path, 3).map(({ text }) => text)).toEqual(["line 57", "line 58", "line 59"]);
  });

  test("a disk that refuses loses lines and nothing else", () => {
    const log = new TimedLog(join(folder, "gone/log"), 500);
    log.write(formatLogTime(start), ["x"]);
    expect(log.lastTime).toBe(formatLogTime(start));
  });
});

test("LineCutter cuts at line ends and where lines are too long, across pieces and characters", () => {
  const cutter = new LineCutter();
  const octets = Buffer.from(`ä\r\n\nb${"c".repeat(40_000)}\nrest`);
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += 777) lines.push(...cutter.push(octets.subarray(at, at + 777)));
  lines.push(...cutter.end());
  expect(lines.map((text) => text.length)).toEqual([1, 0, 16_384, 16_384, 7233, 4]);
  expect(lines[0]).toBe("ä");
  expect(cutter.end()).toEqual([]);
});

test("sweepNodes() keeps logs of nodes that are gone for three days, and so many of each service", () => {
  const now = Date.UTC(2026, 0, 10);
  const gone = (id: string, goneAt?: number): void =>
    writeNodeRecord(join(folder, id), {
      serviceId: "s",
      service: "shop",
      version: 1,
      number: 1,
      containers: [],
      ...(goneAt === undefined ? {} : { goneAt }),
    });
  gone("runs");
  gone("old", now - 4 * 86_400_000);
  gone("from-the-future", now + 4 * 86_400_000);
  for (let i = 0; i < 45; i++) gone(`n${i}`, now - i);
  sweepNodes(folder, now);
  const left = [...nodeRecordsIn(folder).keys()];
  expect([left.includes("runs"), left.includes("old"), left.includes("from-the-future")]).toEqual([
    true,
    false,
    false,
  ]);
  // The one from the future counted among them.
  expect(left.filter((id) => /^n\d/.test(id))).toHaveLength(39);
  expect(left).not.toContain("n44");
});
