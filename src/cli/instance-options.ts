// Options of instances as people write them: limits and ports.

import type { InstanceLimits, PortRule } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Values } from "./command.ts";

/** No process of use runs in less, in octets. */
const leastMemory = 16 << 20;

/** Options that limit what an instance may use. */
export const limitArguments: Arguments = {
  cpus: { type: "string", valueHint: "N", description: "the most processor cores it may use, such as 0.5" },
  memory: { type: "string", valueHint: "SIZE", description: "the most memory, such as 256M or 2G" },
};

/** Reads the options of `limitArguments`; undefined where there are none. Throws `usage`. */
export function readLimits(values: Values): InstanceLimits | undefined {
  const { cpus, memory } = values;
  if (typeof cpus !== "string" && typeof memory !== "string") return undefined;
  return {
    ...(typeof cpus === "string" ? { cpus: readCpus(cpus) } : {}),
    ...(typeof memory === "string" ? { memoryOctets: readMemory(memory) } : {}),
  };
}

function readMemory(text: string): number {
  const octets = readOctets("--memory", text);
  if (octets >= leastMemory) return octets;
  throw new PlatformError(
    "usage",
    `Cannot read --memory "${text}": expected at least 16M, such as 256M or 2G`,
  );
}

function readCpus(text: string): number {
  const value = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value >= 0.01 && value <= 1024) return value;
  throw new PlatformError("usage", `Cannot read --cpus "${text}": expected a number such as 0.5 or 2`);
}

const sizes: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Reads a size: octets, or with K, M, G or T (powers of 1,024). Throws `usage`. */
export function readOctets(option: string, text: string): number {
  const [, count, unit = ""] = /^(\d{1,12})(?:([KMGT])(?:i?B)?)?$/i.exec(text) ?? [];
  const value = Number(count) * (sizes[unit.toUpperCase()] ?? 1);
  if (count !== undefined && Number.isSafeInteger(value)) return value;
  throw new PlatformError("usage", `Cannot read ${option} "${text}": expected a size such as 256M or 2G`);
}

/** Reads ports: `80`, `3000-3010`, several with commas; `none` for none. Throws `usage`. */
export function readPorts(option: string, text: string): PortRule[] {
  if (text === "none") return [];
  return text.split(",").map((part) => {
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/tcp)?$/i.exec(part.trim()) ?? [];
    const rule = { protocol: "tcp" as const, fromPort: Number(from), toPort: Number(to) };
    if (from !== undefined && rule.fromPort >= 1 && rule.toPort >= rule.fromPort && rule.toPort <= 65_535)
      return rule;
    throw new PlatformError(
      "usage",
      `Cannot read ${option} "${text}": expected TCP ports such as 5432, 3000-3010, or several with commas`,
    );
  });
}
