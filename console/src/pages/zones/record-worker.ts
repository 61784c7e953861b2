// The worker that holds a zone's records: reads them page by page, filters, groups and lays staged edits over them, and gives the page the
// few rows that it shows. A zone of a hundred thousand records so never holds up what somebody types.

import type { Rrset, RrsetPage } from "#contract";
import { readFilter, type FilterContext, type Matcher } from "./filter.ts";
import { allRows, compareRrsets, judgeStaged, keyOf, type Row, type StagedEdit } from "./record-model.ts";
import type { Answers, FromWorker, Question, ToWorker, ViewQuery } from "./worker-messages.ts";

/** RRsets of one page of the API: one answer is read and parsed in a few milliseconds. */
const pageSize = 1000;
/** Milliseconds between two views while the zone is being read. */
const viewEveryMs = 400;
/** Names that are read one by one; of more the whole zone is read. */
const maxNames = 40;
/** Milliseconds in which what the page wants to see is one view. */
const gatherMs = 10;

let zone = "";
let rrsets: Rrset[] = [];
let byKey = new Map<string, Rrset>();
let query: ViewQuery = { filter: "", grouping: "name", staged: [], advised: [] };
let rows: readonly Row[] = [];
let version = 0;
let reading = 0;
let lastView = 0;
let waiting: ReturnType<typeof setTimeout> | undefined;

function send(message: FromWorker): void {
  postMessage(message);
}

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "open":
      zone = data.zone;
      void readAll();
      break;
    case "view":
      query = data.query;
      soon();
      break;
    case "refresh":
      void (data.names && data.names.length <= maxNames ? readNames(data.names) : readAll());
      break;
    case "ask":
      void answer(data.number, data.question);
  }
});

/** Reads the whole zone. What is shown stays until it is there. */
async function readAll(): Promise<void> {
  const turn = ++reading;
  const isFirst = rrsets.length === 0;
  const gathered: Rrset[] = [];
  let token: string | undefined;
  do {
    const page = await readPage(
      `limit=${pageSize}${token === undefined ? "" : `&pageToken=${encodeURIComponent(token)}`}`,
    );
    if (turn !== reading) return;
    if (!page) return;
    for (const rrset of page.rrsets) gathered.push(rrset);
    token = page.nextPageToken;
    send({ type: "load", state: { loaded: gathered.length, isComplete: false } });
    if (isFirst && token !== undefined && performance.now() - lastView > viewEveryMs) {
      rrsets = gathered;
      show();
    }
  } while (token !== undefined);
  hold(gathered);
  show();
  // Not before: what is counted is complete then.
  send({ type: "load", state: { loaded: gathered.length, isComplete: true } });
}

/** Reads a few names anew, and the zone's own, whose serial goes with every change. */
async function readNames(names: readonly string[]): Promise<void> {
  const turn = reading;
  const wanted = new Set([zone, ...names]);
  const pages = await Promise.all(
    [...wanted].map((name) => readPage(`name=${encodeURIComponent(`${name}.`)}`)),
  );
  if (turn !== reading) return;
  if (pages.some((page) => !page)) return;
  const fresh = pages.flatMap((page) => page?.rrsets ?? []);
  const rest = rrsets.filter(({ name }) => !wanted.has(name));
  for (const rrset of fresh) rest.splice(placeOf(rest, rrset), 0, rrset);
  hold(rest);
  show();
}

/** Where an RRset belongs among sorted ones. */
function placeOf(sorted: readonly Rrset[], rrset: Rrset): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareRrsets(sorted[middle] as Rrset, rrset) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function readPage(search: string): Promise<RrsetPage | undefined> {
  let [status, message] = [0, "nothing answered"];
  try {
    const response = await fetch(`/v1/zones/${encodeURIComponent(zone)}/rrsets?${search}`, {
      credentials: "same-origin",
      headers: { accept: "application/json" },
    });
    if (response.ok) return (await response.json()) as RrsetPage;
    status = response.status;
    message = ((await response.json()) as { message?: string }).message ?? response.statusText;
  } catch (error) {
    message = String(error);
  }
  send({ type: "load", state: { loaded: rrsets.length, isComplete: false, failure: { status, message } } });
  return undefined;
}

function hold(all: Rrset[]): void {
  rrsets = all;
  byKey = new Map(all.map((rrset) => [keyOf(rrset), rrset]));
}

function soon(): void {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    show();
  }, gatherMs);
}

/** Makes the view, and tells the page how large it is. */
function show(): void {
  const staged = new Map(query.staged.map((edit): [string, StagedEdit] => [keyOf(edit), edit]));
  const context: FilterContext = { advised: new Set(query.advised) };
  const filter: Matcher | undefined = readFilter(query.filter);
  let [all, matching] = [0, 0];
  rows = allRows(
    rrsets,
    staged,
    (row) => {
      all++;
      if (filter && !filter(row, context)) return false;
      matching++;
      return true;
    },
    query.grouping,
  );
  version++;
  lastView = performance.now();
  send({
    type: "view",
    state: { version, count: rows.length, matching, all, ...judgeStaged((key) => byKey.get(key), staged) },
  });
}

async function answer(number: number, question: Question): Promise<void> {
  try {
    send({ type: "answer", number, answer: await answerTo(question) });
  } catch (error) {
    send({ type: "fault", number, message: String(error) });
  }
}

async function answerTo(question: Question): Promise<Answers[Question["type"]]> {
  switch (question.type) {
    case "rows":
      return question.version === version ? rows.slice(question.from, question.to) : null;
    case "rrsets":
      return question.keys.map((key) => byKey.get(key) ?? null);
    case "at":
      return rrsets.filter(({ name }) => name === question.name);
    case "ids":
      return rows
        .filter((row) => row.kind === "record")
        .slice(0, question.most)
        .map(({ id }) => id);
    case "write-text":
      return (await import("./zone-text.ts")).writeZoneText(rrsets, zone);
    case "read-text":
      return (await import("./zone-text.ts")).readZoneText(question.text, zone);
    case "differences":
      return (await import("./zone-text.ts")).differencesOf(rrsets, question.records);
    case "gather":
      return [...(await import("./zone-text.ts")).gather(question.records).values()];
    case "check":
      return (await import("./zone-text.ts")).checkData(question.recordType, question.data, zone) ?? null;
  }
}
