import { expect, test } from "vitest";
import { readLimits, readOctets, readPorts } from "./instance-options.ts";

test.each([
  ["268435456", 268_435_456],
  ["256M", 268_435_456],
  ["2GiB", 2 ** 31],
  ["1k", 1024],
])("readOctets() reads %s", (text, octets) => {
  expect(readOctets("--memory", text)).toBe(octets);
});

test.each(["", "M", "-1", "1.5G", "99999999999T", "1 G"])("readOctets() refuses %j", (text) => {
  expect(() => readOctets("--memory", text)).toThrow("expected a size");
});

test("readLimits() tells absent from given", () => {
  expect(readLimits({})).toBeUndefined();
  expect(readLimits({ cpus: "0.5", memory: "64M" })).toEqual({ cpus: 0.5, memoryOctets: 64 << 20 });
  expect(() => readLimits({ memory: "5" })).toThrow('Cannot read --memory "5": expected at least 16M');
  expect(() => readLimits({ cpus: "0" })).toThrow("expected a number");
});

test("readPorts() reads ports and ranges", () => {
  const rule = (fromPort: number, toPort: number): unknown => ({ protocol: "tcp", fromPort, toPort });
  expect(readPorts("--open", "80, 3000-3010,5432/tcp")).toEqual([
    rule(80, 80),
    rule(3000, 3010),
    rule(5432, 5432),
  ]);
  expect(readPorts("--put", "none")).toEqual([]);
});

test.each(["", "0", "65536", "10-5", "80/udp", "http", "80,,81"])("readPorts() refuses %j", (text) => {
  expect(() => readPorts("--open", text)).toThrow("expected TCP ports");
});
