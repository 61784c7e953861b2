// Hot path (bench/names.ts) while it is on, and nowhere on it while it is off: what is counted and told of each query beyond what an engine counts
// always. Queries by zone and type, how long they take, and some of them whole, into a ring that another thread empties.
//
// A zone is known by its apex as it stands in the query. As many zones have counters of their own as the owner says, the first ones that
// are asked for; all others count together. Nothing else that a client sends becomes a name of a counter.

import type { Counters } from "#contract";
import { Histogram, type MessageSampler, type MessageTransport } from "#engine";
import { lowerCase, Name, Rcode, RrType, typeName } from "#wire";

/** Types that are counted each for itself in each zone. */
const countedTypes: readonly number[] = [
  RrType.A,
  RrType.AAAA,
  RrType.NS,
  RrType.SOA,
  RrType.CNAME,
  RrType.MX,
  RrType.TXT,
  RrType.PTR,
  RrType.SRV,
  RrType.DS,
  RrType.DNSKEY,
  RrType.CAA,
  RrType.SVCB,
  RrType.HTTPS,
  RrType.ANY,
];

/** Counters of one zone: queries, those of them with an error by response code, and queries by type, the last of those all other types. */
const queriesAt = 0;
const nxdomainAt = 1;
const servfailAt = 2;
const otherErrorsAt = 3;
const typesAt = 4;
const rowLength: number = typesAt + countedTypes.length + 1;

/** What counters of errors are called. */
const errorCounters = [
  ["zone-nxdomain", nxdomainAt],
  ["zone-servfail", servfailAt],
  ["zone-other-errors", otherErrorsAt],
] as const;

/** The place of each type in a row; types above have none. */
const placeOfType = new Uint8Array(512).fill(rowLength - 1);
for (const [i, type] of countedTypes.entries()) placeOfType[type] = typesAt + i;

/** What is watched. */
export interface QueryWatchOptions {
  /** Zones that are counted each for itself, at most; 0: none is counted. */
  readonly zones: number;
  /** How long queries take. */
  readonly isTimed: boolean;
  /** Monotonic milliseconds, at any time. */
  readonly monotonic: () => number;
}

/** Watches the queries of one engine. */
export class QueryWatch {
  readonly isTimed: boolean;
  /** Takes messages; absent: nobody does. */
  messages: MessageSampler | undefined;
  readonly #monotonic: () => number;
  readonly #zones: ZoneRows | undefined;
  /** By transport, those that something came by. */
  readonly #times: { [transport in MessageTransport]?: Histogram } = {};

  constructor({ zones, isTimed, monotonic }: QueryWatchOptions) {
    this.isTimed = isTimed;
    this.#monotonic = monotonic;
    this.#zones = zones > 0 ? new ZoneRows(zones) : undefined;
  }

  /** Counts a query by its zone. @param apexAt  where the zone's apex stands in the query, and @param end  where it ends */
  countZone(input: Uint8Array, apexAt: number, end: number, type: number, rcode: number): void {
    if (this.#zones === undefined) return;
    const row = this.#zones.row(input, apexAt, end);
    const { counts } = this.#zones;
    counts[row + queriesAt]! += 1;
    if (rcode !== Rcode.NOERROR)
      counts[
        row + (rcode === Rcode.NXDOMAIN ? nxdomainAt : rcode === Rcode.SERVFAIL ? servfailAt : otherErrorsAt)
      ]! += 1;
    counts[row + (type < 512 ? placeOfType[type]! : rowLength - 1)]! += 1;
  }

  /** Counts how long datagrams took that came together. */
  servedDatagrams(datagrams: number, tookMs: number): void {
    (this.#times.udp ??= new Histogram()).add(tookMs, datagrams);
  }

  /** Counts how long a message of a connection took. @param beganAt  monotonic milliseconds */
  servedMessage(transport: MessageTransport, beganAt: number): void {
    if (!this.isTimed) return;
    const times = (this.#times[transport] ??= new Histogram());
    times.add(Math.max(0, this.#monotonic() - beganAt));
  }

  /** What was counted. @param group  the id of the listener group */
  read(group: string): Counters {
    return {
      ...(Object.assign(
        {},
        ...Object.entries(this.#times).map(([transport, times]) =>
          times.read("query-seconds", `group=${group},transport=${transport}`),
        ),
      ) as Counters),
      ...this.#zones?.read(),
    };
  }
}

/** Counters of zones, found by their apexes: a table with open addressing, at most half full. */
class ZoneRows {
  /** The rows: the first is of all zones that have none of their own. */
  readonly counts: Float64Array;
  readonly #most: number;
  readonly #mask: number;
  /** For each place of the table a row's number; 0 where the place is free. */
  readonly #rows: Int32Array;
  readonly #hashes: Int32Array;
  readonly #names: Uint8Array[] = [];

  constructor(most: number) {
    this.#most = most;
    this.counts = new Float64Array((most + 1) * rowLength);
    const size = 2 ** Math.ceil(Math.log2(2 * most + 2));
    this.#mask = size - 1;
    this.#rows = new Int32Array(size);
    this.#hashes = new Int32Array(size);
  }

  /** Where the row of a zone begins. */
  row(input: Uint8Array, at: number, end: number): number {
    let hash = 0;
    for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + lowerCase[input[i]!]!) | 0;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
    let place = (hash ^ (hash >>> 13)) & this.#mask;
    for (;;) {
      const row = this.#rows[place]!;
      if (row === 0) return this.#take(place, hash, input, at, end);
      if (this.#hashes[place] === hash && isSame(this.#names[row - 1]!, input, at, end))
        return row * rowLength;
      place = (place + 1) & this.#mask;
    }
  }

  /** Not a hot path: once for each zone. */
  #take(place: number, hash: number, input: Uint8Array, at: number, end: number): number {
    if (this.#names.length >= this.#most) return 0;
    const row = this.#names.push(input.slice(at, end).map((octet) => lowerCase[octet]!));
    this.#rows[place] = row;
    this.#hashes[place] = hash;
    return row * rowLength;
  }

  read(): Counters {
    const counters: Counters = {};
    for (let row = 0; row <= this.#names.length; row++) {
      const at = row * rowLength;
      if (this.counts[at + queriesAt] === 0) continue;
      const zone = row === 0 ? "other" : labelOf(this.#names[row - 1]!);
      counters[`zone-queries{zone=${zone}}`] = this.counts[at + queriesAt]!;
      for (const [name, place] of errorCounters) {
        const errors = this.counts[at + place]!;
        if (errors > 0) counters[`${name}{zone=${zone}}`] = errors;
      }
      for (let i = typesAt; i < rowLength; i++) {
        const count = this.counts[at + i]!;
        const type = countedTypes[i - typesAt];
        if (count > 0)
          counters[`zone-queries{zone=${zone},type=${type === undefined ? "other" : typeName(type)}}`] =
            count;
      }
    }
    return counters;
  }
}

function isSame(name: Uint8Array, input: Uint8Array, at: number, end: number): boolean {
  if (name.length !== end - at) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== lowerCase[input[at + i]!]) return false;
  return true;
}

/** A zone's name as a label has it: what would end the label is written as in zone files, in digits. */
function labelOf(octets: Uint8Array): string {
  const decoded = Name.fromOctets(octets);
  if (decoded === undefined) return "other";
  return decoded
    .toString()
    .replaceAll(/\\?([{},="])/g, (_, one: string) => `\\${String(one.charCodeAt(0)).padStart(3, "0")}`);
}
