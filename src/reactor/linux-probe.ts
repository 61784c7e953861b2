// Whether the linux driver works here: tried rather than guessed, because a sandbox may refuse calls that the kernel has.

import { Errno, Linux } from "./linux-constants.ts";
import { check, errnoName, loadLinuxCalls, type LinuxCalls } from "./linux-calls.ts";
import { LinuxLoop } from "./linux-loop.ts";

/** Why this machine cannot run the linux driver, in words; undefined where it can. Opens nothing that anybody sees. */
export function linuxDriverProblem(): string | undefined {
  const calls = loadLinuxCalls();
  if (typeof calls === "string") return calls;
  try {
    const loop = new LinuxLoop(calls);
    loop.wake();
    loop.turn(0);
    loop.close();
    return loop.isWoken ? batchProblem(calls) : "the eventfd does not wake the loop";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Asks a socket that nobody can reach for a batch: nothing must be there, and that must be said. */
function batchProblem(calls: LinuxCalls): string | undefined {
  const type = Linux.SOCK_DGRAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC;
  const fd = check(calls, "socket", calls.socket(Linux.AF_INET, type, 0));
  const results = [
    calls.receiveMany(fd, 0, 0, Linux.MSG_DONTWAIT, 0) < 0 ? calls.errno() : 0,
    calls.sendMany(fd, 0, 0, Linux.MSG_DONTWAIT) < 0 ? calls.errno() : 0,
  ];
  calls.close(fd);
  const refused = results.find((errno) => errno !== 0 && errno !== Errno.EAGAIN);
  return refused === undefined
    ? undefined
    : `the system refuses to receive and send in batches (${errnoName(refused)})`;
}
