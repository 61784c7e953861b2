// The ferret suite: zones with one query each, and what BIND, NSD, Knot and PowerDNS answered. Ours must equal the answer
// of at least three of the four in response code, AA and the set of records in the answer section (README of the suites);
// where no three agree the case is left out. scores/ferret.json lists the cases that differ, with the reason. All of it is asked of the engine in
// process, and of a name server of the product on the linux driver, whose worker answers out of the zone image, over UDP and TCP.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AnswerEngine } from "#answer";
import { endpoint } from "#engine";
import {
  canonicalRdata,
  decodeMessage,
  encodeRequest,
  type Message,
  Name,
  parseZoneFile,
  parseZoneFileOctets,
  rcodeName,
  type ResourceRecord,
  typeNumber,
} from "#wire";
import { groupRecords, replaceZone, ZoneImage } from "#zone";
import { LiveZone } from "./live-zone.ts";

const root = join(import.meta.dirname, "../..");
const file = join(
  process.env["FAIRLEAD_SUITES"] ?? join(root, "../shared/suites"),
  "ferret/valid-0-5999.jsonl.gz",
);
const isRequired = process.env["FAIRLEAD_SUITES_REQUIRED"] === "1";

interface Case {
  readonly id: number;
  readonly zone: string;
  readonly queries: readonly {
    readonly name: string;
    readonly type: string;
    readonly expected: readonly { readonly "Server/s": string; readonly Response: readonly string[] }[];
  }[];
}

interface Scores {
  /** Cases where at least three servers agree. */
  cases: number;
  passed: number;
  /** What differs, by the case's id: the reason, what the servers say, and what we say. */
  different: Record<string, { reason: string; expected: string; ours: string }>;
}

const scores = JSON.parse(readFileSync(join(import.meta.dirname, "scores/ferret.json"), "utf8")) as Scores;

if (!existsSync(file) && !isRequired) {
  test.skip("ferret: the suite is absent", () => {});
} else {
  describe("ferret", () => {
    test("answers as at least three of four servers do, but for the listed cases", async () => {
      expect(await score(({ apex, zone, query }) => Promise.resolve(answer(apex, zone, query)))).toEqual(
        scores,
      );
    });

    test.each(["udp", "tcp"] as const)("the same on the linux driver over %s", async (transport) => {
      const live = await LiveZone.start("linux");
      try {
        const found = await score(async ({ apex, zone, query }) => {
          live.serve(apex, (put) => {
            parseZoneFileOctets(Buffer.from(`${zone}\n`), { origin: Name.root }, put);
          });
          return live.ask(query, transport);
        });
        expect(found).toEqual(scores);
      } finally {
        await live.stop();
      }
    });
  });
}

/** A zone and a query of the suite. */
interface Asked {
  readonly apex: Name;
  /** Its file. */
  readonly zone: string;
  readonly query: Uint8Array;
}

/** Asks all that the suite asks. */
async function score(ask: (asked: Asked) => Promise<Message | string>): Promise<Scores> {
  const found: Scores = { cases: 0, passed: 0, different: {} };
  for (const line of gunzipSync(readFileSync(file)).toString().trimEnd().split("\n")) {
    const { id, zone, queries } = JSON.parse(line) as Case;
    for (const { name, type, expected } of queries) {
      const agreed = agreedAnswer(expected);
      if (agreed === undefined) continue;
      found.cases++;
      const apex = readRecords(zone, Name.root)[0]?.name ?? Name.root;
      const message = await ask({ apex, zone, query: encodeQuery(name, type) });
      const ours =
        typeof message === "string"
          ? message
          : summarize(rcodeName(message.rcode), message.flags.aa, message.answer);
      if (ours === agreed) found.passed++;
      else {
        const reason = scores.different[id]?.reason ?? "new";
        found.different[id] = { reason, expected: agreed, ours };
      }
    }
  }
  return found;
}

/** What at least three servers say, in one line; undefined where no three agree. */
function agreedAnswer(expected: Case["queries"][number]["expected"]): string | undefined {
  const votes = new Map<string, number>();
  for (const { "Server/s": servers, Response: response } of expected) {
    const summary = summaryOfText(response);
    votes.set(summary, (votes.get(summary) ?? 0) + servers.trim().split(" ").length);
  }
  return [...votes].find(([, count]) => count >= 3)?.[0];
}

function summaryOfText(response: readonly string[]): string {
  const field = (name: string): string =>
    response.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
  const lines = response.slice(response.indexOf(";ANSWER") + 1, response.indexOf(";AUTHORITY"));
  return summarize(
    field("rcode"),
    field("flags").split(" ").includes("AA"),
    readRecords(lines.join("\n"), Name.root),
  );
}

/** Response code, AA, and the records of the answer section as a set. */
function summarize(rcode: string, isAuthoritative: boolean, answers: readonly ResourceRecord[]): string {
  const records = answers.map(({ name, ttl, type, rdata }) => {
    const data = Buffer.from(canonicalRdata(type, rdata)).toString("hex");
    return `${name.toLowerCase().toString()} ${ttl} ${type} ${data}`;
  });
  return [rcode, isAuthoritative ? "AA" : "-", ...new Set(records.sort())].join(" | ");
}

function readRecords(text: string, origin: Name): ResourceRecord[] {
  const { records, errors } = parseZoneFile(`${text}\n`, { origin });
  expect(errors, text).toEqual([]);
  return records;
}

const client = endpoint("127.0.0.1", 40_000);
const server = endpoint("127.0.0.1", 53);

/** What the engine says in process. */
function answer(apex: Name, zone: string, query: Uint8Array): Message | string {
  const zones = new ZoneImage(2 ** 22);
  zones.apply(replaceZone(apex, ["ferret"], groupRecords(readRecords(zone, Name.root))));
  const engine = new AnswerEngine({ zones, group: "ferret", hop: "name-servers" });
  const output = new Uint8Array(1232);
  const length = engine.handle(query, query.length, client, server, output, 0, { monotonic: 0, wall: 0 });
  const decoded = decodeMessage(output, length);
  return decoded.ok ? decoded.value : `malformed: ${decoded.failure.code}`;
}

function encodeQuery(text: string, type: string): Uint8Array {
  const name = Name.parse(text);
  if (!name.ok) throw new Error(`Cannot read name "${text}": ${name.failure.code}`);
  return encodeRequest(name.value, typeNumber(type) ?? 0, { id: 1 });
}
