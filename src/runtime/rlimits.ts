// Limits of this process as Linux tells them: an engine that runs as the same user cannot give a container more.

import { readFileSync } from "node:fs";

/** The hard limit of a name as in /proc/self/limits; infinity where there is none, or it cannot be told. */
export function rlimitOf(name: "Max open files" | "Max processes", limits: string = readLimits()): number {
  const line = limits.split("\n").find((text) => text.startsWith(`${name} `));
  const hard = line?.slice(name.length).trim().split(/\s+/)[1];
  return hard !== undefined && /^\d+$/.test(hard) ? Number(hard) : Number.POSITIVE_INFINITY;
}

function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return ""; // another system
  }
}
