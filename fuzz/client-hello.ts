// Fuzzes the reader of TLS hellos: takes the seeds in client-hello.in, changes them by chance, and checks that what comes out is a value,
// that it is the same in pieces as in one, that names are within their bounds, and that reading takes bounded time and memory.
//
// Run: node --conditions=fairlead-source fuzz/client-hello.ts [--seconds N] [--seed N]
// The seed is printed first; the same seed makes the same hellos. One that breaks a rule is printed as hexadecimal, as small as it can be
// made, and ends the run with exit code 1: put it into client-hello.in and a row into a test.

import { HelloReader, maxHelloOctets, type HelloResult } from "#reactor";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { hexSeeds, pick, random, usedMs } from "./shared/run.ts";

/** Processor time: reading one that takes more of it counts as hanging; garbage collection included. */
const slowMs = 1000;

const seeds = hexSeeds("client-hello.in");
/** Numbers that find borders of lengths and types. */
const edges = [0, 1, 2, 3, 15, 16, 17, 22, 32, 33, 0x40, 0x7f, 0x80, 0xfe, 0xff];

/** One change: an octet, an edge, a run that is dropped, doubled or taken from another hello, or a cut into two records. */
function mutate(octets: Uint8Array): Uint8Array {
  const at = random.integer(octets.length);
  const to = Math.min(octets.length, at + 1 + random.integer(40));
  switch (random.integer(7)) {
    case 0:
      return octets.with(at, random.integer(256));
    case 1:
      return octets.with(at, pick(edges));
    case 2:
      return Uint8Array.of(...octets.subarray(0, at), ...octets.subarray(to));
    case 3:
      return Uint8Array.of(...octets.subarray(0, to), ...octets.subarray(at));
    case 4: {
      const other = pick(seeds);
      const from = random.integer(other.length);
      return Uint8Array.of(
        ...octets.subarray(0, at),
        ...other.subarray(from, from + 60),
        ...octets.subarray(at),
      );
    }
    case 5: {
      const length = octets.length - at;
      if (at < 6) return octets;
      const first = octets
        .subarray(0, at)
        .with(3, (at - 5) >> 8)
        .with(4, (at - 5) & 0xff);
      return Uint8Array.of(...first, 22, 3, 1, length >> 8, length & 0xff, ...octets.subarray(at));
    }
    default:
      return octets.slice(0, at + 1);
  }
}

function read(pieces: Iterable<Uint8Array>): { result: HelloResult; kept: number } {
  const reader = new HelloReader();
  let result: HelloResult = { kind: "more" };
  for (const piece of pieces) {
    result = reader.push(piece);
    if (result.kind !== "more") break;
  }
  return { result, kept: reader.wire.all.length };
}

function* cut(octets: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, next: number; at < octets.length; at = next) {
    next = at + 1 + random.integer(random.integer(10) === 0 ? 1000 : 20);
    yield octets.subarray(at, next);
  }
}

const counts = { more: 0, read: 0, failed: 0 };

/** The rule that octets break; undefined where they break none. */
function broken(octets: Uint8Array): string | undefined {
  const from = usedMs();
  const { result } = read([octets]);
  const pieces = read(cut(octets));
  counts[result.kind]++;
  if (usedMs() - from > slowMs) return tooSlow;
  if (pieces.kept > maxHelloOctets + 1000) return `kept ${pieces.kept} octets`;
  if (JSON.stringify(pieces.result) !== JSON.stringify(result)) return "another result in pieces";
  if (result.kind !== "read") return undefined;
  const { serverName, protocols } = result.hello;
  if (serverName !== undefined && !/^[\x21-\x7e]{1,255}$/.test(serverName)) return "a name out of bounds";
  return protocols?.some((protocol) => protocol === "" || protocol.length > 255)
    ? "a protocol out of bounds"
    : undefined;
}

await fuzz<Uint8Array>({
  inputs: "hellos",
  make: () => {
    let octets: Uint8Array = pick(seeds);
    for (let changes = random.integer(4); changes > 0 && octets.length > 0; changes--)
      octets = mutate(octets);
    return octets;
  },
  broken,
  print: (octets) => Buffer.from(octets).toString("hex"),
  tally: () => `: ${counts.read} read, ${counts.failed} refused, ${counts.more} not whole`,
});
