// RRsets as objects are given to the names role, held small: one text for all RRsets of a name, a character an octet. As an object with its texts in base64
// each of them costs three times as much, and a signed zone has three for every name. All other objects are held as they are.

import { objectKey, type RoleObject, type RrsetObject } from "#contract";

/** What is packed of an RRset. */
type Packable = Pick<RrsetObject, "type" | "ttl" | "rdata">;

/** Objects by key, as a map has them, but for their order: RRsets come last, by zone and name. */
export class PackedObjects implements ReadonlyMap<string, RoleObject> {
  readonly #others = new Map<string, RoleObject>();
  /** RRsets, by apex and owner. */
  readonly #zones = new Map<string, Map<string, string>>();
  #count = 0;

  get size(): number {
    return this.#others.size + this.#count;
  }

  get(key: string): RoleObject | undefined {
    const other = this.#others.get(key);
    if (other || !key.startsWith(rrsetPrefix)) return other;
    for (const [apex, owner, type] of placesIn(key)) {
      const packed = this.#zones.get(apex)?.get(owner);
      const found = packed === undefined ? undefined : find(packed, type);
      if (found) return objectOf(apex, owner, found);
    }
    return undefined;
  }

  /** The object under the key of this one. */
  held(object: RoleObject): RoleObject | undefined {
    const other = this.#others.size > 0 ? this.#others.get(objectKey(object)) : undefined;
    if (other || object.kind !== "rrset") return other;
    const { apex, owner, type } = object;
    const packed = this.#zones.get(apex)?.get(owner);
    const found = packed === undefined ? undefined : find(packed, type);
    return found && objectOf(apex, owner, found);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Puts an object in the place of the one under its key. */
  put(object: RoleObject): void {
    const packed = object.kind === "rrset" ? packRrset(object) : undefined;
    if (object.kind !== "rrset" || packed === undefined) {
      this.delete(object);
      this.#others.set(objectKey(object), object);
      return;
    }
    if (this.#others.size > 0) this.#others.delete(objectKey(object));
    const { apex, owner, type } = object;
    let zone = this.#zones.get(apex);
    if (!zone) this.#zones.set(apex, (zone = new Map<string, string>()));
    const before = zone.get(owner) ?? "";
    const [from, to] = placeIn(before, type);
    if (from === to) this.#count++;
    zone.set(owner, replaced(before, from, to, packed));
  }

  /** Takes the object away that stands under the key of this one. */
  delete(object: RoleObject): void {
    if (this.#others.delete(objectKey(object)) || object.kind !== "rrset") return;
    const { apex, owner, type } = object;
    const zone = this.#zones.get(apex);
    const before = zone?.get(owner);
    if (!zone || before === undefined) return;
    const [from, to] = placeIn(before, type);
    if (from === to) return;
    this.#count--;
    if (to - from < before.length) zone.set(owner, replaced(before, from, to, ""));
    else if (zone.size > 1) zone.delete(owner);
    else this.#zones.delete(apex);
  }

  *values(): Generator<RoleObject, undefined> {
    yield* this.#others.values();
    for (const apex of this.#zones.keys()) yield* this.#packedOf(apex);
  }

  *keys(): Generator<string, undefined> {
    for (const object of this.values()) yield objectKey(object);
  }

  *entries(): Generator<[string, RoleObject], undefined> {
    for (const object of this.values()) yield [objectKey(object), object];
  }

  [Symbol.iterator](): Generator<[string, RoleObject], undefined> {
    return this.entries();
  }

  forEach(take: (object: RoleObject, key: string, all: ReadonlyMap<string, RoleObject>) => void): void {
    for (const [key, object] of this.entries()) take(object, key, this);
  }

  /** The RRsets of a zone. */
  *rrsetsOf(apex: string): Generator<RrsetObject, undefined> {
    for (const object of this.#others.values())
      if (object.kind === "rrset" && object.apex === apex) yield object;
    yield* this.#packedOf(apex);
  }

  /** The highest TTL of the RRsets of a zone, in seconds; 0 where it has none. */
  highestTtl(apex: string): number {
    let highest = 0;
    for (const object of this.#others.values())
      if (object.kind === "rrset" && object.apex === apex) highest = Math.max(highest, object.ttl);
    for (const packed of this.#zones.get(apex)?.values() ?? [])
      for (let from = 0; from < packed.length; from = endOf(packed, from))
        highest = Math.max(highest, ttlAt(packed, from));
    return highest;
  }

  /** Whether there is any RRset of a zone. */
  hasZone(apex: string): boolean {
    return this.rrsetsOf(apex).next().done !== true;
  }

  /** Takes all RRsets of a zone away. */
  deleteZone(apex: string): void {
    for (const [key, object] of this.#others)
      if (object.kind === "rrset" && object.apex === apex) this.#others.delete(key);
    for (const packed of this.#zones.get(apex)?.values() ?? [])
      for (let from = 0; from < packed.length; from = endOf(packed, from)) this.#count--;
    this.#zones.delete(apex);
  }

  *#packedOf(apex: string): Generator<RrsetObject, undefined> {
    for (const [owner, packed] of this.#zones.get(apex) ?? [])
      for (const rrset of unpack(packed)) yield objectOf(apex, owner, rrset);
  }
}

/** RRsets of one name as one text; undefined where there is one that is not as {@link objectOf} would give it again. */
export function packRrsets(rrsets: readonly Packable[]): string | undefined {
  let packed = "";
  for (const rrset of rrsets) {
    const one = packRrset(rrset);
    if (one === undefined) return undefined;
    packed = packed === "" ? one : flat(packed + one);
  }
  return packed;
}

/** The objects of a name that {@link packRrsets} has packed. */
export function unpackRrsets(apex: string, owner: string, packed: string): RrsetObject[] {
  return Array.from(unpack(packed), (rrset) => objectOf(apex, owner, rrset));
}

// An RRset is its type (2 octets), TTL (4), number of records (2), and of each record the length (2) and the octets.

const headOctets = 8;
const rrsetPrefix = "rrset/";

function objectOf(apex: string, owner: string, { type, ttl, rdata }: Packable): RrsetObject {
  return { kind: "rrset", apex, owner, type, ttl, rdata };
}

function packRrset({ type, ttl, rdata }: Packable): string | undefined {
  const records = rdata.map((text) => Buffer.from(text, "base64"));
  const isSame = records.every(
    (octets, i) => octets.length <= 0xffff && octets.toString("base64") === rdata[i],
  );
  if (!isSame || rdata.length > 0xffff || rdata.length === 0) return undefined;
  const length = records.reduce((sum, octets) => sum + 2 + octets.length, headOctets);
  const buffer = Buffer.allocUnsafe(length);
  buffer.writeUInt16BE(type, 0);
  buffer.writeUInt32BE(ttl, 2);
  buffer.writeUInt16BE(records.length, 6);
  let at = headOctets;
  for (const octets of records) {
    buffer.writeUInt16BE(octets.length, at);
    buffer.set(octets, at + 2);
    at += 2 + octets.length;
  }
  return buffer.toString("latin1");
}

function* unpack(packed: string): Generator<Packable, undefined> {
  for (let from = 0; from < packed.length; from = endOf(packed, from)) yield unpackAt(packed, from);
}

function find(packed: string, type: number): Packable | undefined {
  const [from, to] = placeIn(packed, type);
  return from === to ? undefined : unpackAt(packed, from);
}

function unpackAt(packed: string, from: number): Packable {
  const buffer = Buffer.from(packed.slice(from, endOf(packed, from)), "latin1");
  const rdata: string[] = [];
  let at = headOctets;
  for (let left = buffer.readUInt16BE(6); left > 0; left--) {
    const length = buffer.readUInt16BE(at);
    rdata.push(buffer.toString("base64", at + 2, at + 2 + length));
    at += 2 + length;
  }
  return { type: buffer.readUInt16BE(0), ttl: buffer.readUInt32BE(2), rdata };
}

/** From where to where the RRset of a type stands; where it would, twice. RRsets are in the order in which they came. */
function placeIn(packed: string, type: number): [number, number] {
  let from = 0;
  while (from < packed.length) {
    const to = endOf(packed, from);
    if (numberAt(packed, from) === type) return [from, to];
    from = to;
  }
  return [from, from];
}

function endOf(packed: string, from: number): number {
  let at = from + headOctets;
  for (let left = numberAt(packed, from + 6); left > 0; left--) at += 2 + numberAt(packed, at);
  return at;
}

function ttlAt(packed: string, from: number): number {
  return numberAt(packed, from + 2) * 0x1_0000 + numberAt(packed, from + 4);
}

function numberAt(packed: string, at: number): number {
  return (packed.charCodeAt(at) << 8) | packed.charCodeAt(at + 1);
}

function replaced(packed: string, from: number, to: number, by: string): string {
  if (packed === "") return by;
  return flat(packed.slice(0, from) + by + packed.slice(to));
}

/** The same text, but no longer one that is put together of others, which it would hold. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** The apex, owner and type that a key can be of: a name can have a slash in it, but what follows the apex ends in it. */
function* placesIn(key: string): Generator<[string, string, number], undefined> {
  const end = key.lastIndexOf("/");
  const type = Number(key.slice(end + 1));
  for (let at = key.indexOf("/", rrsetPrefix.length); at >= 0 && at < end; at = key.indexOf("/", at + 1)) {
    const [apex, owner] = [key.slice(rrsetPrefix.length, at), key.slice(at + 1, end)];
    if (owner.endsWith(apex)) yield [apex, owner, type];
  }
}
