// The packets suite: 9,773 odd and hostile DNS packets. Each decodes or fails as a value and never throws; what decodes
// and is encoded again keeps its RDATA octets; all of it in bounded time. scores/packets.json counts, per failure code,
// what is refused. What servers answer to these packets is tested where servers are.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  areSameOctets,
  decodeMessage,
  decodeRdata,
  encodeMessage,
  type Message,
  questionView,
  readQuestion,
  type ResourceRecord,
} from "#wire";

const root = join(import.meta.dirname, "../..");
const file = join(process.env["FAIRLEAD_SUITES"] ?? join(root, "../shared/suites"), "packets/packets.hex.gz");
const isRequired = process.env["FAIRLEAD_SUITES_REQUIRED"] === "1";

/** No packet may take longer than this, the first ones of a cold process included. */
const packetMs = 250;

interface Scores {
  packets: number;
  /** Packets that are messages. */
  decoded: number;
  /** Records in them, of all sections. */
  records: number;
  /** Packets that are none, by failure code. */
  refused: Record<string, number>;
}

const scores = JSON.parse(readFileSync(join(import.meta.dirname, "scores/packets.json"), "utf8")) as Scores;

if (!existsSync(file) && !isRequired) {
  test.skip("packets: the suite is absent", () => {});
} else {
  describe("packets", () => {
    const packets = gunzipSync(readFileSync(file))
      .toString("latin1")
      .trim()
      .split("\n")
      .map((line) => new Uint8Array(Buffer.from(line, "hex")));

    test("each decodes or fails as a value, and keeps its RDATA octets when encoded again", () => {
      const found: Scores = { packets: packets.length, decoded: 0, records: 0, refused: {} };
      const view = questionView();
      for (const packet of packets) {
        const hasQuestion = readQuestion(packet, packet.length, view);
        const decoded = decodeMessage(packet);
        if (!decoded.ok) {
          const { code } = decoded.failure;
          found.refused[code] = (found.refused[code] ?? 0) + 1;
          continue;
        }
        found.decoded++;
        found.records += recordsOf(decoded.value).length;
        expect(hasQuestion).toBe(decoded.value.question.length > 0);
        const difference = differenceAfterEncoding(decoded.value);
        expect(difference, Buffer.from(packet).toString("hex")).toBeUndefined();
      }
      expect(found).toEqual(scores);
    });

    test("each record's RDATA has values or fails as a value", () => {
      for (const packet of packets) {
        const decoded = decodeMessage(packet);
        if (!decoded.ok) continue;
        for (const record of recordsOf(decoded.value)) {
          if (record.class === 1) expect(decodeRdata(record.type, record.rdata).ok).toBe(true);
        }
      }
    });

    test("each takes bounded time", () => {
      for (const packet of packets) {
        // Time of a processor: others have it meanwhile where the machine is busy.
        const { user, system } = process.threadCpuUsage();
        decodeMessage(packet);
        const spent = process.threadCpuUsage({ user, system });
        expect((spent.user + spent.system) / 1000).toBeLessThan(packetMs);
      }
    });
  });
}

function recordsOf(message: Message): ResourceRecord[] {
  return [...message.answer, ...message.authority, ...message.additional];
}

/** What is not as before after encoding and decoding once more; undefined where all is. */
function differenceAfterEncoding(message: Message): string | undefined {
  const encoded = encodeMessage(message);
  if (!encoded.ok) return `not encoded: ${encoded.failure.code}`;
  if (encoded.value.omittedRecords > 0) return "not encoded whole";
  const again = decodeMessage(encoded.value.octets);
  if (!again.ok) return `not decoded again: ${again.failure.code} at ${again.failure.offset}`;
  const before = recordsOf(message);
  const after = recordsOf(again.value);
  if (before.length !== after.length) return `${before.length} records became ${after.length}`;
  for (const [i, record] of before.entries()) {
    const other = after[i];
    if (!other || !areSameOctets(record.rdata, other.rdata)) return `RDATA of record ${i}`;
    if (!areSameOctets(record.name.octets, other.name.octets)) return `owner of record ${i}`;
    if (record.type !== other.type || record.class !== other.class || record.ttl !== other.ttl)
      return `record ${i}`;
  }
  return undefined;
}
