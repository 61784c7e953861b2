// A table of networks as ranges of addresses that do not overlap: what a binary search finds a client's place in. Of networks within each
// other the smallest counts.

/** Octets of one network in packed form: 16 of prefix (IPv4 mapped), its bits, the place's number in two. */
export const packedNetworkOctets = 19;

/** Ranges in ascending order, each up to where the next one begins; the first begins at zero. */
export interface NetworkRanges {
  /** Where each begins: four numbers of 32 bits. */
  readonly starts: Uint32Array;
  /** Number of the place of each; -1 for none. */
  readonly places: Int32Array;
}

interface Network {
  /** The first address, and the first after it; undefined where there is none. */
  readonly from: bigint;
  readonly to: bigint;
  readonly place: number;
}

/** Most significant first. */
function readAddress(octets: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = 0; i < 16; i++) value = (value << 8n) | BigInt(octets[at + i] ?? 0);
  return value;
}

/**
 * Makes ranges of packed networks, in whatever order. One that is there twice is at the place that is named last. Undefined where the octets
 * are no networks.
 */
export function rangesOf(packed: Uint8Array): NetworkRanges | undefined {
  if (packed.length % packedNetworkOctets !== 0) return undefined;
  const networks: Network[] = [];
  for (let at = 0; at < packed.length; at += packedNetworkOctets) {
    const bits = packed[at + 16] ?? 0;
    if (bits > 128) return undefined;
    const size = 1n << BigInt(128 - bits);
    const from = readAddress(packed, at) & ~(size - 1n);
    networks.push({ from, to: from + size, place: ((packed[at + 17] ?? 0) << 8) | (packed[at + 18] ?? 0) });
  }
  // The outer before the inner; of equals the later stays.
  const sorted = networks
    .map((network, index) => ({ network, index }))
    .sort(
      (a, b) =>
        compare(a.network.from, b.network.from) || compare(b.network.to, a.network.to) || a.index - b.index,
    )
    .map(({ network }) => network);
  const found: { from: bigint; place: number }[] = [{ from: 0n, place: -1 }];
  const put = (from: bigint, place: number): void => {
    const last = found.at(-1);
    if (last?.from === from) {
      last.place = place;
      const before = found.at(-2);
      if (before?.place === place) found.pop();
    } else if (last?.place !== place) found.push({ from, place });
  };
  const open: Network[] = [];
  const end = 1n << 128n;
  const closeUpTo = (at: bigint): void => {
    for (let top = open.at(-1); top && top.to <= at; top = open.at(-1)) {
      open.pop();
      if (top.to < end) put(top.to, open.at(-1)?.place ?? -1);
    }
  };
  for (const network of sorted) {
    closeUpTo(network.from);
    open.push(network);
    put(network.from, network.place);
  }
  closeUpTo(end);
  const starts = new Uint32Array(4 * found.length);
  const places = new Int32Array(found.length);
  for (const [i, { from, place }] of found.entries()) {
    for (let word = 0; word < 4; word++)
      starts[4 * i + word] = Number((from >> BigInt(32 * (3 - word))) & 0xffff_ffffn);
    places[i] = place;
  }
  return { starts, places };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
