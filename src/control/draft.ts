// A change in the making: facts put and removed on the state itself, so that rules and publication see the whole, and taken back at
// the end. What it comes to are entries, preconditions, and the role objects that differ.
//
// Between `new Draft` and `rollback` nothing may wait: the state is everybody's.

import { objectKey, type RoleObject } from "#contract";
import type { Entry, Precondition } from "#store";
import { unrecordedKinds, type ChangedObject, type Facts, type Kind } from "./facts.ts";
import type { Identities } from "./identity.ts";
import type { Publisher } from "./publish.ts";
import type { Held, State } from "./state.ts";

type DraftKind = Exclude<Kind, "change">;

interface Touched {
  readonly kind: DraftKind;
  readonly key: string;
  readonly before: Held | undefined;
}

/** What each unit gave last, as it is published; undefined while nothing is. */
export type Published = () => ((unit: string) => readonly RoleObject[]) | undefined;

/** A role object before and after; one side is absent where it appears or disappears. */
export interface ObjectDifference {
  readonly before?: RoleObject;
  readonly after?: RoleObject;
}

/** A change in the making, on the state it is drafted on. See the head of this file. */
export class Draft {
  readonly state: State;
  readonly #publisher: Publisher;
  readonly #identities: Identities;
  readonly #published: Published;
  readonly #touched: Map<string, Touched> = new Map();
  readonly #required: Map<string, Precondition> = new Map();
  readonly #units: Set<string> = new Set();
  readonly #foreseen: Map<string, { readonly kind: DraftKind; readonly key: string; readonly held: Held }> =
    new Map();

  constructor(state: State, publisher: Publisher, identities: Identities, published: Published) {
    this.state = state;
    this.#publisher = publisher;
    this.#identities = identities;
    this.#published = published;
  }

  /**
   * Gives an object a value.
   * @param id  of one that is new; absent makes one
   */
  put<K extends DraftKind>(kind: K, key: string, value: Facts[K], id?: string): void {
    const held = this.state.get(kind, key);
    // Member by member: an object that is held gives its ARN when it is asked for it.
    const own = held ?? this.#identities.identity(kind, id ?? this.#identities.uuid());
    const { arn, accountId, region } = own;
    this.#apply({ id: own.id, arn, accountId, region, kind, key, value });
  }

  /** Removes an object; nothing where there is none. */
  remove(kind: DraftKind, key: string): void {
    const held = this.state.get(kind, key);
    if (!held) return;
    const { id, arn, accountId, region } = held;
    this.#apply({ id, arn, accountId, region, kind, key });
  }

  /** Makes the commit depend on an object that is not changed itself. */
  require(kind: DraftKind, key: string): void {
    this.#required.set(`${kind} ${key}`, { kind, key, revision: this.state.get(kind, key)?.revision ?? 0 });
  }

  /** Says that an object goes with the second half of the change: for people and the history it is removed by it. */
  foreseeRemoval(kind: DraftKind, key: string): void {
    const held = this.state.get(kind, key);
    if (!held) return;
    this.require(kind, key);
    this.#foreseen.set(`${kind} ${key}`, { kind, key, held });
  }

  /** What goes with the second half of the change. */
  foreseen(): Iterable<{ readonly kind: DraftKind; readonly key: string; readonly held: Held }> {
    return this.#foreseen.values();
  }

  /** Tells whether anything was put or removed. */
  get isEmpty(): boolean {
    return this.#touched.size === 0;
  }

  #apply(entry: Entry): void {
    const kind = entry.kind as DraftKind;
    this.#addUnits(kind, entry.key);
    const before = this.state.apply(entry, 0);
    this.#addUnits(kind, entry.key);
    const name = `${kind} ${entry.key}`;
    if (!this.#touched.has(name)) this.#touched.set(name, { kind, key: entry.key, before });
  }

  /** Units before and after: references can move with the change. */
  #addUnits(kind: DraftKind, key: string): void {
    for (const unit of this.#publisher.units.of({ kind, key })) this.#units.add(unit);
  }

  /** Runs something on the state as it was before the draft. */
  #before<T>(run: () => T): T {
    const after = [...this.#touched.values()].map(({ kind, key }) => ({
      kind,
      key,
      held: this.state.get(kind, key),
    }));
    this.#restore();
    try {
      return run();
    } finally {
      for (const { kind, key, held } of after) this.state.restore(kind, key, held);
    }
  }

  /** How the objects of the roles differ, by their keys. */
  differences(): ObjectDifference[] {
    const gather = (objectsOf: (unit: string) => readonly RoleObject[]): Map<string, RoleObject> => {
      const objects = new Map<string, RoleObject>();
      for (const unit of this.#units)
        for (const object of objectsOf(unit)) objects.set(objectKey(object), object);
      return objects;
    };
    const ofState = (unit: string): RoleObject[] => this.#publisher.objectsOf(unit);
    const after = gather(ofState);
    // What is published is what the state before the draft gives; taking a large draft back and making it again costs seconds.
    const published = this.#published();
    const before = published ? gather(published) : this.#before(() => gather(ofState));
    const differences: ObjectDifference[] = [];
    for (const [key, object] of after) {
      const old = before.get(key);
      if (!old) differences.push({ after: object });
      else if (JSON.stringify(old) !== JSON.stringify(object))
        differences.push({ before: old, after: object });
    }
    for (const [key, object] of before) if (!after.has(key)) differences.push({ before: object });
    return differences;
  }

  /** The facts as entries, and what each object must be for them to hold. */
  entries(): { entries: Entry[]; preconditions: Precondition[] } {
    const entries: Entry[] = [];
    const preconditions = new Map(this.#required);
    for (const [name, { kind, key, before }] of this.#touched) {
      preconditions.set(name, { kind, key, revision: before?.revision ?? 0 });
      const held = this.state.get(kind, key);
      const identity = held ?? before;
      if (!identity) continue; // put and removed again
      const { id, arn, accountId, region } = identity;
      entries.push({ kind, key, id, arn, accountId, region, ...(held ? { value: held.value } : {}) });
    }
    return { entries, preconditions: [...preconditions.values()] };
  }

  /** Every object that is another one now, in the order of first touch. */
  *changes(): Generator<{ kind: DraftKind; key: string; before: Held | undefined; after: Held | undefined }> {
    for (const { kind, key, before } of this.#touched.values()) {
      const after = this.state.get(kind, key);
      if (before || after) yield { kind, key, before, after };
    }
  }

  /** What the history keeps to take the change back. Serials never go back, and what is pending ends by itself: both are left out. */
  changedObjects(): ChangedObject[] {
    const changed: ChangedObject[] = [];
    for (const { kind, key, before, after } of this.changes()) {
      if (unrecordedKinds.has(kind)) continue;
      const removed = after ? {} : { isRemoved: true as const };
      changed.push({ kind, key, ...(before ? { before: before.value } : {}), ...removed });
    }
    for (const { kind, key, held } of this.#foreseen.values())
      changed.push({ kind, key, before: held.value, isRemoved: true });
    return changed;
  }

  /** Takes everything back. */
  rollback(): void {
    this.#restore();
    this.#touched.clear();
  }

  #restore(): void {
    for (const { kind, key, before } of this.#touched.values()) this.state.restore(kind, key, before);
  }
}
