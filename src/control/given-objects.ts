// What one role is given: its objects, their digest, and the changes of late, so that a role that was away is sent what it missed in the place
// of everything.

import { objectKey, StateDigest, type RoleObject } from "#contract";
import { PackedObjects } from "./packed-objects.ts";

/** Deltas kept for roles that come back. */
const maxKeptDeltas = 256;
/** Octets of the objects in kept deltas, over all and about: what is more than a snapshot of most platforms is not worth being kept. */
const maxKeptOctets = 8 << 20;

/** Objects that are put, and the keys of those that go. */
export interface ObjectDelta {
  readonly put: readonly RoleObject[];
  readonly remove: readonly string[];
}

interface KeptDelta extends ObjectDelta {
  /** Revision and digest before it. */
  readonly base: number;
  readonly baseDigest: string;
  /** Octets of what is put and removed, about. */
  readonly octets: number;
}

/** See the head of this file. */
export class GivenObjects {
  readonly objects: PackedObjects = new PackedObjects();
  readonly digest: StateDigest = new StateDigest();
  /** The last revision that changed the objects; 0: none has. */
  revision = 0;
  readonly #deltas: KeptDelta[] = [];
  /** Octets of all of them. */
  #deltaOctets = 0;

  /** Sets the revision that the objects stand for: what a role holds from before can only be compared with them as a whole. */
  begin(revision: number): void {
    this.revision = revision;
    this.#deltas.length = 0;
    this.#deltaOctets = 0;
  }

  /**
   * Changes the objects.
   * @param gone  objects under the keys that go
   * @param prepared  what the change makes of the digest; absent: that is worked out here
   */
  change(
    revision: number,
    put: readonly RoleObject[],
    gone: readonly RoleObject[],
    prepared?: StateDigest,
  ): ObjectDelta {
    const remove = gone.map(objectKey);
    const [base, baseDigest] = [this.revision, this.digest.toString()];
    let octets = remove.reduce((sum, key) => sum + key.length, 0);
    for (const object of put) octets += sizeOf(object);
    if (prepared) this.digest.join(prepared);
    for (const object of gone) {
      const old = prepared ? undefined : this.objects.held(object);
      if (old) this.digest.toggle(old);
      this.objects.delete(object);
    }
    for (const object of put) {
      const old = prepared ? undefined : this.objects.held(object);
      if (old) this.digest.toggle(old);
      if (!prepared) this.digest.toggle(object);
      this.objects.put(object);
    }
    this.revision = revision;
    this.#deltas.push({ base, baseDigest, put, remove, octets });
    this.#deltaOctets += octets;
    while (this.#deltas.length > maxKeptDeltas || this.#deltaOctets > maxKeptOctets)
      this.#deltaOctets -= this.#deltas.shift()?.octets ?? this.#deltaOctets;
    return { put, remove };
  }

  /** What a role lacks that holds a revision with a digest, as one delta; undefined where only a snapshot will do. */
  since(revision: number, digest: string): ObjectDelta | undefined {
    if (revision > 0 && digest === this.digest.toString()) return { put: [], remove: [] };
    const from = this.#deltas.findIndex((delta) => delta.base === revision && delta.baseDigest === digest);
    if (from < 0) return undefined;
    const keys = new Set(
      this.#deltas.slice(from).flatMap(({ put, remove }) => [...remove, ...put.map(objectKey)]),
    );
    const put: RoleObject[] = [];
    const remove: string[] = [];
    for (const key of keys) {
      const object = this.objects.get(key);
      if (object) put.push(object);
      else remove.push(key);
    }
    return { put, remove };
  }
}

/** The octets of an object in JSON, about: exactly where it matters, for records. */
export function sizeOf(object: RoleObject): number {
  if (object.kind !== "rrset") return JSON.stringify(object).length + 1;
  const { apex, owner, rdata } = object;
  return rdata.reduce((sum, text) => sum + text.length + 3, 100 + apex.length + owner.length);
}
