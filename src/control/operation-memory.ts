// Operations that are no longer in memory: made anew from the changes that they were begun by, after a restart or when somebody asks.

import type { Operation } from "#contract";
import type { ChangeLogReader } from "./change-log-reader.ts";
import { findChangeOf } from "./operation-lookup.ts";
import { seedOf } from "./operation-seed.ts";
import type { Operations, OperationSeed } from "./operations.ts";
import type { UndoneChange } from "./plan-context.ts";
import type { Clock } from "./ports.ts";
import type { State } from "./state.ts";

/** For how long after a change the health of what it attached is followed by the operation that a restart makes anew. */
const followedHealthMs = 600_000;
/** Operations that are made anew after a restart. */
const restoredOperations = 50;

/** What operations are made anew from. */
export interface OperationMemorySources {
  readonly operations: Operations;
  readonly state: State;
  readonly changeLog: ChangeLogReader;
  readonly region: string;
  readonly clock: Clock;
}

/** Finds operations, also old ones. */
export class OperationMemory {
  readonly #from: OperationMemorySources;

  constructor(from: OperationMemorySources) {
    this.#from = from;
  }

  /**
   * An operation, also one that is no longer remembered.
   * @param isSame  tells whether an operation's id is meant; the same id, where absent
   */
  async find(
    id: string,
    isSame: (own: string) => boolean = (own) => own === id,
  ): Promise<Operation | undefined> {
    const known = this.#from.operations.get(id);
    if (known) return known;
    const read = (changeId: string): Promise<UndoneChange> => this.#from.changeLog.read(changeId);
    const change = await findChangeOf(id, this.#from.state.changes, read, isSame);
    return change && this.#from.operations.recall(this.#seedAnew(change));
  }

  /** Begins the operations of the latest changes anew, after a restart. */
  async restore(): Promise<void> {
    for (const { id } of this.#from.state.changes.slice(-restoredOperations)) {
      const change = await this.#from.changeLog.read(id);
      if (!this.#from.operations.get(change.fact.operation.id))
        this.#from.operations.begin(this.#seedAnew(change));
    }
  }

  #seedAnew({ id, revision, fact }: UndoneChange): OperationSeed {
    const seed = seedOf(this.#from.state, this.#from.region, { changeId: id, revision, fact });
    // How an instance does today says nothing of an attachment of long ago.
    const isOld = fact.at < this.#from.clock.wall() - followedHealthMs;
    return isOld ? { ...seed, attached: [] } : seed;
  }
}
