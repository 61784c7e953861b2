// Processes that left their instance's process group: daemons that went into a session of their own, and what a program left
// behind that was killed together with its shim. Each process of an instance carries the instance's folder in its environment,
// which those it starts inherit, and Linux shows the environment a process was started with. Elsewhere none are found.

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { identifyProcess, isAlive, signalProcess, type ProcessIdentity } from "./process-identity.ts";

/** The variable that says which instance a process belongs to: by its folder, which no other instance has. */
export const instanceVariable = "INSTANCE_FOLDER";

/** How often is looked whether they are gone, in milliseconds. */
const checkMs = 25;

/** Ends what still runs of an instance: SIGTERM, then SIGKILL after the grace period. Waits until all of it is gone. */
export async function endStrays(folder: string, graceMs: number): Promise<void> {
  let left = straysOf(folder);
  for (const stray of left) signalProcess(stray, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (left.length > 0) {
    await pause(checkMs);
    // One that ends may have started others meanwhile.
    left = left.some(isAlive) ? left.filter(isAlive) : straysOf(folder);
    if (performance.now() >= deadline) for (const stray of left) signalProcess(stray, "SIGKILL");
  }
}

function straysOf(folder: string): ProcessIdentity[] {
  if (process.platform !== "linux") return [];
  const mark = `${instanceVariable}=${folder}`;
  return readdirSync("/proc").flatMap((name) => {
    const isMarked = /^\d+$/.test(name) && Number(name) !== process.pid && environmentOf(name).includes(mark);
    return (isMarked && identifyProcess(Number(name))) || [];
  });
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // it is gone, or another user's
  }
}
