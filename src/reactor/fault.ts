// Exceptions in engines: each is counted and reported by the driver, and ends there, so that one packet cannot take the
// process down.

import type { EngineFault, FaultListener } from "./driver.ts";

/** Counts the exceptions of a driver's engines and passes them on. */
export class Faults {
  count = 0;
  readonly #listener: FaultListener | undefined;

  constructor(listener: FaultListener | undefined) {
    this.#listener = listener;
  }

  /** Counts and reports one exception. `input` is copied. */
  report(event: EngineFault["event"], error: unknown, input?: Uint8Array, length = 0): void {
    this.count++;
    try {
      this.#listener?.(input ? { event, error, octets: input.slice(0, length) } : { event, error });
    } catch {
      // The host's own listener failed: there is nobody left to tell, and the engine's other work must go on.
    }
  }
}
