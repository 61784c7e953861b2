// Between RRsets and the objects that control gives to the names role (src/contract, stream.ts). Text and base64
// become octets here, once.

import type { RoleObject, RrsetObject } from "#contract";
import { PlatformError } from "#contract/plain";
import { formatBase64, Name, parseBase64, typeName } from "#wire";
import type { RrsetPut, RrsetRemoval, ZoneChange, ZonePut, ZoneRemoval } from "./change.ts";
import type { Rrset } from "./rrset.ts";

/** Makes the object for an RRset of the zone `apex`. Names are written in lower case, as the keys of objects are. */
export function encodeRrset(apex: Name, rrset: Rrset): RrsetObject {
  return {
    kind: "rrset",
    apex: apex.toLowerCase().toString(),
    owner: rrset.owner.toLowerCase().toString(),
    type: rrset.type,
    ttl: rrset.ttl,
    rdata: rrset.rdata.map((octets) => formatBase64(octets)),
  };
}

/**
 * Makes one change of zones from objects put and objects removed. Objects of other roles are left out.
 *
 * @param put  as in a snapshot or delta
 * @param removed  the objects that stood under the keys removed
 * Throws a PlatformError `name-malformed` or `record-malformed` where a name or the base64 cannot be read.
 */
export function decodeZoneChange(put: Iterable<RoleObject>, removed: Iterable<RoleObject>): ZoneChange {
  const puts: (ZonePut | RrsetPut)[] = [];
  for (const object of put) {
    if (object.kind === "zone")
      puts.push({ kind: "zone", apex: parseObjectName(object.apex), groups: object.groups });
    else if (object.kind === "rrset") puts.push(decodeRrset(object));
  }
  const removals: (ZoneRemoval | RrsetRemoval)[] = [];
  for (const object of removed) {
    if (object.kind === "zone") removals.push({ kind: "zone", apex: parseObjectName(object.apex) });
    else if (object.kind === "rrset") {
      const [apex, owner] = [parseObjectName(object.apex), parseObjectName(object.owner)];
      removals.push({ kind: "rrset", apex, owner, type: object.type });
    }
  }
  return { put: puts, remove: removals };
}

function decodeRrset(object: RrsetObject): RrsetPut {
  const { type, ttl } = object;
  const rdata = object.rdata.map((text) => {
    const octets = parseBase64(text);
    if (octets === undefined) {
      const what = `"${object.owner} ${typeName(type)}"`;
      throw new PlatformError("record-malformed", `Cannot read ${what}: its data "${text}" is not base64`);
    }
    return octets;
  });
  return {
    kind: "rrset",
    apex: parseObjectName(object.apex),
    owner: parseObjectName(object.owner),
    type,
    ttl,
    rdata,
  };
}

/** Reads a name of an object. Throws a PlatformError `name-malformed`. */
export function parseObjectName(text: string): Name {
  const parsed = Name.parse(text);
  if (parsed.ok) return parsed.value;
  throw new PlatformError("name-malformed", `Cannot read name "${text}": ${parsed.failure.code}`);
}
