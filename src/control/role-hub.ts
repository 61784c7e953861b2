// Control's side of the streams to the roles: what each role should hold, what it was sent, what it said.
//
// Pure of sockets: a connection is something that messages can be sent to. A role that says hello gets the deltas since what it holds
// where they are still known, else a snapshot; then deltas as the state changes, without waiting for acknowledgements, each building on
// the one before. A role that refuses a delta gets a snapshot; one that refuses a snapshot gets another one after growing pauses. What a role
// says it holds is believed only where the digest agrees: after a restored backup it gets a snapshot, though its revision is higher.

import {
  objectKey,
  PlatformError,
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
import { PackedObjects } from "./packed-objects.ts";
import type { Log, HostTimers } from "./ports.ts";
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

/** Deltas kept for roles that come back. */
const maxKeptDeltas = 256;
/** Octets of the objects in kept deltas, over all and about: what is more than a snapshot of most platforms is not worth being kept. */
const maxKeptOctets = 8 << 20;
/**
 * Octets of one message, about: a larger state is sent in parts. No object is larger than some 85,000 octets (an RRset that fits into a DNS
 * message, in base64), so that a part stays below twice this.
 */
const maxPartOctets = 4 << 20;
/** Pauses before a role that refused a snapshot is given another one, in milliseconds; the last one is kept. */
const refusalPausesMs: readonly number[] = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000];

interface Delta {
  /** Digest and revision before it. */
  readonly base: number;
  readonly baseDigest: string;
  readonly revision: number;
  readonly put: readonly RoleObject[];
  readonly remove: readonly string[];
  /** Octets of what is put and removed, about. */
  readonly octets: number;
}

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

interface RoleState {
  readonly objects: PackedObjects;
  readonly digest: StateDigest;
  /** The last revision that changed its objects. */
  revision: number;
  readonly deltas: Delta[];
  /** Octets of all of them. */
  deltaOctets: number;
  session: Session | undefined;
  problem: string | undefined;
}

/** A question to a role that waits for its answer. */
interface PendingQuestion {
  readonly role: DataRole;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: PlatformError) => void;
  readonly cancel: () => void;
}

/** Control's side of all streams. See the head of this file. */
export class RoleHub {
  readonly #timers: HostTimers;
  readonly #log: Log;
  readonly #versions: readonly number[];
  readonly #roles: Map<DataRole, RoleState> = new Map();
  readonly #listeners: Set<HubListener> = new Set();
  readonly #asked: Map<number, PendingQuestion> = new Map();
  #nextAsk = 1;
  /** The last revision that was published. */
  #head = 0;

  /** @param version  the stream's version that is spoken best; the one before is spoken too */
  constructor(timers: HostTimers, log: Log, version: number = streamVersion) {
    this.#timers = timers;
    this.#log = log;
    this.#versions = version > 1 ? [version, version - 1] : [version];
    for (const role of dataRoles) {
      this.#roles.set(role, {
        objects: new PackedObjects(),
        digest: new StateDigest(),
        revision: 0,
        deltas: [],
        deltaOctets: 0,
        session: undefined,
        problem: undefined,
      });
    }
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
      const old = seen.has(key) ? undefined : this.#state(role).objects.held(object);
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
      if (own.length + gone.length > 0) this.#publishTo(role, this.#state(role).revision, own, gone);
    }
  }

  /** Sets the revision that the roles' objects stand for, once they are all published at start. */
  begin(revision: number): void {
    this.#head = revision;
    for (const state of this.#roles.values()) {
      state.revision = revision;
      state.deltas.length = 0;
      state.deltaOctets = 0;
    }
  }

  #publishTo(
    role: DataRole,
    revision: number,
    put: readonly RoleObject[],
    gone: readonly RoleObject[],
    prepared?: StateDigest,
  ): void {
    const remove = gone.map(objectKey);
    const state = this.#state(role);
    const [base, baseDigest] = [state.revision, state.digest.toString()];
    let octets = remove.reduce((sum, key) => sum + key.length, 0);
    for (const object of put) octets += sizeOf(object);
    const delta: Delta = { base, baseDigest, revision, put, remove, octets };
    if (prepared) state.digest.join(prepared);
    for (const object of gone) {
      const old = prepared ? undefined : state.objects.held(object);
      if (old) state.digest.toggle(old);
      state.objects.delete(object);
    }
    for (const object of put) {
      const old = prepared ? undefined : state.objects.held(object);
      if (old) state.digest.toggle(old);
      if (!prepared) state.digest.toggle(object);
      state.objects.put(object);
    }
    state.revision = revision;
    state.problem = undefined;
    state.deltas.push(delta);
    state.deltaOctets += octets;
    while (state.deltas.length > maxKeptDeltas || state.deltaOctets > maxKeptOctets)
      state.deltaOctets -= state.deltas.shift()?.octets ?? state.deltaOctets;
    const { session } = state;
    if (!session) return;
    if (session.sent === delta.base) this.#sendDelta(state, session, put, remove);
    // Otherwise it refused what came before, and a snapshot follows.
  }

  #sendDelta(
    state: RoleState,
    session: Session,
    put: readonly RoleObject[],
    remove: readonly string[],
  ): void {
    const { revision } = state;
    const base = session.sent;
    session.sent = revision;
    session.inFlight.push("delta");
    const digest = state.digest.toString();
    const last = sendParts(session.connection, put, remove);
    session.connection.send({ type: "delta", base, revision, digest, ...last });
  }

  #sendSnapshot(state: RoleState, session: Session): void {
    const { revision } = state;
    session.sent = revision;
    session.inFlight.push("snapshot");
    const last = sendParts(session.connection, state.objects.values(), []);
    session.connection.send({
      type: "snapshot",
      version: session.version,
      revision,
      digest: state.digest.toString(),
      objects: last.put,
    });
  }

  /** Gives a role that refused a snapshot another one later: what kept it may have passed, and nothing is sent in between. */
  #sendLater(state: RoleState, session: Session): void {
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
    const missed = this.#since(state, hello.lastRevision, hello.digest);
    if (missed) this.#sendDelta(state, session, missed.put, missed.remove);
    else this.#sendSnapshot(state, session);
    if (hello.lastRevision > this.#head) this.#tell((listener) => listener.ahead?.(role, hello.lastRevision));
    this.#tell((listener) => listener.changed?.(role));
  }

  /** What a role lacks, as one delta; undefined where only a snapshot will do. */
  #since(
    state: RoleState,
    revision: number,
    digest: string,
  ): { put: RoleObject[]; remove: string[] } | undefined {
    if (revision > 0 && digest === state.digest.toString()) return { put: [], remove: [] };
    const from = state.deltas.findIndex((delta) => delta.base === revision && delta.baseDigest === digest);
    if (from < 0) return undefined;
    const keys = new Set(
      state.deltas.slice(from).flatMap(({ put, remove }) => [...remove, ...put.map(objectKey)]),
    );
    const put: RoleObject[] = [];
    const remove: string[] = [];
    for (const key of keys) {
      const object = state.objects.get(key);
      if (object) put.push(object);
      else remove.push(key);
    }
    return { put, remove };
  }

  #take(role: DataRole, message: Exclude<ToControl, { type: "hello" }>): void {
    const state = this.#state(role);
    const session = state.session as Session;
    switch (message.type) {
      case "ack":
        if (session.inFlight.shift() === "snapshot") session.refusals = 0;
        session.acknowledged = message.revision;
        if (message.revision === state.revision && message.digest !== state.digest.toString()) {
          this.#log.error(
            { role, revision: message.revision },
            "a role holds another state than it was given",
          );
          this.#sendSnapshot(state, session);
        } else if (message.revision === state.revision) {
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
      case "answer": {
        const asked = this.#asked.get(message.id);
        if (asked?.role !== role) return; // it came too late
        this.#asked.delete(message.id);
        asked.cancel();
        asked.resolve(message.answer);
      }
    }
  }

  #leave(role: DataRole): void {
    const state = this.#state(role);
    state.session?.cancelRetry?.();
    state.session = undefined;
    for (const [id, asked] of this.#asked) {
      if (asked.role !== role) continue;
      this.#asked.delete(id);
      asked.cancel();
      asked.reject(unreachable(role, "it left before it answered"));
    }
    this.#tell((listener) => listener.changed?.(role));
  }

  /** Asks a role. Rejects with `role-unreachable` where it is away, or does not answer in time. */
  ask(role: DataRole, question: RoleQuestion, timeoutMs: number): Promise<unknown> {
    const { session } = this.#state(role);
    if (!session) return Promise.reject(unreachable(role, "it is not connected"));
    return new Promise((resolve, reject) => {
      const id = this.#nextAsk++;
      const cancel = this.#timers.after(timeoutMs, () => {
        this.#asked.delete(id);
        reject(unreachable(role, `it did not answer within ${timeoutMs} ms`));
      });
      this.#asked.set(id, { role, resolve, reject, cancel });
      session.connection.send({ type: "ask", id, question });
    });
  }

  /** Tells whether a role serves a revision: it has acknowledged the last one that bears on it. */
  serves(role: DataRole, revision: number): boolean {
    const { session, revision: own } = this.#state(role);
    return session !== undefined && session.acknowledged >= Math.min(revision, own);
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
      const { session, revision, problem } = this.#state(role);
      return {
        role,
        isConnected: session !== undefined,
        ...(session ? { pid: session.pid } : {}),
        ...(session?.driver ? { driver: session.driver } : {}),
        revision,
        acknowledged: session?.acknowledged ?? 0,
        ...(problem === undefined ? {} : { problem }),
      };
    });
  }

  /** What a role should hold, by key. */
  objects(role: DataRole): ReadonlyMap<string, RoleObject> {
    return this.#state(role).objects;
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

  #state(role: DataRole): RoleState {
    return this.#roles.get(role) as RoleState;
  }

  #tell(call: (listener: HubListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }
}

/** Sends objects and keys in parts, but for the last one. @returns what is left for the message that ends them */
function sendParts(
  connection: RoleConnection,
  put: Iterable<RoleObject>,
  remove: Iterable<string>,
): { put: RoleObject[]; remove: string[] } {
  let part: { put: RoleObject[]; remove: string[] } = { put: [], remove: [] };
  let octets = 0;
  const count = (more: number): void => {
    if (octets > 0 && octets + more > maxPartOctets) {
      connection.send({ type: "part", ...part });
      part = { put: [], remove: [] };
      octets = 0;
    }
    octets += more;
  };
  for (const object of put) {
    count(sizeOf(object));
    part.put.push(object);
  }
  for (const key of remove) {
    count(key.length + 3);
    part.remove.push(key);
  }
  return part;
}

/** The octets of an object in JSON, about: exactly where it matters, for records. */
function sizeOf(object: RoleObject): number {
  if (object.kind !== "rrset") return JSON.stringify(object).length + 1;
  const { apex, owner, rdata } = object;
  return rdata.reduce((sum, text) => sum + text.length + 3, 100 + apex.length + owner.length);
}

function unreachable(role: DataRole, why: string): PlatformError {
  return new PlatformError("role-unreachable", `Cannot ask role "${role}": ${why}`);
}
