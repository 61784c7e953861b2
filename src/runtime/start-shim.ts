// Starts a shim for one container and waits until its program runs or could not be started.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { openLog } from "./log-file.ts";
import { ownProgram } from "./own-program.ts";
import { logPath, readRecord, type ShimOrder, type ShimRecord } from "./shim-record.ts";

/** How often the shim's record is looked for, in milliseconds. */
const checkMs = 10;
/** How long is waited for it: a shim starts in a tenth of a second, on a busy machine in some. */
const limitMs = 30_000;

/**
 * Starts a container.
 *
 * The order goes to the shim's standard input: a command line can be read by everybody on the machine. A shim whose order breaks off starts nothing.
 * @param onExit  told when the shim has ended, as long as this process lives
 * @returns what the shim wrote down last: with `exit` where the container has ended already; undefined where the shim ended without a word
 */
export async function startShim(order: ShimOrder, onExit: () => void): Promise<ShimRecord | undefined> {
  const { folder } = order;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [file = "", ...parameters] = ownProgram("./shim", import.meta.url);
  const log = openLog(logPath(folder));
  let isOver = false;
  const shim = spawn(file, parameters, { cwd: folder, detached: true, stdio: ["pipe", log, log] });
  closeSync(log);
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    onExit();
  };
  shim.once("error", over);
  shim.once("exit", over);
  shim.stdin?.on("error", () => {}); // it ended before it had read all: "exit" tells
  shim.stdin?.end(JSON.stringify(order));
  shim.unref();
  const deadline = performance.now() + limitMs;
  for (;;) {
    const isLast = isOver || performance.now() >= deadline;
    const record = readRecord(folder);
    if (record && record.shim.pid === shim.pid && (record.program || record.exit)) return record;
    if (isLast) return undefined;
    await pause(checkMs);
  }
}
