// Records as text: zone-file lines, what dig prints, one record's data. Read with the platform's own grammar (#wire), in a chunk of its own.

import type { Rrset, RrsetContent } from "#contract";
import { formatRdata, Name, parseRecordText, parseZoneFileEach, typeName, typeNumber } from "#wire";
import { compareRrsets, isEditable, keyOf, type StagedEdit } from "./record-model.ts";

/** Where a text is not as the grammar wants it. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A record of a text. */
export interface TextRecord {
  /** Absolute, without final dot. */
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string;
}

/** What a text holds. */
export interface ReadText {
  readonly records: (TextRecord & { readonly line: number })[];
  readonly problems: TextProblem[];
}

/** Problems shown of one text. */
const maxProblems = 100;

/** Reads zone-file text; relative names are the zone's, records without TTL get 60. SOA and NS of the zone itself are left out. */
export function readZoneText(text: string, zone: string): ReadText {
  const origin = Name.parse(`${zone}.`);
  if (!origin.ok) return { records: [], problems: [{ line: 1, column: 1, message: `${zone} is no name` }] };
  const records: ReadText["records"] = [];
  const outside: TextProblem[] = [];
  const errors = parseZoneFileEach(text, { origin: origin.value, ttl: 60, file: "" }, (record, line) => {
    const type = typeName(record.type);
    const isApex = record.name.equals(origin.value);
    if (!record.name.isSubdomainOf(origin.value))
      outside.push({ line, column: 1, message: `${record.name.toString()} does not end with ${zone}` });
    else if (!isApex || (type !== "SOA" && type !== "NS")) {
      records.push({
        name: record.name.toLowerCase().toString().slice(0, -1),
        type,
        ttl: record.ttl,
        data: formatRdata(record.type, record.rdata),
        line,
      });
    }
  });
  const problems = [
    ...errors.map(({ line, column, expected, found }) => ({
      line,
      column,
      message: `expected ${expected}, found ${found === "" ? "nothing" : found}`,
    })),
    ...outside,
  ];
  return { records, problems: problems.sort((a, b) => a.line - b.line).slice(0, maxProblems) };
}

/** Says what is wrong with one record's data; undefined where nothing is. */
export function checkData(type: string, data: string, zone: string): string | undefined {
  const number = typeNumber(type);
  const origin = Name.parse(`${zone}.`);
  if (number === undefined) return `${type} is no type of records`;
  const parsed = parseRecordText(number, data, origin.ok ? origin.value : undefined);
  if (parsed.ok) return undefined;
  const { expected, found } = parsed.failure;
  return `Expected ${expected}, found ${found === "" ? "nothing" : found}`;
}

/** Records as RRsets; those of one with different TTLs get the lowest (RFC 2181 section 5.2). */
export function gather(
  records: readonly TextRecord[],
): Map<string, RrsetContent & { name: string; type: string }> {
  const sets = new Map<string, RrsetContent & { name: string; type: string }>();
  for (const { name, type, ttl, data } of records) {
    const key = keyOf({ name, type });
    const set = sets.get(key);
    if (!set) sets.set(key, { name, type, ttl, records: [data] });
    else {
      sets.set(key, {
        ...set,
        ttl: Math.min(set.ttl, ttl),
        records: set.records.includes(data) ? set.records : [...set.records, data],
      });
    }
  }
  return sets;
}

/** Whether records stand in the text: those that people change by hand. It cannot say which of several sets one is in. */
function isWritten(rrset: Rrset): boolean {
  return isEditable(rrset) && !rrset.policy;
}

/** The records that people change by hand as zone-file lines, in columns. */
export function writeZoneText(rrsets: readonly Rrset[], zone: string): string {
  const rows = rrsets
    .filter(isWritten)
    .flatMap((rrset) =>
      rrset.entries.map(
        ({ data }) => [relative(rrset.name, zone), String(rrset.ttl), rrset.type, data] as const,
      ),
    );
  const width = (column: 0 | 1 | 2): number =>
    Math.min(Math.max(...rows.map((row) => row[column].length), 1), 40);
  const widths = [width(0), width(1), width(2)] as const;
  return [
    `$ORIGIN ${zone}.`,
    ...rows.map(
      ([name, ttl, type, data]) =>
        `${name.padEnd(widths[0])} ${ttl.padStart(widths[1])} ${type.padEnd(widths[2])} ${data}`,
    ),
    "",
  ].join("\n");
}

function relative(name: string, zone: string): string {
  return name === zone ? "@" : name.slice(0, -zone.length - 1);
}

/** What a text changes of a zone: what it lacks goes, what it has beyond is added. */
export function differencesOf(rrsets: readonly Rrset[], records: readonly TextRecord[]): StagedEdit[] {
  const wanted = gather(records);
  const edits: StagedEdit[] = [];
  for (const rrset of rrsets) {
    const key = keyOf(rrset);
    if (!isWritten(rrset)) continue;
    const { name, type, ttl } = rrset;
    const expected = { ttl, records: rrset.entries.map(({ data }) => data) };
    const set = wanted.get(key);
    wanted.delete(key);
    const isSame =
      set?.ttl === ttl &&
      set.records.length === expected.records.length &&
      set.records.every((data) => expected.records.includes(data));
    if (!isSame)
      edits.push({ name, type, expected, put: set ? { ttl: set.ttl, records: set.records } : null });
  }
  for (const { name, type, ttl, records: data } of wanted.values())
    edits.push({ name, type, expected: null, put: { ttl, records: data } });
  return edits.sort(compareRrsets);
}
