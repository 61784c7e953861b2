// Records to a zone file that people like to read: names relative to the origin, columns, TTLs and owners left out where
// they are those of the line before. `parseZoneFile` reads the same records back, octet for octet.

import { className } from "./constants.ts";
import type { ResourceRecord } from "./message.ts";
import type { Name } from "./name.ts";
import { areSameOctets } from "./octets.ts";
import { formatRdata } from "./rdata/presentation.ts";
import { formatNameAt } from "./rdata/text-strings.ts";
import { RrType, typeName } from "./rr-type.ts";

/** How a zone file is written. */
export interface ZoneFileFormat {
  /** Stated by $ORIGIN; names below it are written relative to it. Absent writes all names in full. */
  readonly origin?: Name;
  /** Seconds, stated by $TTL and left out of records that have it. Absent is the TTL that most records have. */
  readonly ttl?: number;
}

/** An owner name longer than this does not push the other columns to the right. */
const maxOwnerColumn = 32;

/**
 * Writes records as a zone file, in the order given.
 *
 * All records must have one class, which is the `class` to read them with. RDATA that is malformed for its type is
 * written in the generic form, which reading refuses.
 * @see RFC 1035 section 5; RFC 2308 section 4
 */
export function formatZoneFile(records: readonly ResourceRecord[], format: ZoneFileFormat = {}): string {
  const origin = format.origin;
  const ttl = format.ttl ?? mostFrequentTtl(records);
  const lines: string[] = [];
  if (origin) lines.push(`$ORIGIN ${formatNameAt(origin.octets, 0)}\n`);
  if (ttl !== undefined) lines.push(`$TTL ${ttl}\n`);
  const columns = measure(records, origin, ttl);
  let before: Name | undefined;
  for (const record of records) {
    const isSameOwner = before !== undefined && areSameOctets(before.octets, record.name.octets);
    lines.push(formatLine(record, isSameOwner ? "" : ownerText(record, origin), columns, origin, ttl));
    before = record.name;
  }
  return lines.join("");
}

/**
 * Writes one record as a line without line end: owner, TTL, class, type and RDATA, names in full.
 * @example `www.example.org. 60 IN A 192.0.2.1`
 */
export function formatRecord(record: ResourceRecord): string {
  const rdata = formatRdata(record.type, record.rdata, undefined, record.class);
  return `${formatNameAt(record.name.octets, 0)} ${record.ttl} ${className(record.class)} ${typeName(record.type)} ${rdata}`.trimEnd();
}

function mostFrequentTtl(records: readonly ResourceRecord[]): number | undefined {
  const counts = new Map<number, number>();
  let best: number | undefined;
  for (const { ttl } of records) {
    const count = (counts.get(ttl) ?? 0) + 1;
    counts.set(ttl, count);
    if (best === undefined || count > (counts.get(best) ?? 0)) best = ttl;
  }
  return best;
}

interface Columns {
  readonly owner: number;
  readonly ttl: number;
  readonly type: number;
}

function measure(
  records: readonly ResourceRecord[],
  origin: Name | undefined,
  ttl: number | undefined,
): Columns {
  let owner = 1;
  let ttlWidth = 0;
  let type = 1;
  for (const record of records) {
    const length = ownerText(record, origin).length;
    if (length <= maxOwnerColumn) owner = Math.max(owner, length);
    if (record.ttl !== ttl) ttlWidth = Math.max(ttlWidth, String(record.ttl).length);
    type = Math.max(type, typeName(record.type).length);
  }
  return { owner, ttl: ttlWidth, type };
}

function ownerText(record: ResourceRecord, origin: Name | undefined): string {
  return formatNameAt(record.name.octets, 0, origin?.octets);
}

function formatLine(
  record: ResourceRecord,
  owner: string,
  columns: Columns,
  origin: Name | undefined,
  ttl: number | undefined,
): string {
  const ttlText = record.ttl === ttl ? "" : String(record.ttl);
  const start = owner.padEnd(columns.owner) + (columns.ttl > 0 ? ` ${ttlText.padStart(columns.ttl)}` : "");
  const type = typeName(record.type).padEnd(columns.type);
  const rdata = formatRdata(record.type, record.rdata, origin, record.class);
  const text = record.type === RrType.SOA ? formatSoa(rdata, columns.owner + 4) : rdata;
  return `${`${start} ${className(record.class)} ${type} ${text}`.trimEnd()}\n`;
}

/** Spreads an SOA over lines that say what its numbers are. */
function formatSoa(rdata: string, indent: number): string {
  const items = rdata.split(" ");
  if (items.length !== 7 || items[0] === "\\#") return rdata;
  const numbers = items.slice(2);
  const width = Math.max(...numbers.map((number) => number.length));
  const words = ["serial", "refresh", "retry", "expire", "negative TTL"];
  const lines = numbers.map((number, i) => `${" ".repeat(indent)}${number.padEnd(width)} ; ${words[i]}`);
  return `${items[0]} ${items[1]} (\n${lines.join("\n")}\n${" ".repeat(indent)})`;
}
