// The edge's raw ports: opened and closed by the role itself as control says, since nobody knows them when the platform starts. A port
// that another program holds is told as such and tried again; one whose target moves stays open, with the connections that it has.

import type { PortObject, PortState } from "#contract";
import { PlatformError } from "#contract/plain";
import { endpoint } from "#engine";
import type { PortEngine, TargetTraffic } from "#edge";
import type { DriverAttachment, Driver } from "#reactor";
import { makePortEngine } from "./make-engines.ts";

/** How long connections through a port that is closed may take to finish, in milliseconds. */
const closeGraceMs = 0;
/** How long until a port that could not be opened is tried again, in milliseconds. */
const retryMs = 5000;

interface OpenPort {
  object: PortObject;
  readonly engine: PortEngine;
  attachment?: DriverAttachment;
  state: PortState;
}

/** The raw ports of one edge. */
export class OpenPorts {
  readonly #driver: Driver;
  readonly #report: (ports: readonly PortState[]) => void;
  readonly #ports = new Map<string, OpenPort>();
  /** Those that are to be open no more. */
  readonly #closing = new Set<OpenPort>();
  readonly #trafficOf: ((targetId: string) => TargetTraffic) | undefined;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  /** Ports are opened and closed one after the other: one that moves to another address must be free first. */
  #work: Promise<void> = Promise.resolve();

  /**
   * @param report  told of all ports each time one differs
   * @param trafficOf  where the octets of a target count
   */
  constructor(
    driver: Driver,
    report: (ports: readonly PortState[]) => void,
    trafficOf?: (targetId: string) => TargetTraffic,
  ) {
    this.#driver = driver;
    this.#trafficOf = trafficOf;
    this.#report = report;
  }

  /** Says which ports are to be open, all of them. */
  want(objects: readonly PortObject[]): void {
    const wanted = new Map(objects.map((object) => [object.id, object]));
    for (const [id, port] of this.#ports) {
      const next = wanted.get(id);
      const isSame =
        next?.listen.address === port.object.listen.address && next.listen.port === port.object.listen.port;
      if (next && isSame) {
        port.object = next;
        port.engine.setTarget(endpoint(next.target.address, next.target.port));
      } else {
        this.#ports.delete(id);
        this.#closing.add(port);
        this.#then(async () => {
          await port.attachment?.close(closeGraceMs);
          this.#closing.delete(port);
        });
      }
    }
    for (const [id, object] of wanted) {
      if (this.#ports.has(id)) continue;
      const port: OpenPort = {
        object,
        engine: makePortEngine(object, this.#trafficOf),
        state: { id, isOpen: false },
      };
      this.#ports.set(id, port);
      this.#then(() => this.#open(port));
    }
    this.#then(() => this.tell());
  }

  /** Reports all ports, those that are not closed yet too. */
  tell(): void {
    const closing = [...this.#closing].filter(({ object }) => !this.#ports.has(object.id));
    this.#report([...this.#ports.values(), ...closing].map(({ state }) => state));
  }

  /** Closes all. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const open = [...this.#ports.values()];
    this.#ports.clear();
    await this.#work;
    await Promise.all(open.flatMap((port) => port.attachment?.close(closeGraceMs) ?? []));
  }

  #then(run: () => Promise<void> | void | undefined): void {
    this.#work = this.#work.then(run);
  }

  async #open(port: OpenPort): Promise<void> {
    // Tried again while it waited for its turn, it is open by now, and a second listener would find the first one there.
    if (this.#isClosed || port.state.isOpen || this.#ports.get(port.object.id) !== port) return;
    const { id, listen } = port.object;
    try {
      const engine = port.engine;
      port.attachment = await this.#driver.attach(engine, [{ transport: "tcp", ...listen }]);
      port.state = { id, isOpen: true };
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      port.state = { id, isOpen: false, reason: error.message };
      this.#retry ??= setTimeout(() => this.#tryAgain(), retryMs).unref();
    }
  }

  #tryAgain(): void {
    this.#retry = undefined;
    for (const port of this.#ports.values()) {
      if (port.state.isOpen) continue;
      const before = port.state.reason;
      this.#then(async () => {
        await this.#open(port);
        if (port.state.reason !== before) this.tell();
      });
    }
  }
}
