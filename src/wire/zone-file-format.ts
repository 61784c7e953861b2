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
  const layout = new ZoneFileLayout(format);
  for (const record of records) layout.measure(record);
  const lines = [layout.head()];
  for (const record of records) lines.push(layout.line(record));
  return lines.join("");
}

/** The same for who has more records than are to be in memory: all are measured first, then written, in the same order. */
export class ZoneFileLayout {
  readonly #origin: Name | undefined;
  #ttl: number | undefined;
  readonly #isTtlGiven: boolean;
  /** How many records have each TTL. */
  readonly #counts = new Map<number, number>();
  readonly #types = new Set<number>();
  #ownerColumn = 1;
  #columns: Columns = { owner: 1, ttl: 0, type: 1 };
  #before: Name | undefined;

  constructor({ origin, ttl }: ZoneFileFormat) {
    this.#origin = origin;
    this.#ttl = ttl;
    this.#isTtlGiven = ttl !== undefined;
  }

  /** Looks at a record that will be written. */
  measure({ name, type, ttl }: Pick<ResourceRecord, "name" | "type" | "ttl">): void {
    const count = (this.#counts.get(ttl) ?? 0) + 1;
    this.#counts.set(ttl, count);
    if (!this.#isTtlGiven && (this.#ttl === undefined || count > (this.#counts.get(this.#ttl) ?? 0)))
      this.#ttl = ttl;
    this.#types.add(type);
    if (this.#before?.equals(name) === true) return;
    this.#before = name;
    const { length } = ownerText(name, this.#origin);
    if (length <= maxOwnerColumn && length > this.#ownerColumn) this.#ownerColumn = length;
  }

  /** The lines before all records, once all were measured. */
  head(): string {
    const others = Array.from(this.#counts.keys()).filter((ttl) => ttl !== this.#ttl);
    this.#before = undefined;
    this.#columns = {
      owner: this.#ownerColumn,
      ttl: Math.max(0, ...others.map((ttl) => String(ttl).length)),
      type: Math.max(1, ...Array.from(this.#types, (type) => typeName(type).length)),
    };
    const origin = this.#origin ? `$ORIGIN ${formatNameAt(this.#origin.octets, 0)}\n` : "";
    return this.#ttl === undefined ? origin : `${origin}$TTL ${this.#ttl}\n`;
  }

  /** The line of a record, its end too; of an SOA several. */
  line(record: ResourceRecord): string {
    const { name } = record;
    const isSameOwner = this.#before !== undefined && areSameOctets(this.#before.octets, name.octets);
    this.#before = name;
    const owner = isSameOwner ? "" : ownerText(name, this.#origin);
    return formatLine(record, owner, this.#columns, this.#origin, this.#ttl);
  }
}

/**
 * Writes one record as a line without line end: owner, TTL, class, type and RDATA, names in full.
 * @example `www.example.org. 60 IN A 192.0.2.1`
 */
export function formatRecord(record: ResourceRecord): string {
  const rdata = formatRdata(record.type, record.rdata, undefined, record.class);
  return `${formatNameAt(record.name.octets, 0)} ${record.ttl} ${className(record.class)} ${typeName(record.type)} ${rdata}`.trimEnd();
}

interface Columns {
  readonly owner: number;
  readonly ttl: number;
  readonly type: number;
}

function ownerText(name: Name, origin: Name | undefined): string {
  return formatNameAt(name.octets, 0, origin?.octets);
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
