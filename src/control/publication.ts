// Keeps the roles' objects in step with the state: takes over committed entries, and publishes what differs as one revision. A zone that
// ends stays on its name servers, as it was, until nothing leads there any more (`pending` in facts.ts); a control that starts anew
// does not know its records, and takes it off at once.

import { objectKey, type RoleObject } from "#contract";
import type { Entry } from "#store";
import { packRrsets, unpackRrsets } from "./packed-objects.ts";
import type { Host } from "./ports.ts";
import type { Publisher } from "./publish.ts";
import type { RoleHub } from "./role-hub.ts";
import { inSlices, type Sliced, turnAfter } from "./slices.ts";
import { carryOut } from "./signing/signing-work.ts";
import type { ObjectChange, ZoneSigner } from "./signing/zone-signer.ts";
import type { State } from "./state.ts";

/** Units that are gone through between two turns for others, at most. */
const unitsAtOnce = 50;

/** The roles' objects as they were last published, kept in step with the state. */
export class Publication {
  readonly #state: State;
  readonly #publisher: Publisher;
  readonly #hub: RoleHub;
  readonly #signer: ZoneSigner;
  readonly #host: Pick<Host, "clock" | "bulkSigner">;
  /** What each unit gave last. What a name of a zone gave is packed, where that is RRsets alone: there are many. */
  readonly #objects: Map<string, readonly RoleObject[] | string> = new Map();
  /** Objects of zones that have ended and are still served, by apex and key. */
  readonly #lingering: Map<string, Map<string, RoleObject>> = new Map();

  #hasBegun = false;

  constructor(
    state: State,
    publisher: Publisher,
    hub: RoleHub,
    signer: ZoneSigner,
    host: Pick<Host, "clock" | "bulkSigner">,
  ) {
    this.#signer = signer;
    this.#host = host;
    this.#state = state;
    this.#publisher = publisher;
    this.#hub = hub;
  }

  /** Publishes the whole state as its revision. */
  async begin(): Promise<void> {
    const all: RoleObject[] = [];
    for (const unit of this.#publisher.units.all()) {
      const objects = this.#publisher.objectsOf(unit);
      this.#keep(unit, objects);
      for (const object of objects) all.push(object);
    }
    this.#hasBegun = true;
    const { put } = await this.#sign({ put: all, gone: [] }, []);
    this.#hub.publish(this.#state.revision, put, []);
    this.#hub.begin(this.#state.revision);
  }

  /** What each unit gave last; undefined before `begin`. */
  published = (): ((unit: string) => readonly RoleObject[]) | undefined =>
    this.#hasBegun ? (unit) => this.#kept(unit) : undefined;

  #keep(unit: string, objects: readonly RoleObject[]): void {
    if (objects.length === 0) this.#objects.delete(unit);
    else this.#objects.set(unit, packUnit(unit, objects) ?? objects);
  }

  #kept(unit: string): readonly RoleObject[] {
    const kept = this.#objects.get(unit) ?? [];
    if (typeof kept !== "string") return kept;
    const [, apex = "", owner = ""] = unit.split(" ");
    return unpackRrsets(apex, owner, kept);
  }

  /**
   * Takes over the entries of a commit: the state has them at once, and what differs for the roles is published once it is signed.
   * @returns resolves when it is; until then no other commit may come
   */
  take(entries: readonly Entry[], revision: number): Promise<void> {
    const units = new Set<string>();
    // Before and after: references can move with the change.
    const gather = (): void => {
      for (const entry of entries) for (const unit of this.#publisher.units.of(entry)) units.add(unit);
    };
    gather();
    for (const entry of entries) this.#state.apply(entry, revision);
    this.#state.revision = revision;
    gather();
    return this.#publish(entries, units, revision);
  }

  /** How the objects of units differ from what they gave last. The state stays as it is meanwhile: there is no other commit. */
  *#differences(entries: readonly Entry[], units: ReadonlySet<string>): Sliced<ObjectChange> {
    const before = new Map<string, RoleObject>();
    const after = new Map<string, RoleObject>();
    let count = 0;
    for (const unit of units) {
      if (++count % unitsAtOnce === 0) yield;
      for (const object of this.#kept(unit)) before.set(objectKey(object), object);
      const objects = this.#publisher.objectsOf(unit);
      this.#keep(unit, objects);
      for (const object of objects) after.set(objectKey(object), object);
    }
    const put: RoleObject[] = [];
    for (const [key, object] of after) {
      if (++count % unitsAtOnce === 0) yield;
      if (JSON.stringify(before.get(key)) !== JSON.stringify(object)) put.push(object);
    }
    const gone = [...this.#endLingering(entries, after)];
    for (const [key, object] of before) if (!after.has(key) && !this.#linger(key, object)) gone.push(object);
    return { put, gone };
  }

  async #publish(entries: readonly Entry[], units: ReadonlySet<string>, revision: number): Promise<void> {
    const { clock } = this.#host;
    const change = await inSlices(clock, this.#differences(entries, units));
    const renewed = entries.flatMap(({ kind, key }) => (kind === "zone-signing" ? [key] : []));
    const { put, gone } = await this.#sign(change, renewed);
    if (put.length + gone.length === 0) return;
    const began = clock.monotonic();
    const prepared = await inSlices(clock, this.#hub.preparing(put, gone));
    await turnAfter(clock, began);
    this.#hub.publish(revision, put, gone, prepared);
  }

  #sign(change: ObjectChange, renewed: readonly string[]): Promise<ObjectChange> {
    const { clock, bulkSigner } = this.#host;
    return carryOut(clock, this.#signer.taking(change, renewed), bulkSigner);
  }

  /** Keeps an object of a zone that has ended, where its delegation may still be seen. */
  #linger(key: string, object: RoleObject): boolean {
    const isOfNames = object.kind === "zone-keys" || object.kind === "policies";
    if (object.kind !== "zone" && object.kind !== "rrset" && !isOfNames) return false;
    const { apex } = object;
    if (this.#state.value("pending", apex)?.step !== "withdraw") return false;
    const kept = this.#lingering.get(apex) ?? new Map<string, RoleObject>();
    kept.set(key, object);
    this.#lingering.set(apex, kept);
    return true;
  }

  /** What was kept of zones that need it no longer, and what a zone of the same name does not replace. */
  *#endLingering(entries: readonly Entry[], after: ReadonlyMap<string, RoleObject>): Generator<RoleObject> {
    for (const { kind, key: apex } of entries) {
      const kept = kind === "pending" ? this.#lingering.get(apex) : undefined;
      if (!kept || this.#state.value("pending", apex)?.step === "withdraw") continue;
      this.#lingering.delete(apex);
      for (const [key, object] of kept) if (!after.has(key)) yield object;
    }
  }
}

/** The RRsets of a unit `node APEX OWNER` that gives nothing else, as one text. */
function packUnit(unit: string, objects: readonly RoleObject[]): string | undefined {
  const [what, apex, owner] = unit.split(" ");
  if (what !== "node") return undefined;
  const rrsets = objects.filter((object) => object.kind === "rrset");
  const isAll =
    rrsets.length === objects.length && rrsets.every((own) => own.apex === apex && own.owner === owner);
  return isAll ? packRrsets(rrsets) : undefined;
}
