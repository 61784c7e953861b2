// Control's side of the streams to the roles: what each role should hold, what it was sent, what it said.
//
// Pure of sockets: a connection is something that messages can be sent to. A role that says hello gets the deltas since what it holds
// where they are still known, else a snapshot; then deltas as the state changes, without waiting for acknowledgements, each building on
// the one before. A role that refuses a delta gets a snapshot; one that refuses a snapshot gets another one after growing pauses. What a role
// says it holds is believed only where the digest agrees: after a restored backup it gets a snapshot, though its revision is higher.

import {
  objectKey,
  roleOf,
  StateDigest,
  streamVersion,
  toControl,
  type ContainerNodeState,
  type InstanceState,
  type Report,
  type RoleDriver,
  type RoleName,
  type RoleObject,
  type RoleQuestion,
  type ToControl,
  type ToRole,
  type TraceStep,
  type UpdateReport,
} from "#contract";
import { GivenObjects, type ObjectDelta } from "./given-objects.ts";
import { sendParts } from "./message-parts.ts";
import type { Log, HostTimers } from "./ports.ts";
import { RoleQuestions } from "./role-questions.ts";
import type { Sliced } from "./slices.ts";

/** Roles that are given objects. */
export type DataRole = Exclude<RoleName, "control">;
export const dataRoles: readonly DataRole[] = ["names", "resolver", "edge", "runtime"];

/** A stream to one role's process. */
export interface RoleConnection {
  send(message: ToRole): void;
  close(): void;
}

/** What the owner of a connection tells the hub. */
export interface RoleLink {
  /** A message arrived, decoded from JSON and not checked. */
  receive(message: unknown): void;
  /** The connection is gone. */
  closed(): void;
}

/** What a hub tells of what roles said. */
export interface HubListener {
  /** A role connected, acknowledged, refused or left. */
  changed?(role: DataRole): void;
  instance?(state: InstanceState): void;
  containerNode?(state: ContainerNodeState): void;
  trace?(step: TraceStep): void;
  /** Somebody asks name servers to change a zone. */
  update?(report: UpdateReport): void;
  /** The edge tells how the targets of a resource are, or which raw ports are open. */
  targets?(report: Extract<Report, { type: "targets" }>): void;
  ports?(report: Extract<Report, { type: "ports" }>): void;
  /** A role came that holds a later revision than there is: the store is an older one. It is given today's state. */
  ahead?(role: DataRole, revision: number): void;
}

/** What a change makes of the digests of roles, worked out before it is published. */
export type PreparedDigests = ReadonlyMap<DataRole, StateDigest>;

/** Objects that are gone through between two turns for others, at most. */
const objectsAtOnce = 50;

/** A role as `status` shows it. */
export interface HubRole {
  readonly role: DataRole;
  readonly isConnected: boolean;
  readonly pid?: number;
  readonly driver?: RoleDriver;
  readonly revision: number;
  readonly acknowledged: number;
  readonly problem?: string;
}

/** Pauses before a role that refused a snapshot is given another one, in milliseconds; the last one is kept. */
const refusalPausesMs: readonly number[] = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000];

/** One connection of a role, since its hello. */
interface Session {
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

/** A role as the hub has it. */
interface RoleStanding {
  readonly given: GivenObjects;
  session: Session | undefined;
  /** Why it refuses its objects; undefined where it does not. */
  problem: string | undefined;
}

/** Control's side of all streams. See the head of this file. */
export class RoleHub {
  readonly #timers: HostTimers;
  readonly #log: Log;
  readonly #versions: readonly number[];
  readonly #roles: Map<DataRole, RoleStanding> = new Map();
  readonly #listeners: Set<HubListener> = new Set();
  readonly #questions: RoleQuestions;
  /** The last revision that was published. */
  #head = 0;

  /** @param version  the stream's version that is spoken best; the one before is spoken too */
  constructor(timers: HostTimers, log: Log, version: number = streamVersion) {
    this.#timers = timers;
    this.#log = log;
    this.#questions = new RoleQuestions(timers);
    this.#versions = version > 1 ? [version, version - 1] : [version];
    for (const role of dataRoles)
      this.#roles.set(role, { given: new GivenObjects(), session: undefined, problem: undefined });
  }

  /** Adds a listener. @returns takes it away */
  listen(listener: HubListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over a connection that a role has opened. Which role it is, its hello says. */
  connect(connection: RoleConnection): RoleLink {
    let role: DataRole | undefined;
    return {
      receive: (message) => {
        const parsed = toControl.safeParse(message);
        if (!parsed.success) {
          this.#log.warn(
            { role, problem: parsed.error.message },
            "a role sent what is no message; the connection is closed",
          );
          connection.close();
          return;
        }
        if (parsed.data.type === "hello") {
          const { role: named } = parsed.data;
          role = named === "control" ? undefined : named;
          this.#greet(connection, parsed.data);
        } else if (role && this.#state(role).session?.connection === connection)
          this.#take(role, parsed.data);
      },
      closed: () => {
        if (role && this.#state(role).session?.connection === connection) this.#leave(role);
      },
    };
  }

  /**
   * Changes what the roles hold: one revision, whatever the number of objects. Roles whose objects stay hear nothing.
   * @param remove  keys with the role they belong to
   * @param prepared  what {@link preparing} has made of the same objects since the last revision; absent: it is made now
   */
  publish(
    revision: number,
    put: readonly RoleObject[],
    remove: readonly RoleObject[],
    prepared?: PreparedDigests,
  ): void {
    this.#head = revision;
    const byRole = new Map<DataRole, { put: RoleObject[]; remove: RoleObject[] }>();
    const changesOf = (role: DataRole): { put: RoleObject[]; remove: RoleObject[] } => {
      const changes = byRole.get(role) ?? { put: [], remove: [] };
      byRole.set(role, changes);
      return changes;
    };
    for (const object of put) changesOf(roleOf(object)).put.push(object);
    for (const object of remove) changesOf(roleOf(object)).remove.push(object);
    for (const [role, changes] of byRole)
      this.#publishTo(role, revision, changes.put, changes.remove, prepared?.get(role));
  }

  /**
   * Works out most of what publishing objects takes, in pieces.
   * @returns undefined where one key is put twice: then it matters which comes last
   */
  *preparing(put: readonly RoleObject[], remove: readonly RoleObject[]): Sliced<PreparedDigests | undefined> {
    const prepared = new Map<DataRole, StateDigest>();
    const seen = new Set<string>();
    let count = 0;
    const differ = (object: RoleObject, isNew: boolean): void => {
      const role = roleOf(object);
      let digest = prepared.get(role);
      if (!digest) prepared.set(role, (digest = new StateDigest()));
      const key = objectKey(object);
      const old = seen.has(key) ? undefined : this.#state(role).given.objects.held(object);
      seen.add(key);
      if (old) digest.toggle(old);
      if (isNew) digest.toggle(object);
    };
    for (const object of remove) {
      if (++count % objectsAtOnce === 0) yield;
      differ(object, false);
    }
    const keys = new Set<string>();
    for (const object of put) {
      if (++count % objectsAtOnce === 0) yield;
      keys.add(objectKey(object));
      differ(object, true);
    }
    return keys.size === put.length ? prepared : undefined;
  }

  /**
   * Changes what roles hold beside all revisions: what is in no log, and is as it is at the moment. Each role's revision stays.
   * @param remove  objects under the keys that go
   */
  publishBeside(put: readonly RoleObject[], remove: readonly RoleObject[]): void {
    for (const role of dataRoles) {
      const own = put.filter((object) => roleOf(object) === role);
      const gone = remove.filter((object) => roleOf(object) === role);
      if (own.length + gone.length > 0) this.#publishTo(role, this.#state(role).given.revision, own, gone);
    }
  }

  /** Sets the revision that the roles' objects stand for, once they are all published at start. */
  begin(revision: number): void {
    this.#head = revision;
    for (const { given } of this.#roles.values()) given.begin(revision);
  }

  #publishTo(
    role: DataRole,
    revision: number,
    put: readonly RoleObject[],
    gone: readonly RoleObject[],
    prepared?: StateDigest,
  ): void {
    const state = this.#state(role);
    const { given, session } = state;
    const base = given.revision;
    const delta = given.change(revision, put, gone, prepared);
    state.problem = undefined;
    if (session?.sent === base) this.#sendDelta(state, session, delta);
    // Otherwise it refused what came before, and a snapshot follows.
  }

  #sendDelta({ given }: RoleStanding, session: Session, { put, remove }: ObjectDelta): void {
    const { revision } = given;
    const base = session.sent;
    session.sent = revision;
    session.inFlight.push("delta");
    const digest = given.digest.toString();
    const last = sendParts(session.connection, put, remove);
    session.connection.send({ type: "delta", base, revision, digest, ...last });
  }

  #sendSnapshot({ given }: RoleStanding, session: Session): void {
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
  #sendLater(state: RoleStanding, session: Session): void {
    const pause = refusalPausesMs[Math.min(session.refusals++, refusalPausesMs.length - 1)] ?? 0;
    session.sent = -1; // nothing can build on what it holds
    session.cancelRetry?.();
    session.cancelRetry = this.#timers.after(pause, () => {
      session.cancelRetry = undefined;
      if (state.session === session) this.#sendSnapshot(state, session);
    });
  }

  #greet(connection: RoleConnection, hello: Extract<ToControl, { type: "hello" }>): void {
    const version = this.#versions.find((known) => hello.protocolVersions.includes(known));
    if (hello.role === "control" || version === undefined) {
      this.#log.warn(
        { role: hello.role, versions: hello.protocolVersions },
        "a role speaks no version of the stream that is known",
      );
      connection.close();
      return;
    }
    const { role } = hello;
    const state = this.#state(role);
    const old = state.session;
    if (old && old.connection !== connection) {
      this.#leave(role);
      old.connection.close(); // its successor is here
    }
    const session: Session = {
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
    state.session = session;
    const missed = state.given.since(hello.lastRevision, hello.digest);
    if (missed) this.#sendDelta(state, session, missed);
    else this.#sendSnapshot(state, session);
    if (hello.lastRevision > this.#head) this.#tell((listener) => listener.ahead?.(role, hello.lastRevision));
    this.#tell((listener) => listener.changed?.(role));
  }

  #take(role: DataRole, message: Exclude<ToControl, { type: "hello" }>): void {
    const state = this.#state(role);
    const { given } = state;
    const session = state.session as Session;
    switch (message.type) {
      case "ack":
        if (session.inFlight.shift() === "snapshot") session.refusals = 0;
        session.acknowledged = message.revision;
        if (message.revision === given.revision && message.digest !== given.digest.toString()) {
          this.#log.error(
            { role, revision: message.revision },
            "a role holds another state than it was given",
          );
          this.#sendSnapshot(state, session);
        } else if (message.revision === given.revision) {
          state.problem = undefined; // what it, or one in its place, refused before it holds now
        }
        this.#tell((listener) => listener.changed?.(role));
        return;
      case "nack":
        this.#log.warn(
          { role, revision: message.revision, reason: message.reason },
          "a role refused its state",
        );
        if (session.inFlight.shift() === "snapshot") {
          state.problem = message.reason;
          this.#sendLater(state, session);
        } else if (!session.inFlight.includes("snapshot")) {
          this.#sendSnapshot(state, session);
        }
        this.#tell((listener) => listener.changed?.(role));
        return;
      case "report": {
        const { report } = message;
        switch (report.type) {
          case "instance":
            this.#tell((listener) => listener.instance?.(report.instance));
            return;
          case "trace":
            this.#tell((listener) => listener.trace?.(report.step));
            return;
          case "targets":
            this.#tell((listener) => listener.targets?.(report));
            return;
          case "ports":
            this.#tell((listener) => listener.ports?.(report));
            return;
          case "container-node":
            this.#tell((listener) => listener.containerNode?.(report.node));
            return;
          case "update":
            this.#tell((listener) => listener.update?.(report));
        }
        return;
      }
      case "answer":
        this.#questions.answered(role, message.id, message.answer);
    }
  }

  #leave(role: DataRole): void {
    const state = this.#state(role);
    state.session?.cancelRetry?.();
    state.session = undefined;
    this.#questions.left(role);
    this.#tell((listener) => listener.changed?.(role));
  }

  /** Asks a role. Rejects with `role-unreachable` where it is away, or does not answer in time. */
  ask(role: DataRole, question: RoleQuestion, timeoutMs: number): Promise<unknown> {
    const connection = this.#state(role).session?.connection;
    return this.#questions.ask(
      role,
      question,
      timeoutMs,
      connection && ((message) => connection.send(message)),
    );
  }

  /** Tells whether a role serves a revision: it has acknowledged the last one that bears on it. */
  serves(role: DataRole, revision: number): boolean {
    const { session, given } = this.#state(role);
    return session !== undefined && session.acknowledged >= Math.min(revision, given.revision);
  }

  isConnected(role: DataRole): boolean {
    return this.#state(role).session !== undefined;
  }

  /** Why a role refuses its state; undefined where it does not. */
  problem(role: DataRole): string | undefined {
    return this.#state(role).problem;
  }

  /** All roles as they are. */
  roles(): HubRole[] {
    return dataRoles.map((role) => {
      const { session, given, problem } = this.#state(role);
      return {
        role,
        isConnected: session !== undefined,
        ...(session ? { pid: session.pid } : {}),
        ...(session?.driver ? { driver: session.driver } : {}),
        revision: given.revision,
        acknowledged: session?.acknowledged ?? 0,
        ...(problem === undefined ? {} : { problem }),
      };
    });
  }

  /** What a role should hold, by key. */
  objects(role: DataRole): ReadonlyMap<string, RoleObject> {
    return this.#state(role).given.objects;
  }

  /** Closes all connections. */
  close(): void {
    for (const role of dataRoles) {
      const { session } = this.#state(role);
      if (!session) continue;
      this.#leave(role);
      session.connection.close();
    }
  }

  #state(role: DataRole): RoleStanding {
    return this.#roles.get(role) as RoleStanding;
  }

  #tell(call: (listener: HubListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }
}
