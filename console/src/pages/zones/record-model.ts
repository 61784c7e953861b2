// Records as the table has them: one row a record, what is staged laid over what is served. Pure: the worker and tests run it alike.

import type { Rrset, RrsetContent } from "#contract";

/** What somebody wants of one RRset, and what they saw when they began. */
export interface StagedEdit {
  readonly name: string;
  readonly type: string;
  /** Which of several sets that a routing policy chooses from; absent: the only one. */
  readonly setIdentifier?: string;
  /** Null: there was nothing. */
  readonly expected: RrsetContent | null;
  /** Null: it is to go. */
  readonly put: RrsetContent | null;
}

/** What a row's record is compared with what is served. */
export type Mark = "same" | "added" | "removed" | "changed";

/** A row of the table. */
export type Row =
  | {
      readonly kind: "record";
      /** Of the RRset: {@link keyOf}. */
      readonly key: string;
      /** Unique in a view. */
      readonly id: string;
      readonly name: string;
      readonly type: string;
      readonly ttl: number;
      readonly data: string;
      readonly origin: Rrset["origin"];
      /** The set that it is in, where a routing policy chooses it. */
      readonly set?: Rrset;
      readonly mark: Mark;
      /** True where what is served is not what the editor saw. */
      readonly isInConflict: boolean;
      /** True for the first record of its name in a row. */
      readonly isFirstOfName: boolean;
    }
  | { readonly kind: "head"; readonly id: string; readonly title: string; readonly count: number };

/** A record's row. */
export type RecordRow = Extract<Row, { kind: "record" }>;

/** How rows are put together. */
export type Grouping = "name" | "type";

/** The key of an RRset: its name, a blank, its type; of one of several sets a blank, = and its identifier behind them. */
export function keyOf({
  name,
  type,
  setIdentifier = "",
}: {
  readonly name: string;
  readonly type: string;
  readonly setIdentifier?: string;
}): string {
  return setIdentifier === "" ? `${name} ${type}` : `${name} ${type} =${setIdentifier}`;
}

/** The parts of a key. */
export function placeOf(key: string): Pick<StagedEdit, "name" | "type" | "setIdentifier"> {
  const [name = "", type = "", set] = key.split(" ");
  return { name, type, ...(set === undefined ? {} : { setIdentifier: set.slice(1) }) };
}

/** An RRset's content. */
export function contentOf(rrset: Rrset): RrsetContent {
  return { ttl: rrset.ttl, records: rrset.entries.map(({ data }) => data) };
}

/** Tells whether two contents are the same, in whatever order. */
export function isSameContent(a: RrsetContent | null, b: RrsetContent | null): boolean {
  if (!a || !b) return a === b;
  return (
    a.ttl === b.ttl &&
    a.records.length === b.records.length &&
    a.records.every((one) => b.records.includes(one))
  );
}

/** Whether people change an RRset by hand; all others follow something else. */
export function isEditable({ origin, type }: Pick<Rrset, "origin" | "type">): boolean {
  return (origin === "user" || origin === "import" || origin === "update") && type !== "SOA";
}

/** A name by its labels from the right: the order that the platform lists names in. */
export function sortKeyOf(name: string): string {
  const labels = name.includes("\\") ? (name.match(/(?:\\.|[^.\\])+/g) ?? []) : name.split(".");
  return labels.toReversed().join("\0");
}

function typeOrder(type: string): number {
  return type === "SOA" ? 0 : type === "NS" ? 1 : 2;
}

/** Orders RRsets as the platform does. */
export function compareRrsets(
  a: Pick<StagedEdit, "name" | "type" | "setIdentifier">,
  b: Pick<StagedEdit, "name" | "type" | "setIdentifier">,
): number {
  if (a.name !== b.name) return sortKeyOf(a.name) < sortKeyOf(b.name) ? -1 : 1;
  const byType = typeOrder(a.type) - typeOrder(b.type) || (a.type < b.type ? -1 : a.type > b.type ? 1 : 0);
  if (byType !== 0) return byType;
  const [one, other] = [a.setIdentifier ?? "", b.setIdentifier ?? ""];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The records of one RRset as rows, with what is staged of it. */
export function rowsOf(base: Rrset | undefined, edit: StagedEdit | undefined): RecordRow[] {
  const place = base ?? edit;
  if (!place) return [];
  const { name, type } = place;
  const key = keyOf(place);
  const origin = base?.origin ?? "user";
  const served = base ? contentOf(base) : null;
  const isInConflict =
    edit !== undefined && !isSameContent(served, edit.expected) && !isSameContent(served, edit.put);
  const row = (data: string, ttl: number, mark: Mark): RecordRow => ({
    kind: "record",
    key,
    id: `${key} ${mark === "removed" ? "-" : "+"}${data}`,
    name,
    type,
    ttl,
    data,
    origin,
    ...(base?.policy ? { set: base } : {}),
    mark,
    isInConflict,
    isFirstOfName: false,
  });
  if (!edit) return (served?.records ?? []).map((data) => row(data, served?.ttl ?? 0, "same"));
  const { put } = edit;
  const had = new Set(served?.records);
  const has = new Set(put?.records);
  const isOtherTtl = served !== null && put !== null && served.ttl !== put.ttl;
  return [
    ...(served?.records ?? []).map((data) =>
      put && has.has(data)
        ? row(data, put.ttl, isOtherTtl ? "changed" : "same")
        : row(data, served?.ttl ?? 0, "removed"),
    ),
    ...(put?.records ?? []).filter((data) => !had.has(data)).map((data) => row(data, put?.ttl ?? 0, "added")),
  ];
}

/**
 * All rows, in the order of names; by type with a head for each.
 * @param rrsets  in the platform's order
 */
export function allRows(
  rrsets: readonly Rrset[],
  staged: ReadonlyMap<string, StagedEdit>,
  matches: (row: RecordRow) => boolean,
  grouping: Grouping,
): Row[] {
  const isServed = new Set<string>();
  if (staged.size > 0) for (const rrset of rrsets) isServed.add(keyOf(rrset));
  const fresh = [...staged.values()].filter((edit) => !isServed.has(keyOf(edit))).sort(compareRrsets);
  const rows: RecordRow[] = [];
  let next = 0;
  const push = (base: Rrset | undefined, edit: StagedEdit | undefined): void => {
    for (const row of rowsOf(base, edit)) if (matches(row)) rows.push(row);
  };
  for (const rrset of rrsets) {
    for (let edit = fresh[next]; edit && compareRrsets(edit, rrset) < 0; edit = fresh[++next])
      push(undefined, edit);
    push(rrset, staged.size > 0 ? staged.get(keyOf(rrset)) : undefined);
  }
  for (const edit of fresh.slice(next)) push(undefined, edit);
  return grouping === "type" ? byType(rows) : markNames(rows);
}

function markNames(rows: readonly RecordRow[]): Row[] {
  let last = "";
  return rows.map((row) => {
    const isFirstOfName = row.name !== last;
    last = row.name;
    return isFirstOfName ? { ...row, isFirstOfName } : row;
  });
}

function byType(rows: readonly RecordRow[]): Row[] {
  const types = new Map<string, RecordRow[]>();
  for (const row of rows) {
    const list = types.get(row.type);
    if (list) list.push(row);
    else types.set(row.type, [row]);
  }
  return [...types]
    .sort(([a], [b]) => typeOrder(a) - typeOrder(b) || (a < b ? -1 : 1))
    .flatMap(([type, list]): Row[] => [
      { kind: "head", id: `head ${type}`, title: type, count: list.length },
      ...markNames(list),
    ]);
}

/** What of the staged edits stands against what is served now, and what is done already, by whomever. */
export function judgeStaged(
  baseOf: (key: string) => Rrset | undefined,
  staged: ReadonlyMap<string, StagedEdit>,
): { readonly conflicts: string[]; readonly done: string[] } {
  const conflicts: string[] = [];
  const done: string[] = [];
  for (const [key, { expected, put }] of staged) {
    const base = baseOf(key);
    const served = base ? contentOf(base) : null;
    if (isSameContent(served, put)) done.push(key);
    else if (!isSameContent(served, expected)) conflicts.push(key);
  }
  return { conflicts, done };
}
