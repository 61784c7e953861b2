// The hostile packets, through the answer engine in process: each packet with QR=0 and a whole header gets exactly one
// reply with its ID, all else gets none, no packet is a fault of ours, and a probe query is answered after every 100.
// What the live sockets do with them is tested elsewhere.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AnswerEngine, AnswerStreamEngine } from "#answer";
import { endpoint } from "#engine";
import { decodeMessage, Name, parseZoneFile } from "#wire";
import { groupRecords, replaceZone, ZoneImage } from "#zone";

const root = join(import.meta.dirname, "../..");
const file = join(process.env["FAIRLEAD_SUITES"] ?? join(root, "../shared/suites"), "packets/packets.hex.gz");
const isRequired = process.env["FAIRLEAD_SUITES_REQUIRED"] === "1";

const from = endpoint("127.0.0.1", 40_000);
const to = endpoint("127.0.0.1", 53);
const now = { monotonic: 0, wall: 0 };

/** An engine for the root zone, so that every name is its own, with a little of everything in it. */
function makeEngine(failures: unknown[]): AnswerEngine {
  const text = `
. 60 IN SOA a. b. 1 2 3 4 5
. NS ns.example.
ns.example. A 192.0.2.1
example. NS ns.example.
*.test. TXT "wild"
*.com. CNAME x.net.
net. DNAME org.
org. MX 1 probe.
probe. A 192.0.2.2
`;
  const zones = new ZoneImage(2 ** 22);
  const { records, errors } = parseZoneFile(text, { origin: Name.root });
  expect(errors).toEqual([]);
  zones.apply(replaceZone(Name.root, ["root"], groupRecords(records)));
  return new AnswerEngine({
    zones,
    group: "root",
    hop: "root",
    report: () => {},
    onFailure: (failure) => failures.push(failure),
  });
}

const probe = Uint8Array.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 112, 114, 111, 98, 101, 0, 0, 1, 0, 1]);

function refuse(): never {
  throw new Error("not asked of a driver here");
}

if (!existsSync(file) && !isRequired) {
  test.skip("packets through the answer engine: the suite is absent", () => {});
} else {
  describe("packets through the answer engine", () => {
    const packets = gunzipSync(readFileSync(file))
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => Uint8Array.from(Buffer.from(line, "hex")));

    test.each(["udp", "tcp"] as const)("each query gets one reply with its ID over %s", (transport) => {
      const failures: unknown[] = [];
      const engine = makeEngine(failures);
      const output = new Uint8Array(65_535);
      const ask = (octets: Uint8Array): Uint8Array => {
        const length = engine.answer(octets, 0, octets.length, from, to, output, 0, now, transport);
        expect(length).toBeLessThanOrEqual(transport === "udp" ? 1232 : 65_535);
        return output.subarray(0, length);
      };
      for (const [i, packet] of packets.entries()) {
        const response = ask(packet);
        if (packet.length < 12 || ((packet[2] ?? 0) & 0x80) !== 0)
          expect(response, `packet ${i}`).toHaveLength(0);
        else {
          expect([...response.subarray(0, 2)], `packet ${i}`).toEqual([...packet.subarray(0, 2)]);
          const decoded = decodeMessage(response);
          expect(decoded.ok && decoded.value.flags.qr, `packet ${i}`).toBe(true);
        }
        if (i % 100 === 0) expect(ask(probe)[7]).toBe(1);
      }
      expect(failures).toEqual([]);
      expect(engine.counters()["failures{group=root}"]).toBe(0);
    });

    test("each query gets one reply with its ID on a connection", () => {
      const failures: unknown[] = [];
      const stream = new AnswerStreamEngine({ engine: makeEngine(failures) });
      const ids: number[] = [];
      stream.start({
        write: (_slot, octets) => {
          ids.push(((octets[2] ?? 0) << 8) | (octets[3] ?? 0));
          return true;
        },
        setTimer: () => 1,
        clearTimer: () => {},
        end: refuse,
        destroy: refuse,
        pause: refuse,
        resume: refuse,
        send: refuse,
        connect: refuse,
        openDatagram: refuse,
        closeDatagram: refuse,
      });
      stream.accepted(1, 0, from, to, now);
      const expected: number[] = [];
      for (const packet of packets) {
        const whole = packet.length >= 12 && ((packet[2] ?? 0) & 0x80) === 0;
        if (whole) expected.push(((packet[0] ?? 0) << 8) | (packet[1] ?? 0));
        const framed = Uint8Array.of(packet.length >> 8, packet.length & 255, ...packet);
        stream.received(1, framed, framed.length, now);
      }
      expect(ids).toEqual(expected);
      expect(failures).toEqual([]);
    });
  });
}
