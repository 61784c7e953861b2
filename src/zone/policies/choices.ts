// How the sets that are chosen from lie in a zone's image: at their name, as records of a type that no zone has (65535 is reserved, RFC 6895
// section 3.1), which is found by `ZoneReader.policies` and by nothing else.
//
// The first record is an index: for each type in ascending order
//
//   type (2), policy (1), number of choices (1), number of the record of the first choice (2), number of sets of signatures over several
//   together (1), unused (1), and of each choice: weight (1), unused (1), number of its check (2), number of its place (2).
//
// Then follow the choices, and the sets of signatures over several of them together, a record each: length of the identifier (1), the
// identifier, TTL (4), number of records (2), number of signatures (2), and of each of these the length (2) and RDATA.

import type { PoliciesObject, PolicyKind } from "#contract";
import { PlatformError } from "#contract/plain";
import { type Name, parseBase64 } from "#wire";
import { noSlot } from "./board.ts";

/** The type that such records have in an image. Nothing with it comes in or goes out. */
export const policiesType = 65_535;

/** Octets of one type's head in the index, and of each choice. */
export const indexHeadOctets = 8;
export const indexChoiceOctets = 6;

/** Policies by their numbers. */
export const policyKinds: readonly PolicyKind[] = ["weighted", "failover", "multivalue", "nearest"];

/** Records of a name that are chosen from, in the place of those of before. Without records they are gone. */
export interface PoliciesPut {
  readonly apex: Name;
  readonly owner: Name;
  readonly records: readonly Uint8Array[];
}

/** Gives checks and places their numbers. */
export interface PolicySlots {
  checkSlot(id: string): number;
  placeSlot(name: string): number;
}

/** Makes the records of an object. Throws a PlatformError `record-malformed` where it cannot be. */
export function encodePolicies(object: PoliciesObject, slots: PolicySlots): Uint8Array[] {
  const types = object.types.toSorted((a, b) => a.type - b.type);
  const index = new Octets();
  const records: Uint8Array[] = [];
  for (const { type, policy, choices, together } of types) {
    index.u16(type).u8(policyKinds.indexOf(policy)).u8(choices.length);
    index
      .u16(records.length + 1)
      .u8(together.length)
      .u8(0);
    for (const { weight, health, place } of choices) {
      index
        .u8(weight)
        .u8(0)
        .u16(health === undefined ? noSlot : slots.checkSlot(health));
      index.u16(place === undefined ? noSlot : slots.placeSlot(place));
    }
    for (const { id, ttl, rdata, signatures } of choices)
      records.push(encodeSet(object, id, ttl, rdata, signatures));
    for (const signatures of together) records.push(encodeSet(object, "", 0, [], signatures));
  }
  const all = [index.take(), ...records];
  if (all.some(({ length }) => length > 0xffff)) throw malformed(object, "a set is too large");
  return all;
}

function encodeSet(
  object: PoliciesObject,
  id: string,
  ttl: number,
  rdata: readonly string[],
  signatures: readonly string[],
): Uint8Array {
  const out = new Octets();
  out.u8(id.length);
  for (const character of id) out.u8(character.charCodeAt(0));
  out
    .u16(ttl >>> 16)
    .u16(ttl & 0xffff)
    .u16(rdata.length)
    .u16(signatures.length);
  for (const text of [...rdata, ...signatures]) {
    const octets = parseBase64(text);
    if (!octets) throw malformed(object, `"${text}" is not base64`);
    out.u16(octets.length).all(octets);
  }
  return out.take();
}

function malformed({ owner }: PoliciesObject, reason: string): PlatformError {
  return new PlatformError("record-malformed", `Cannot take the policies at "${owner}": ${reason}`);
}

/** Octets in the making. */
class Octets {
  #octets = new Uint8Array(256);
  #length = 0;

  u8(value: number): this {
    this.#room(1);
    this.#octets[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value & 0xff);
  }

  all(octets: Uint8Array): this {
    this.#room(octets.length);
    this.#octets.set(octets, this.#length);
    this.#length += octets.length;
    return this;
  }

  take(): Uint8Array {
    return this.#octets.slice(0, this.#length);
  }

  #room(octets: number): void {
    if (this.#length + octets <= this.#octets.length) return;
    const larger = new Uint8Array(2 * (this.#length + octets));
    larger.set(this.#octets.subarray(0, this.#length));
    this.#octets = larger;
  }
}
