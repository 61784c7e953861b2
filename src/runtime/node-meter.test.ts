import { expect, test } from "vitest";
import { NodeMeter } from "./node-meter.ts";

test("counters of a node begin at zero with each start, and with the first reading of one that was adopted", () => {
  const meter = new NodeMeter();
  const read = (cpuSeconds: number, starts: number): unknown =>
    meter
      .read([{ nodeId: "n", serviceId: "s", cpuSeconds, memoryOctets: 7 }], () => starts)
      .map(({ life, counts }) => [life, counts["cpu-seconds"]]);
  expect(read(100, 0)).toEqual([[1, 0]]);
  expect(read(103, 0)).toEqual([[1, 3]]);
  expect(read(2, 1)).toEqual([[2, 2]]);
  expect(read(5, 1)).toEqual([[2, 5]]);
  expect(read(6, 2)).toEqual([[3, 6]]);
  meter.read([], () => 2);
  expect(read(7, 2)).toEqual([[4, 7]]);
});
