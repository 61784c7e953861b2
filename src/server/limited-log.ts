// Faults that anybody's packets may provoke go into the log at a bounded rate: the first of each second in full,
// those between as a number.

import type { Logger } from "pino";

const intervalMs = 1000;

/** Octets that are logged with a fault, at most. */
const maxLoggedOctets = 4096;

/** Makes a function that logs faults, at most one each second. Octets among the details are written in hexadecimal. */
export function limitedLog(log: Logger, text: string): (error: unknown, details?: object) => void {
  let next = 0;
  let suppressed = 0;
  return (error, details = {}) => {
    const now = performance.now();
    if (now < next) {
      suppressed++;
      return;
    }
    next = now + intervalMs;
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const readable = Object.entries(details).map(([name, value]) => [
      name,
      value instanceof Uint8Array
        ? Buffer.from(value.subarray(0, maxLoggedOctets)).toString("hex")
        : (value as unknown),
    ]);
    log.error({ ...Object.fromEntries(readable), message, stack, suppressed }, text);
    suppressed = 0;
  };
}
