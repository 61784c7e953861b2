// The thread that stands beside a fuzzer: ends the process where the same input is looked at for longer than any takes, and says which.

import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { usedMs } from "./run.ts";

/** Processor time that nothing takes which ends at all: some hundred times what the longest round takes. */
const hangMs = 30_000;
/** The same for what waits and does not work, on a machine that is busy with other things. */
const waitMs = 300_000;

const progress = workerData as Int32Array;
let looked = -1;
let used = 0;
let from = 0;
setInterval(() => {
  const now = Atomics.load(progress, 1);
  if (now !== looked) [looked, used, from] = [now, usedMs(), performance.now()];
  else if (usedMs() - used > hangMs || performance.now() - from > waitMs) {
    writeSync(1, `hangs; --seed ${Atomics.load(progress, 0)} begins with it\n`);
    process.kill(process.pid, "SIGKILL");
  }
}, 250);
