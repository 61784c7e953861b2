// Fuzzes the message decoder: takes the seeds in wire-message.in, changes them by chance, and checks that what comes
// out of decoding is a value, in bounded time, and that what decodes is the same after encoding and decoding again.
//
// Run: node --conditions=fairlead-source fuzz/wire-message.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same packets. A packet that breaks a rule is printed as
// hexadecimal, as small as it can be made, and ends the run with exit code 1: put it into wire-message.in and a row into a test.

import {
  areSameOctets,
  canonicalRdata,
  decodeMessage,
  decodeRdata,
  encodeMessage,
  formatRdata,
  type Message,
  rdataNames,
  type ResourceRecord,
} from "#wire";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { chance, hexSeeds, pick, usedMs } from "./shared/run.ts";

/** Processor time: a decode that takes more of it counts as hanging; garbage collection included. */
const slowMs = 1000;
const maxPacketOctets = 65_535;

const seeds = hexSeeds("wire-message.in");

/** Numbers that find borders of lengths, label types, pointers and counts. */
const edges = [0, 1, 2, 11, 12, 13, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/** One change: an octet, an edge, a pointer, or a run that is dropped, doubled or taken from another packet. */
function mutate(packet: Uint8Array): Uint8Array {
  const at = chance(packet.length + 1);
  const to = Math.min(packet.length, at + 1 + chance(40));
  switch (chance(8)) {
    case 0:
      return packet.with(Math.min(at, packet.length - 1), chance(256));
    case 1:
      return packet.with(Math.min(at, packet.length - 1), pick(edges));
    case 2: {
      if (at + 2 > packet.length) return packet;
      const target = chance(2) === 0 ? chance(packet.length) : Math.max(0, at - chance(30));
      return packet.with(at, 0xc0 | (target >> 8)).with(at + 1, target & 0xff);
    }
    case 3:
      return Uint8Array.of(...packet.subarray(0, at), ...packet.subarray(to));
    case 4:
      return Uint8Array.of(...packet.subarray(0, to), ...packet.subarray(at));
    case 5: {
      const other = pick(seeds);
      const from = chance(other.length);
      return Uint8Array.of(
        ...packet.subarray(0, at),
        ...other.subarray(from, from + 60),
        ...packet.subarray(at),
      );
    }
    case 6:
      return packet.slice(0, at);
    default: {
      // A count of the header.
      if (packet.length < 12) return packet;
      return packet.with(4 + chance(8), chance(3) === 0 ? chance(256) : chance(4));
    }
  }
}

function recordsOf(message: Message): ResourceRecord[] {
  return [...message.answer, ...message.authority, ...message.additional];
}

/** The rule that a packet breaks; undefined where it breaks none. */
function broken(packet: Uint8Array): string | undefined {
  const from = usedMs();
  const decoded = decodeMessage(packet);
  if (usedMs() - from > slowMs) return tooSlow;
  if (!decoded.ok) return decoded.failure.offset <= packet.length ? undefined : "failure outside the packet";
  const records = recordsOf(decoded.value);
  for (const { type, rdata, class: rrClass } of records) {
    if (canonicalRdata(type, rdata).length !== rdata.length) return "canonical form";
    rdataNames(type, rdata);
    // Empty RDATA of DNS UPDATE is none of its type's.
    if (rrClass !== 1) continue;
    if (!decodeRdata(type, rdata).ok) return "RDATA without values";
    formatRdata(type, rdata);
  }
  const encoded = encodeMessage(decoded.value);
  if (!encoded.ok) return `not encoded: ${encoded.failure.code}`;
  // Names that came with more pointers than we write can need more room than there is.
  if (encoded.value.omittedRecords > 0)
    return packet.length < maxPacketOctets / 2 ? undefined : "records left out";
  const again = decodeMessage(encoded.value.octets);
  if (!again.ok) return `not decoded again: ${again.failure.code}`;
  const after = recordsOf(again.value);
  const isSame = records.every((record, i) => {
    const other = after[i];
    return other !== undefined && areSameOctets(record.rdata, other.rdata) && record.name.equals(other.name);
  });
  return isSame && after.length === records.length ? undefined : "not the same after encoding";
}

let messages = 0;

await fuzz<Uint8Array>({
  inputs: "packets",
  make: () => {
    let packet: Uint8Array = pick(seeds);
    for (let changes = 1 + chance(3); changes > 0 && packet.length > 0; changes--) packet = mutate(packet);
    return packet.subarray(0, maxPacketOctets);
  },
  broken: (packet) => {
    const fault = broken(packet);
    if (decodeMessage(packet).ok) messages++;
    return fault;
  },
  print: (packet) => Buffer.from(packet).toString("hex"),
  tally: () => `, ${messages} of them messages`,
});
