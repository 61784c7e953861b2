// Signs what is chosen from (routing policies): each set by itself, and of several values those that are given together, ahead of any question
// and kept like all other signatures. What stands for all sets at a name is signed with the zone's own records.

import { objectKey, type PoliciesObject, type RoleObject } from "#contract";
import { digestOf, type LiveSigning, signRrset, type SigningKey } from "#dnssec";
import { knownName } from "#registry";
import type { SignatureRow } from "#store";
import { formatBase64, type Name } from "#wire";
import type { Rrset } from "#zone";
import { octetsOf } from "../octets.ts";
import { togetherOf } from "../policies/publish-policies.ts";

/** A signature's expiration stands behind its type, algorithm, labels and TTL (RFC 4034 section 3.1). */
const expirationAt = 8;

interface SetSignatures {
  readonly digest: string;
  readonly signatures: readonly string[];
}

/** The sets of one zone. */
interface PolicyZone {
  /** As they are published without signatures, by key. */
  readonly objects: Map<string, PoliciesObject>;
  /** By the key of the object, and in it by type, owner and set. */
  readonly signed: Map<string, Map<string, SetSignatures>>;
  earliest: number | undefined;
}

/** See the head of this file. */
export class PolicySigner {
  readonly #zones: Map<string, PolicyZone> = new Map();
  /** Signatures of before, until they are asked for. */
  readonly #kept: Map<string, Map<string, SetSignatures>> = new Map();

  /** Takes a row of before. False where it is none of a set. */
  keep({ zone, name, digest, rdata }: SignatureRow): boolean {
    if (name.split(" ").length < 3) return false;
    const kept = this.#kept.get(zone) ?? new Map<string, SetSignatures>();
    this.#kept.set(zone, kept);
    kept.set(name, { digest, signatures: rdata.split(" ") });
    return true;
  }

  /** Notes what is put and gone. @returns the zones that it is of */
  note(put: readonly RoleObject[], gone: readonly RoleObject[]): Set<string> {
    const zones = new Set<string>();
    for (const object of gone) {
      if (object.kind !== "policies") continue;
      zones.add(object.apex);
      this.#zones.get(object.apex)?.objects.delete(objectKey(object));
    }
    for (const object of put) {
      if (object.kind !== "policies") continue;
      zones.add(object.apex);
      const zone = this.#zones.get(object.apex) ?? {
        objects: new Map(),
        signed: new Map(),
        earliest: undefined,
      };
      this.#zones.set(object.apex, zone);
      zone.objects.set(objectKey(object), object);
    }
    return zones;
  }

  /** The earliest end of any signature of a zone's sets, in seconds since 1970; undefined where there is none. */
  earliestEnd(apex: string): number | undefined {
    return this.#zones.get(apex)?.earliest;
  }

  /** The highest TTL of a zone's sets, in seconds. */
  highestTtl(apex: string): number {
    let highest = 0;
    for (const { types } of this.#zones.get(apex)?.objects.values() ?? [])
      for (const { choices } of types) for (const { ttl } of choices) highest = Math.max(highest, ttl);
    return highest;
  }

  /**
   * Signs the sets of a zone, or takes their signatures away.
   * @param signing  absent: the zone is not signed
   * @param put  objects that are published: those of this zone are replaced, and others whose signatures are new are added
   * @param isAll  all sets are looked at, not those alone that are put
   * @returns rows to be kept
   */
  sign(apex: string, signing: LiveSigning | undefined, put: RoleObject[], isAll: boolean): SignatureRow[] {
    const zone = this.#zones.get(apex);
    if (!zone) return [];
    const kept = this.#kept.get(apex);
    this.#kept.delete(apex);
    const rows: SignatureRow[] = [];
    const drop = (name: string): number => rows.push({ zone: apex, name, digest: "", rdata: "" });
    for (const [key, signed] of zone.signed) {
      if (zone.objects.has(key)) continue;
      zone.signed.delete(key);
      for (const name of signed.keys()) drop(name);
    }
    const places = new Map(
      put.flatMap((object, at) => (object.kind === "policies" ? [[objectKey(object), at]] : [])),
    );
    if (isAll) zone.earliest = undefined;
    for (const [key, object] of zone.objects) {
      const at = places.get(key);
      if (at === undefined && !isAll) continue;
      const before = zone.signed.get(key) ?? new Map<string, SetSignatures>();
      const after = new Map<string, SetSignatures>();
      let isNew = false;
      const sign = (name: string, rrset: Rrset): readonly string[] => {
        if (!signing) return [];
        const digest = digestOf(rrset);
        const known = [before.get(name), kept?.get(name)].find((one) => one?.digest === digest);
        const { signatures, isMade } = this.#signOne(
          knownName(apex),
          rrset,
          signing,
          known?.signatures ?? [],
        );
        after.set(name, { digest, signatures });
        for (const text of signatures)
          zone.earliest = Math.min(zone.earliest ?? Infinity, endOf(octetsOf(text)));
        if (isMade) rows.push({ zone: apex, name, digest, rdata: signatures.join(" ") });
        isNew ||= isMade;
        return signatures;
      };
      const types = object.types.map((type) => signType(object.owner, type, sign));
      for (const name of before.keys()) if (!after.has(name)) drop(name);
      zone.signed.set(key, after);
      if (at !== undefined) put[at] = { ...object, types };
      else if (isNew || before.size !== after.size) put.push({ ...object, types });
    }
    const used = new Set(Array.from(zone.signed.values(), (signed) => [...signed.keys()]).flat());
    for (const name of kept?.keys() ?? []) if (!used.has(name)) drop(name);
    if (zone.objects.size === 0) this.#zones.delete(apex);
    return rows;
  }

  #signOne(
    apex: Name,
    rrset: Rrset,
    { forData, validity, renewBefore }: LiveSigning,
    old: readonly string[],
  ): { signatures: string[]; isMade: boolean } {
    let isMade = old.length !== forData.length;
    const signatures = forData.map((key) => {
      const good = old.find((text) => isGood(octetsOf(text), key, renewBefore));
      if (good !== undefined) return good;
      isMade = true;
      return formatBase64(signRrset(apex, rrset, key, validity(rrset.owner)));
    });
    return { signatures, isMade };
  }
}

type PolicyType = PoliciesObject["types"][number];

/** Signs the sets of one type. Rows of sets are named `TYPE OWNER =SET`, those of several together `TYPE OWNER +PLACE`. */
function signType(
  owner: string,
  type: PolicyType,
  sign: (name: string, rrset: Rrset) => readonly string[],
): PolicyType {
  const name = knownName(owner);
  const rrsetOf = (choices: readonly PolicyType["choices"][number][]): Rrset => ({
    owner: name,
    type: type.type,
    ttl: Math.min(...choices.map(({ ttl }) => ttl)),
    rdata: choices.flatMap(({ rdata }) => rdata.map(octetsOf)),
  });
  const choices = type.choices.map((choice) => ({
    ...choice,
    signatures: [...sign(`${type.type} ${owner} =${choice.id}`, rrsetOf([choice]))],
  }));
  const together = togetherOf(type).map((members, place) => [
    ...sign(
      `${type.type} ${owner} +${place}`,
      rrsetOf(members.flatMap((member) => type.choices[member] ?? [])),
    ),
  ]);
  return { ...type, choices, together: together.some((signatures) => signatures.length > 0) ? together : [] };
}

function endOf(rdata: Uint8Array): number {
  const view = new DataView(rdata.buffer, rdata.byteOffset);
  return view.getUint32(expirationAt);
}

function isGood(rdata: Uint8Array, key: SigningKey, renewBefore: number): boolean {
  const view = new DataView(rdata.buffer, rdata.byteOffset);
  const tagAt = expirationAt + 8;
  return (
    view.getUint16(tagAt) === key.tag && rdata[2] === key.algorithm.number && endOf(rdata) >= renewBefore
  );
}
