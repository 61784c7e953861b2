// The store's port: an append-only change log, and tables that are folds of it.
//
// There is one write: `commit`. It takes preconditions (the revision each object must have) and entries (what each object is from
// now on), and gives the new revision. Entries are resolved facts, never commands. Revisions are whole numbers from 1 on, without
// gaps, in commit order. Every row is one object: (kind, key) with a value that is a JSON document of its kind's schema version.
// Secrets and bulk do not belong in the log, nor does what changes by itself (health, progress). Secrets are referred to by id and lie
// sealed in a table of their own, which the log knows nothing of; data points of metrics have one too (metric-port.ts), and counts of
// name servers (query-port.ts).

import type { MetricTable } from "./metric-port.ts";
import type { QueryTable } from "./query-port.ts";

/** Account of everything while nobody has made another. */
export const defaultAccountId = "000000000000";

/** Names one object. `kind` is a table's name, such as `domain`; keys are unique within it and sort by UTF-8 octets. */
export interface ObjectRef {
  readonly kind: string;
  /** 1 to 4,096 characters. */
  readonly key: string;
}

/** One fact: from this revision on, the object has this value, or is gone. */
export interface Entry extends ObjectRef {
  /** UUIDv7 of the object: given when it first appears, kept for its life. */
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  /** Region, or `global`. */
  readonly region: string;
  /** Absent: the object is gone. */
  readonly value?: unknown;
}

/** What an object must be for a commit to go through: its last revision, 0 where it must not exist. */
export interface Precondition extends ObjectRef {
  readonly revision: number;
}

/** An object as it is, or was at a revision. */
export interface Row extends Required<Entry> {
  /** The revision of the commit that gave it this value. */
  readonly revision: number;
}

/** An entry of the log. */
export interface LogEntry extends Entry {
  readonly revision: number;
  /** Its place within its commit, from 0. */
  readonly ordinal: number;
  /** When it was committed: milliseconds since 1970. */
  readonly at: number;
}

/** An object that was not as a commit expected it. */
export interface Conflict extends ObjectRef {
  readonly expected: number;
  /** 0 where there is none. */
  readonly actual: number;
}

/** Outcome of a commit: a revision, or every object that stood in the way; then nothing was written. */
export type CommitResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly conflicts: readonly Conflict[] };

/** Which part of a table to read. */
export interface ListOptions {
  /** Only keys that begin so. */
  readonly prefix?: string;
  /** Only keys after this one. */
  readonly after?: string;
  /** At most so many; 1,000 where absent. */
  readonly limit?: number;
}

/** How a kind's values have changed over time. */
export interface KindSchema {
  /** The version that is written today, from 1 on. */
  readonly version: number;
  /** For each older version, how a value becomes the next version's. */
  readonly upcasters?: Readonly<Record<number, (value: unknown) => unknown>>;
}

/**
 * What the data is made of. `dataVersion` grows with every change that an older program would not understand: a new kind, a new
 * version of one, another layout. A store of a higher one is refused untouched.
 */
export interface StoreSchema {
  readonly dataVersion: number;
  readonly kinds: Readonly<Record<string, KindSchema>>;
}

/** A secret as it lies in the store. */
export interface SealedSecret {
  /** 1 to 128 characters, unique among all secrets: a UUID mostly. */
  readonly id: string;
  /** What sort of secret it is, such as `certificate-key`. */
  readonly purpose: string;
  /** What a sealer gave (sealer.ts). */
  readonly sealed: string;
  /** When it was put: milliseconds since 1970. */
  readonly at: number;
}

/** The table of sealed secrets. It is no part of the change log: it has no revisions, and undo knows nothing of it. */
export interface SecretTable {
  /** Keeps a secret, in place of one of the same id. When the promise settles, it survives a crash of the machine. */
  put(secret: SealedSecret): Promise<void>;
  get(id: string): Promise<SealedSecret | undefined>;
  /** Removes a secret; nothing where there is none. */
  delete(id: string): Promise<void>;
  /** All secrets of a purpose, in the order of their ids. */
  list(purpose: string): Promise<SealedSecret[]>;
}

/** Which RRset of which zone a row of signatures is of. */
export interface SignaturePlace {
  readonly zone: string;
  /** Type and owner of the RRset, in the writer's own form. */
  readonly name: string;
}

/** The signatures over one RRset of a zone. */
export interface SignatureRow extends SignaturePlace {
  /** What tells the records that they are over from others. */
  readonly digest: string;
  /** The signatures, in the writer's own form; empty where there are none any more. */
  readonly rdata: string;
}

/**
 * The table of signatures that zones are served with: kept so that a start makes none anew. No part of the change log; what is lost of it
 * is made again.
 */
export interface SignatureTable {
  /** Keeps rows in place of those of the same name, and removes those that are empty. */
  put(rows: readonly SignatureRow[]): Promise<void>;
  /** Removes all of a zone. */
  deleteZone(zone: string): Promise<void>;
  /** Rows in the order of zone and name, after a place, at most `limit`. */
  list(after: SignaturePlace | undefined, limit: number): Promise<SignatureRow[]>;
}

/**
 * A change log with its tables.
 *
 * Every method may throw `data-damaged` where what was written cannot be read, and `internal` after `close`.
 */
export interface Store {
  /** Sealed secrets. */
  readonly secrets: SecretTable;
  /** Data points of metrics. */
  readonly metrics: MetricTable;
  /** Signatures of zones. */
  readonly signatures: SignatureTable;
  /** What name servers counted. */
  readonly queries: QueryTable;
  /**
   * Writes all entries or none. When the promise settles with a revision, the entries survive a crash of the machine.
   *
   * Throws `internal` for an entry of an unknown kind, or two entries of one object.
   * @param at  wall time in milliseconds
   */
  commit(
    preconditions: readonly Precondition[],
    entries: readonly Entry[],
    at: number,
  ): Promise<CommitResult>;

  /** The last revision; 0 for an empty store. */
  head(): Promise<number>;

  /** The object as it is. */
  get(ref: ObjectRef): Promise<Row | undefined>;

  /**
   * The object as it was when `revision` was the last one.
   * @returns `forgotten` where retention has dropped what is needed to tell
   */
  getAt(ref: ObjectRef, revision: number): Promise<Row | undefined | "forgotten">;

  /** The revision that gave an object its value or removed it last; undefined where the log tells of none any more. */
  lastWritten(ref: ObjectRef): Promise<number | undefined>;

  /** Objects of one kind, in the order of their keys. */
  list(kind: string, options?: ListOptions): Promise<Row[]>;

  /**
   * Entries of the log after a place in it, in order.
   *
   * @param after  the last entry that is known; entries of the snapshot are not in the log any more
   * @param limit  at most so many entries; the last commit may be cut, so go on from its last entry
   * @returns `forgotten` where the log no longer reaches back so far: read the tables instead
   */
  log(after: { revision: number; ordinal?: number }, limit: number): Promise<LogEntry[] | "forgotten">;

  /**
   * Folds the log up to a revision into the snapshot and drops it there. Tables do not change.
   * @returns the revision the snapshot now stands for: every later one can still be read with `getAt`
   */
  compact(upTo: number): Promise<number>;

  /** Folds snapshot and log anew and compares: the objects whose table row differs, at most 100. Empty where all is well. */
  verify(): Promise<ObjectRef[]>;

  /** Finishes what is under way and lets go of the files. */
  close(): Promise<void>;
}
