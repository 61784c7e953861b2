// A role as control's side of its stream has it: what it should hold, and how far its connection has brought it.
//
// A role that says hello gets the deltas since what it holds where they are still known, else a snapshot; then deltas as the state changes,
// without waiting for acknowledgements, each building on the one before. A role that refuses a delta gets a snapshot; one that refuses a
// snapshot gets another one after growing pauses. What a role says it holds is believed only where the digest agrees: after a restored backup it
// gets a snapshot, though its revision is higher.

import type { RoleDriver, RoleObject, StateDigest, ToControl, ToRole } from "#contract";
import { GivenObjects, type ObjectDelta } from "./given-objects.ts";
import { sendParts } from "./message-parts.ts";
import type { HostTimers } from "./ports.ts";

/** A stream to one role's process. */
export interface RoleConnection {
  send(message: ToRole): void;
  close(): void;
}

/** Pauses before a role that refused a snapshot is given another one, in milliseconds; the last one is kept. */
const refusalPausesMs: readonly number[] = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000];

/** One connection of a role, since its hello. */
export interface RoleSession {
  readonly connection: RoleConnection;
  readonly pid: number;
  readonly driver: RoleDriver | undefined;
  readonly version: number;
  /** The revision that the role will hold once it has taken all that was sent. */
  sent: number;
  acknowledged: number;
  /** What was sent and not yet acknowledged or refused, in order: a role answers each once. */
  readonly inFlight: ("snapshot" | "delta")[];
  /** Snapshots that it refused in a row. */
  refusals: number;
  cancelRetry: (() => void) | undefined;
}

/** See the head of this file. */
export class RoleStanding {
  readonly given: GivenObjects = new GivenObjects();
  readonly #timers: HostTimers;
  #session: RoleSession | undefined;
  #problem: string | undefined;

  constructor(timers: HostTimers) {
    this.#timers = timers;
  }

  /** Its connection; undefined while it is away. */
  get session(): Readonly<RoleSession> | undefined {
    return this.#session;
  }

  /** Why it refuses its objects; undefined where it does not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Changes what the role should hold, and sends it where the role holds all that came before.
   * @param gone  objects under the keys that go
   * @param prepared  what the change makes of the digest; absent: that is worked out here
   */
  publish(
    revision: number,
    put: readonly RoleObject[],
    gone: readonly RoleObject[],
    prepared?: StateDigest,
  ): void {
    const base = this.given.revision;
    const delta = this.given.change(revision, put, gone, prepared);
    this.#problem = undefined;
    const session = this.#session;
    if (session?.sent === base) this.#sendDelta(session, delta);
    // Otherwise it refused what came before, and a snapshot follows.
  }

  /** Takes a connection whose role has said hello, and sends what the role lacks. */
  begin(connection: RoleConnection, version: number, hello: Extract<ToControl, { type: "hello" }>): void {
    const session: RoleSession = {
      connection,
      pid: hello.pid,
      driver: hello.driver,
      version,
      sent: hello.lastRevision,
      acknowledged: 0,
      inFlight: [],
      refusals: 0,
      cancelRetry: undefined,
    };
    this.#session = session;
    const missed = this.given.since(hello.lastRevision, hello.digest);
    if (missed) this.#sendDelta(session, missed);
    else this.#sendSnapshot(session);
  }

  /** The role holds a revision. @returns false where that is another state than it was given: a snapshot follows */
  acknowledged(revision: number, digest: string): boolean {
    const session = this.#session;
    if (!session) return true;
    if (session.inFlight.shift() === "snapshot") session.refusals = 0;
    session.acknowledged = revision;
    if (revision !== this.given.revision) return true;
    if (digest !== this.given.digest.toString()) {
      this.#sendSnapshot(session);
      return false;
    }
    this.#problem = undefined; // what it, or one in its place, refused before it holds now
    return true;
  }

  /** The role has refused what was sent to it first of all that it has not answered yet. */
  refused(reason: string): void {
    const session = this.#session;
    if (!session) return;
    if (session.inFlight.shift() === "snapshot") {
      this.#problem = reason;
      this.#sendLater(session);
    } else if (!session.inFlight.includes("snapshot")) {
      this.#sendSnapshot(session);
    }
  }

  /** The connection is gone, or about to be closed. */
  end(): void {
    this.#session?.cancelRetry?.();
    this.#session = undefined;
  }

  #sendDelta(session: RoleSession, { put, remove }: ObjectDelta): void {
    const { revision } = this.given;
    const base = session.sent;
    session.sent = revision;
    session.inFlight.push("delta");
    const digest = this.given.digest.toString();
    const last = sendParts(session.connection, put, remove);
    session.connection.send({ type: "delta", base, revision, digest, ...last });
  }

  #sendSnapshot(session: RoleSession): void {
    const { given } = this;
    const { revision } = given;
    session.sent = revision;
    session.inFlight.push("snapshot");
    const last = sendParts(session.connection, given.objects.values(), []);
    session.connection.send({
      type: "snapshot",
      version: session.version,
      revision,
      digest: given.digest.toString(),
      objects: last.put,
    });
  }

  /** Gives a role that refused a snapshot another one later: what kept it may have passed, and nothing is sent in between. */
  #sendLater(session: RoleSession): void {
    const pause = refusalPausesMs[Math.min(session.refusals++, refusalPausesMs.length - 1)] ?? 0;
    session.sent = -1; // nothing can build on what it holds
    session.cancelRetry?.();
    session.cancelRetry = this.#timers.after(pause, () => {
      session.cancelRetry = undefined;
      if (this.#session === session) this.#sendSnapshot(session);
    });
  }
}
