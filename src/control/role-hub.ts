// Control's side of the streams to the roles: who is connected, what each role is to hold, what it said. What a role lacks of that, and how
// it is sent, is in `role-standing.ts`.
//
// Pure of sockets: a connection is something that messages can be sent to.

import {
  roleOf,
  streamVersion,
  toControl,
  type ContainerNodeState,
  type InstanceState,
  type Report,
  type RoleDriver,
  type RoleObject,
  type RoleQuestion,
  type ToControl,
  type TraceStep,
  type UpdateReport,
} from "#contract";
import { dataRoles, type DataRole } from "./data-roles.ts";
import type { Log, HostTimers } from "./ports.ts";
import { prepareDigests, type PreparedDigests } from "./prepared-digests.ts";
import { RoleQuestions } from "./role-questions.ts";
import { RoleStanding, type RoleConnection } from "./role-standing.ts";
import type { Sliced } from "./slices.ts";

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

/** Control's side of all streams. See the head of this file. */
export class RoleHub {
  readonly #log: Log;
  readonly #versions: readonly number[];
  readonly #roles: Map<DataRole, RoleStanding> = new Map();
  readonly #listeners: Set<HubListener> = new Set();
  readonly #questions: RoleQuestions;
  /** The last revision that was published. */
  #head = 0;

  /** @param version  the stream's version that is spoken best; the one before is spoken too */
  constructor(timers: HostTimers, log: Log, version: number = streamVersion) {
    this.#log = log;
    this.#questions = new RoleQuestions(timers);
    this.#versions = version > 1 ? [version, version - 1] : [version];
    for (const role of dataRoles) this.#roles.set(role, new RoleStanding(timers));
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
      this.#state(role).publish(revision, changes.put, changes.remove, prepared?.get(role));
  }

  /**
   * Works out most of what publishing objects takes, in pieces.
   * @returns undefined where one key is put twice: then it matters which comes last
   */
  preparing(put: readonly RoleObject[], remove: readonly RoleObject[]): Sliced<PreparedDigests | undefined> {
    return prepareDigests(put, remove, (role, object) => this.#state(role).given.objects.held(object));
  }

  /**
   * Changes what roles hold beside all revisions: what is in no log, and is as it is at the moment. Each role's revision stays.
   * @param remove  objects under the keys that go
   */
  publishBeside(put: readonly RoleObject[], remove: readonly RoleObject[]): void {
    for (const role of dataRoles) {
      const own = put.filter((object) => roleOf(object) === role);
      const gone = remove.filter((object) => roleOf(object) === role);
      const state = this.#state(role);
      if (own.length + gone.length > 0) state.publish(state.given.revision, own, gone);
    }
  }

  /** Sets the revision that the roles' objects stand for, once they are all published at start. */
  begin(revision: number): void {
    this.#head = revision;
    for (const { given } of this.#roles.values()) given.begin(revision);
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
    state.begin(connection, version, hello);
    if (hello.lastRevision > this.#head) this.#tell((listener) => listener.ahead?.(role, hello.lastRevision));
    this.#tell((listener) => listener.changed?.(role));
  }

  #take(role: DataRole, message: Exclude<ToControl, { type: "hello" }>): void {
    const state = this.#state(role);
    switch (message.type) {
      case "ack":
        if (!state.acknowledged(message.revision, message.digest))
          this.#log.error(
            { role, revision: message.revision },
            "a role holds another state than it was given",
          );
        this.#tell((listener) => listener.changed?.(role));
        return;
      case "nack":
        this.#log.warn(
          { role, revision: message.revision, reason: message.reason },
          "a role refused its state",
        );
        state.refused(message.reason);
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
    this.#state(role).end();
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
    const { session } = this.#state(role);
    return session !== undefined && this.isAsLate(role, session.acknowledged, revision);
  }

  /** Tells whether a role that holds one revision has all that bears on it of another. */
  isAsLate(role: DataRole, held: number, revision: number): boolean {
    return held >= Math.min(revision, this.#state(role).given.revision);
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
