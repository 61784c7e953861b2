// The change log as control reads it: the state at start, changes of the history, and what an undo takes back. Writes are in control.ts.

import { isDeepStrictEqual } from "node:util";
import { PlatformError, type Change } from "#contract";
import type { Row, Store } from "#store";
import { hasName, indexChange, isAskedFor, type ChangeFilter } from "./change-index.ts";
import { isBeingDeleted } from "./drains.ts";
import { kinds, type ChangeFact, type Kind } from "./facts.ts";
import { referencesOf } from "./undo-references.ts";
import type { UndoneChange } from "./plan-context.ts";
import type { Log } from "./ports.ts";
import { isDrainedRemoval, type State } from "./state.ts";
import { viewChange } from "./views.ts";

/** Revisions that can still be read as they were; older ones are folded into the snapshot. The history of changes stays. */
const keptRevisions = 10_000;
/** Revisions between two such foldings. */
const compactEvery = 1000;
/** Removals that a refused undo can name. */
const maxNamedRemovals = 20;
/** Objects of a change to be taken back that are compared with what it left; of more than these a later change is a conflict. */
const maxCompared = 1000;
/** Rows read at once. Changes are longer than other rows: each holds what it changed. */
const pageSize = 1000;
const changePageSize = 100;
/** Changes read from the store for one page of the history. */
const maxReadChanges = 500;

/** Reads the log. */
export class ChangeLogReader {
  readonly #store: Store;
  readonly #state: State;
  readonly #log: Log;

  constructor(store: Store, state: State, log: Log) {
    this.#store = store;
    this.#state = state;
    this.#log = log;
  }

  /**
   * Fills the state from the store. Throws `data-damaged` where that cannot be read.
   * @param look  is shown each change, in no certain order
   */
  async load(look: (fact: ChangeFact) => void = () => {}): Promise<void> {
    for (const kind of kinds) {
      if (kind === "change") continue; // below, in the order of the log
      for await (const row of this.#rows(kind, pageSize)) this.#state.apply(row, row.revision);
    }
    const changes: Row[] = [];
    // Of a change only what it took back and what it removed that drained first is kept in memory: the rest is long.
    for await (const row of this.#rows("change", changePageSize)) {
      const fact = row.value as ChangeFact;
      look(fact);
      const { undoes, objects } = fact;
      const kept = {
        indexed: indexChange(fact),
        objects: objects.filter(isDrainedRemoval),
        ...(undoes === undefined ? {} : { undoes }),
      };
      changes.push({ ...row, value: kept });
    }
    changes.sort((a, b) => a.revision - b.revision);
    for (const row of changes) this.#state.apply(row, row.revision);
    this.#state.revision = await this.#store.head();
  }

  /** All objects of a kind, read page by page. */
  async *#rows(kind: Kind, limit: number): AsyncGenerator<Row> {
    for (let after: string | undefined; ;) {
      const rows = await this.#store.list(kind, { limit, ...(after === undefined ? {} : { after }) });
      yield* rows;
      after = rows.at(-1)?.key;
      if (rows.length < limit) return;
    }
  }

  /** One change of the history, by id or revision. Throws `change-not-found`. */
  async change(id: string): Promise<Change> {
    const { fact, revision, id: key } = await this.read(id);
    return viewChange(this.#state, key, revision, fact);
  }

  /**
   * Changes, the latest first.
   * @param before  those of a lower revision
   * @returns `next` where there may be more: what to give as `before` then
   */
  async history(
    limit: number,
    before: number = Infinity,
    filter: ChangeFilter = {},
  ): Promise<{ changes: Change[]; next?: number }> {
    const { changes } = this.#state;
    const page: Change[] = [];
    let read = 0;
    for (let i = changes.length - 1; i >= 0; i--) {
      const index = changes[i];
      if (!index || index.revision >= before) continue;
      const isAsked = isAskedFor(index, filter);
      if (isAsked === false) continue;
      // The next page goes on from here.
      if (page.length === limit || read === maxReadChanges)
        return { changes: page, next: index.revision + 1 };
      read++;
      const { fact, revision } = await this.read(index.id);
      if (isAsked === true || hasName(fact, filter.resource ?? ""))
        page.push(viewChange(this.#state, index.id, revision, fact));
    }
    return { changes: page };
  }

  /** A change as it was committed, by id or revision. Throws `change-not-found`. */
  async read(text: string): Promise<UndoneChange> {
    const id = /^\d+$/.test(text) ? (this.#state.changeAt(Number(text)) ?? text) : text;
    const row = await this.#store.get({ kind: "change", key: id });
    if (!row) throw new PlatformError("change-not-found", `Cannot find change "${text}": there is none`);
    return { id, revision: row.revision, fact: row.value as ChangeFact };
  }

  /** What a change comes to that is to be taken back: with who removed since what it touched, and what later changes left as it was. */
  async undone(change: UndoneChange): Promise<UndoneChange> {
    const removedAt = new Map<string, number>();
    const asked = new Set<string>();
    for (const ref of referencesOf(change.fact)) {
      if (asked.size >= maxNamedRemovals) break;
      const name = `${ref.kind} ${ref.key}`;
      const isThere = this.#state.get(ref.kind, ref.key) !== undefined;
      if (asked.has(name) || (isThere && !isBeingDeleted(this.#state, ref.key))) continue;
      asked.add(name);
      const revision = this.#state.removedAt(ref.kind, ref.key) ?? (await this.#store.lastWritten(ref));
      if (revision !== undefined && revision !== change.revision) removedAt.set(name, revision);
    }
    return { ...change, removedAt, ...(await this.#leftBy(change)) };
  }

  /** Objects that were written later and are again as the change left them, and what it left of others. */
  async #leftBy({ revision, fact }: UndoneChange): Promise<Pick<UndoneChange, "asLeft" | "left">> {
    const asLeft = new Set<string>();
    const others = new Map<string, unknown>();
    let read = 0;
    for (const { kind, key, isRemoved } of fact.objects) {
      const held = this.#state.get(kind as Exclude<Kind, "change">, key);
      if (isRemoved || held?.revision === revision || (!held && kind !== "rrset")) continue;
      if (++read > maxCompared) break;
      const left = await this.#store.getAt({ kind, key }, revision);
      if (!left || left === "forgotten") continue;
      if (isDeepStrictEqual(left.value, held?.value)) asLeft.add(`${kind} ${key}`);
      else others.set(`${kind} ${key}`, left.value);
    }
    return { asLeft, left: others };
  }

  /** Folds old revisions into the snapshot now and then, in the background: the log is right without it. */
  fold(revision: number): void {
    if (revision % compactEvery !== 0) return;
    this.#store.compact(revision - keptRevisions).catch((error: unknown) => {
      this.#log.error({ error }, "the log could not be folded into its snapshot");
    });
  }
}
