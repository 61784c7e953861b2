// How much memory the names role reserves for its zones. The system gives pages as they are used, but it counts what is reserved when a process
// divides, so nothing that starts other programs reserves so much.

import { totalmem } from "node:os";

/** Most that a zone image can use, in octets. */
const most = 2 ** 33;

/** Octets to reserve: half of the machine's memory. */
export function zoneRoom(): number {
  return Math.min(most, Math.floor(totalmem() / 2));
}
