// What fuzzers of messages share: how octets, records and names are changed by chance, and messages made of records.

import { encodeMessage, type Message, Name, type ResourceRecord, typeNumber } from "#wire";
import { chance, pick } from "./run.ts";

/** Numbers that find borders of lengths, label types, pointers and counts. */
const edges = [0, 1, 2, 11, 12, 13, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/** One change: an octet, an edge, a pointer, a run that is dropped, doubled or taken from another message, or a count of the header. */
export function mutate(octets: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = chance(octets.length + 1);
  const to = Math.min(octets.length, at + 1 + chance(40));
  const within = Math.min(at, octets.length - 1);
  switch (chance(8)) {
    case 0:
      return octets.with(within, chance(256));
    case 1:
      return octets.with(within, pick(edges));
    case 2: {
      if (at + 2 > octets.length) return octets;
      const target = chance(2) === 0 ? chance(octets.length) : Math.max(0, at - chance(30));
      return octets.with(at, 0xc0 | (target >> 8)).with(at + 1, target & 0xff);
    }
    case 3:
      return Uint8Array.of(...octets.subarray(0, at), ...octets.subarray(to));
    case 4:
      return Uint8Array.of(...octets.subarray(0, to), ...octets.subarray(at));
    case 5: {
      const other = pick(others);
      const from = chance(other.length);
      return Uint8Array.of(
        ...octets.subarray(0, at),
        ...other.subarray(from, from + 60),
        ...octets.subarray(at),
      );
    }
    case 6:
      return octets.slice(0, at);
    default:
      return octets.length < 12
        ? octets
        : octets.with(4 + chance(8), chance(3) === 0 ? chance(256) : chance(4));
  }
}

/** Some changes; what is left is no longer than a message may be. */
export function mutated(octets: Uint8Array, others: readonly Uint8Array[], most = 3): Uint8Array {
  let result = octets;
  for (let changes = 1 + chance(most); changes > 0 && result.length > 0; changes--)
    result = mutate(result, others);
  return result.subarray(0, 65_535);
}

/** Types that records are turned into: those that servers treat in a way of their own, and some that nobody does. */
const types: readonly number[] =
  "A NS CNAME SOA MX TXT DNAME DS RRSIG NSEC DNSKEY NSEC3 NSEC3PARAM HTTPS PTR TYPE65280 TYPE0 TYPE41 TYPE250 TYPE252 TYPE255"
    .split(" ")
    .map((name) => typeNumber(name) ?? 0);

const labels = [
  "a",
  "*",
  "b",
  "sub",
  "zones",
  "version",
  "coo",
  "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom",
  "short",
  "\u0000",
  "x".repeat(63),
];

/** Another name, near the one given. */
export function anotherName(name: Name): Name {
  const label = Uint8Array.from(pick(labels), (character) => character.charCodeAt(0));
  switch (chance(5)) {
    case 0:
      return name.prepend(label) ?? name;
    case 1:
      return name.parent() ?? name;
    case 2:
      return name.parent()?.prepend(label) ?? name;
    case 3: {
      // As long as names may be, or nearly.
      let long = name;
      for (let i = 0; i < 5; i++) long = long.prepend(new Uint8Array(1 + chance(63)).fill(0x79)) ?? long;
      return long;
    }
    default:
      return chance(20) === 0 ? Name.root : name;
  }
}

/** A record that differs in owner, type, TTL, class or data. What its data is need not suit its type. */
export function anotherRecord(record: ResourceRecord, others: readonly ResourceRecord[]): ResourceRecord {
  switch (chance(7)) {
    case 0:
    case 1:
      return { ...record, name: anotherName(record.name) };
    case 2:
      return { ...record, type: pick(types) };
    case 3:
      return { ...record, ttl: pick([0, 1, 2_147_483_647, 4_294_967_295]) };
    case 4:
      return chance(4) === 0 ? { ...record, class: pick([3, 254, 255]) } : record;
    case 5:
      return { ...record, rdata: pick(others).rdata };
    default:
      return {
        ...record,
        rdata: record.rdata.length === 0 ? record.rdata : mutate(record.rdata, [record.rdata]),
      };
  }
}

/** A message in octets; undefined where it cannot be encoded. */
export function encoded(message: Message): Uint8Array | undefined {
  try {
    const result = encodeMessage(message);
    return result.ok && result.value.omittedRecords === 0 ? result.value.octets : undefined;
  } catch {
    return undefined; // data that does not suit its type
  }
}
