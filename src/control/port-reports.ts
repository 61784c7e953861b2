// What the edge last said of the raw ports that are open. Not in the log: after a restart of control the edge tells it again.

import type { PortState, Report } from "#contract";

/** The last report: all ports there are. */
export class PortReports {
  readonly #states: Map<string, PortState> = new Map();
  #revision = 0;

  /** By id. */
  get states(): ReadonlyMap<string, PortState> {
    return this.#states;
  }

  /** The revision that the edge held when it said so: of ports that opened or closed with a later one it says nothing. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes a report over. */
  take({ ports, revision }: Extract<Report, { type: "ports" }>): void {
    this.#revision = revision;
    this.#states.clear();
    for (const port of ports) this.#states.set(port.id, port);
  }
}
