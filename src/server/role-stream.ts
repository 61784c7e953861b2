// A role's side of the stream from control (src/contract/stream.ts). Starts from the last good state on disk, then
// keeps a connection to control for ever: says hello, takes a snapshot or deltas, hands each to the role as one
// change, acknowledges it, answers questions, and reports. Control may come and go; the role serves on.

import { connect } from "node:net";
import type { Logger } from "pino";
import {
  objectKey,
  roleOf,
  StateDigest,
  streamVersion,
  toRole,
  type Report,
  type RoleDriver,
  type RoleName,
  type RoleObject,
  type RoleQuestion,
  type ToControl,
  type ToRole,
} from "#contract";
import { messagesOn, maxToRoleOctets, type MessageConnection } from "./json-lines.ts";
import { loadState, saveState } from "./state-file.ts";

/** What a role is told: how its objects differ from before. All of it becomes visible together. */
export interface RoleChange {
  /** All objects after the change, by key. */
  readonly objects: ReadonlyMap<string, RoleObject>;
  /** Those that are new or differ. */
  readonly put: readonly RoleObject[];
  /** Those that are gone. */
  readonly removed: readonly RoleObject[];
  readonly revision: number;
}

/** What a stream works with. */
export interface RoleStreamOptions {
  readonly role: Exclude<RoleName, "control">;
  /** What the role runs on; absent: it is not told. */
  readonly driver?: RoleDriver;
  /** The UNIX socket of control. */
  readonly socketPath: string;
  /** Where the last good state is kept. */
  readonly statePath: string;
  readonly log: Logger;
  /** Takes a change as a whole, or throws and takes nothing of it. */
  readonly apply: (change: RoleChange) => void;
  /** Answers what control asks. */
  readonly answer: (question: RoleQuestion) => unknown;
  /** Called after each hello: what control should know again is reported now. */
  readonly onConnected?: () => void;
  /** Called when a connection is gone. */
  readonly onLost?: () => void;
  /** The longest wait between two attempts to connect, in milliseconds. Default 1000. */
  readonly maxBackOffMs?: number;
  /** How long changes are gathered before the state is written, in milliseconds. Default 200. */
  readonly saveDelayMs?: number;
  /** The largest message taken, in octets. Default {@link maxToRoleOctets}. */
  readonly maxMessageOctets?: number;
}

/** Reports that are kept while control is away; the oldest are dropped first. */
const maxReports = 1000;
/** Octets that may wait for control to read them before steps of traces are dropped. */
const maxWaitingOctets = 4 << 20;
/** The first wait between two attempts to connect, in milliseconds; doubled for each further one. */
const backOffMs = 25;

/** The stream of one role. */
export class RoleStream {
  readonly #options: Required<Omit<RoleStreamOptions, "driver">> & Pick<RoleStreamOptions, "driver">;
  readonly #objects = new Map<string, RoleObject>();
  #digest = new StateDigest();
  #revision = 0;
  #connection: MessageConnection | undefined;
  #isGreeted = false;
  readonly #firstContact: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #attempt = 0;
  #retry: NodeJS.Timeout | undefined;
  #save: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #reports: Report[] = [];
  /** Came before the snapshot or delta that they belong to. */
  readonly #parts: Extract<ToRole, { type: "part" }>[] = [];

  constructor(options: RoleStreamOptions) {
    this.#options = {
      onConnected: () => {},
      onLost: () => {},
      maxBackOffMs: 1000,
      saveDelayMs: 200,
      maxMessageOctets: maxToRoleOctets,
      ...options,
    };
  }

  /** Hands the role its last state from disk, where there is one, and starts to connect to control. */
  start(): void {
    const { statePath, log } = this.#options;
    const state = loadState(statePath);
    if (typeof state === "string") log.warn({ statePath }, `the state on disk is not used: ${state}`);
    else if (state) {
      const refused = this.#change(state.objects, [...this.#objects.keys()], state.revision, state.digest);
      if (refused !== undefined) log.warn({ statePath }, `the state on disk is not used: ${refused}`);
    }
    this.#connect();
  }

  /** The revision the role holds; 0 where it holds none. */
  get revision(): number {
    return this.#revision;
  }

  /** True while control is connected and has sent what this role lacked, or has acknowledged that nothing is. */
  get isSynced(): boolean {
    return this.#isGreeted;
  }

  /** Waits until control has been heard of for the first time: it sent what was lacking, or it is not there. */
  async firstContact(maximumMs: number): Promise<void> {
    const timer = setTimeout(() => this.#firstContact.resolve(), maximumMs);
    await this.#firstContact.promise;
    clearTimeout(timer);
  }

  /** Tells control something, now or when it is there again. */
  report(report: Report): void {
    if (this.#connection) {
      // A control that does not read loses steps of traces, not the state of instances.
      const isStuck = this.#connection.waiting > maxWaitingOctets && report.type === "trace";
      if (!isStuck) this.#send({ type: "report", report });
      return;
    }
    // Of an instance, and of a resource's targets, only the last state counts.
    const older = this.#reports.findIndex(
      (one) =>
        (one.type === "instance" && report.type === "instance" && one.instance.id === report.instance.id) ||
        (one.type === "targets" && report.type === "targets" && one.resourceId === report.resourceId),
    );
    if (older >= 0) this.#reports.splice(older, 1);
    else if (this.#reports.length >= maxReports) this.#reports.shift();
    this.#reports.push(report);
  }

  /** Ends the connection and writes what is not on disk yet. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connection?.destroy();
    if (this.#save) this.#saveNow();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const socket = connect(this.#options.socketPath);
    const connection = messagesOn(socket, this.#options.maxMessageOctets, {
      message: (value) => this.#take(toRole.parse(value)),
      closed: (reason) => this.#lost(reason),
    });
    socket.once("connect", () => {
      this.#connection = connection;
      this.#parts.length = 0;
      const { role, driver } = this.#options;
      const [digest, lastRevision] = [this.#digest.toString(), this.#revision];
      this.#send({
        type: "hello",
        role,
        pid: process.pid,
        protocolVersions: [streamVersion],
        lastRevision,
        digest,
        ...(driver ? { driver } : {}),
      });
      for (const report of this.#reports.splice(0)) this.#send({ type: "report", report });
      this.#options.onConnected();
    });
  }

  #lost(reason: string | undefined): void {
    const wasConnected = this.#connection !== undefined;
    if (wasConnected && !this.#isClosed) this.#options.log.info({ reason }, "control is away");
    this.#connection = undefined;
    this.#isGreeted = false;
    if (wasConnected) this.#options.onLost();
    this.#firstContact.resolve();
    if (this.#isClosed) return;
    const wait = Math.min(backOffMs * 2 ** this.#attempt, this.#options.maxBackOffMs);
    this.#attempt = Math.min(this.#attempt + 1, 20);
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  #send(message: ToControl): void {
    this.#connection?.send(message);
  }

  #take(message: ToRole): void {
    switch (message.type) {
      case "ask":
        void this.#answer(message.id, message.question);
        return;
      case "part":
        this.#parts.push(message);
        return;
      case "snapshot": {
        if (message.version !== streamVersion)
          throw new Error(`version ${message.version} of the stream is not known`);
        const parts = this.#parts.splice(0);
        const objects =
          parts.length === 0 ? message.objects : [...parts, { put: message.objects }].flatMap(putOf);
        this.#settle(message, objects, [...this.#objects.keys()]);
        return;
      }
      case "delta": {
        const parts = [...this.#parts.splice(0), message];
        if (message.base !== this.#revision) {
          const reason = `it builds on revision ${message.base}, and this role holds ${this.#revision}`;
          this.#refuse(message.revision, reason);
          return;
        }
        this.#settle(
          message,
          parts.flatMap(putOf),
          parts.flatMap(({ remove }) => remove),
        );
        return;
      }
    }
  }

  async #answer(id: number, question: RoleQuestion): Promise<void> {
    let answer: unknown = null;
    try {
      answer = await this.#options.answer(question);
    } catch (error) {
      this.#options.log.error({ error, question }, "a question could not be answered");
    }
    this.#send({ type: "answer", id, answer });
  }

  #settle(
    message: { revision: number; digest: string },
    put: readonly RoleObject[],
    remove: readonly string[],
  ): void {
    const refused = this.#change(put, remove, message.revision, message.digest);
    if (refused !== undefined) {
      this.#refuse(message.revision, refused);
      return;
    }
    this.#attempt = 0;
    this.#isGreeted = true;
    this.#firstContact.resolve();
    this.#send({ type: "ack", revision: this.#revision, digest: this.#digest.toString() });
    this.#save ??= setTimeout(() => this.#saveNow(), this.#options.saveDelayMs);
  }

  #refuse(revision: number, reason: string): void {
    this.#options.log.warn({ revision, reason }, "a change was refused");
    this.#send({ type: "nack", revision, reason });
  }

  /**
   * Makes a change, all of it or nothing. What is both removed and put is replaced.
   *
   * @returns why it was refused; undefined where it was made
   */
  #change(
    put: readonly RoleObject[],
    remove: readonly string[],
    revision: number,
    digest: string,
  ): string | undefined {
    const after = new Map<string, RoleObject | undefined>(remove.map((key) => [key, undefined]));
    for (const object of put) {
      if (roleOf(object) !== this.#options.role)
        return `an object of kind ${object.kind} is not for this role`;
      after.set(objectKey(object), object);
    }
    const before = [...after.keys()].map((key) => [key, this.#objects.get(key)] as const);
    this.#replace(after);
    const changed = [...after.values()].filter((object) => object !== undefined);
    const removed = before.flatMap(([key, object]) => (object && !after.get(key) ? [object] : []));
    let refused = this.#digest.toString() === digest ? undefined : "the digest of the result is another one";
    if (refused === undefined) {
      try {
        this.#options.apply({ objects: this.#objects, put: changed, removed, revision });
      } catch (error) {
        refused = (error as Error).message;
      }
    }
    if (refused === undefined) this.#revision = revision;
    else this.#replace(before);
    return refused;
  }

  #replace(objects: Iterable<readonly [string, RoleObject | undefined]>): void {
    for (const [key, object] of objects) {
      const old = this.#objects.get(key);
      if (old) this.#digest.toggle(old);
      if (object) {
        this.#digest.toggle(object);
        this.#objects.set(key, object);
      } else {
        this.#objects.delete(key);
      }
    }
  }

  #saveNow(): void {
    clearTimeout(this.#save);
    this.#save = undefined;
    try {
      const objects = [...this.#objects.values()];
      saveState(this.#options.statePath, {
        revision: this.#revision,
        digest: this.#digest.toString(),
        objects,
      });
    } catch (error) {
      // A full disk: the role serves on from memory, and tries again with the next change.
      this.#options.log.error({ error }, "the state could not be written");
    }
  }
}

function putOf({ put }: { readonly put: readonly RoleObject[] }): readonly RoleObject[] {
  return put;
}
