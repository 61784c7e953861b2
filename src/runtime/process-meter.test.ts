// What processes use, from texts and from this very machine.

import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { identifyProcess } from "./process-identity.ts";
import { parseProcessTicks, ProcessMeter, readProcessUses, type ProcessTicks } from "./process-meter.ts";

test("parseProcessUse() reads past a command that looks like fields, and refuses what is no line of stat", () => {
  const rest = "S 1 77 77 0 -1 4194560 1 2 3 4 10 5 20 7 20 0 1 0 100 0 0";
  expect(parseProcessTicks(`42 (a) S 9 (b) ${rest}`)).toEqual({ pid: 42, group: 77, ticks: 42 });
  for (const text of ["", "x", "42 (a)", "42 (a) S 1 x", ")"])
    expect(parseProcessTicks(text)).toBeUndefined();
});

const use = (pid: number, group: number, ticks: number): [number, ProcessTicks[]] => [
  group,
  [{ pid, group, ticks }],
];

test("a group's time only grows, and another program is another life", () => {
  const meter = new ProcessMeter();
  meter.read(new Map(), new Map());
  const read = (start: string, ticks: number): { life: number | undefined; seconds: number | undefined } => {
    const [sample] = meter.read(new Map([["a", { pid: 7, start }]]), new Map([use(7, 7, ticks)]));
    return { life: sample?.life, seconds: sample?.counts["cpu-seconds"] };
  };
  const first = read("one", 100);
  expect(first.seconds).toBe(1);
  expect(read("one", 250)).toEqual({ life: first.life, seconds: 2.5 });
  expect(read("one", 200).seconds).toBe(2.5); // a child ended that nobody waited for
  expect(read("one", 300).seconds).toBe(3.5);
  const second = read("two", 50);
  expect(second.seconds).toBe(0.5);
  expect(second.life).not.toBe(first.life);
});

test("what ran before the first reading is told of from then on", () => {
  const meter = new ProcessMeter();
  const read = (ticks: number): number | undefined =>
    meter.read(new Map([["a", { pid: 7, start: "" }]]), new Map([use(7, 7, ticks)]))[0]?.counts[
      "cpu-seconds"
    ];
  expect([read(5000), read(5100)]).toEqual([0, 1]);
});

test.runIf(process.platform === "linux")(
  "a program that works has its processes, time and memory told",
  async () => {
    const child = spawn("/bin/sh", ["-c", "sleep 60 & while :; do :; done"], {
      detached: true,
      stdio: "ignore",
    });
    try {
      const identity = identifyProcess(child.pid ?? -1);
      if (!identity) throw new Error("it does not run");
      const meter = new ProcessMeter();
      const programs = new Map([["a", identity]]);
      const seconds = (): number => meter.read(programs)[0]?.counts["cpu-seconds"] ?? 0;
      await expect.poll(seconds, { interval: 20 }).toBeGreaterThan(0.05);
      const [sample] = meter.read(programs, readProcessUses());
      expect(sample?.gauges?.["processes"]).toBe(2);
      expect(sample?.gauges?.["memory-octets"]).toBeGreaterThan(100_000);
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }
    expect(new ProcessMeter().read(new Map([["a", { pid: 999_999_999, start: "" }]]))).toEqual([]);
  },
);
