// Primaries that do what no primary should: what was served before is served on, nothing is held beyond its bound, and the secondary comes back to
// ask again. Each of them is a script on the virtual network.

import { beforeEach, expect, test } from "vitest";
import type { Effects, Endpoint, Engine, Now } from "#engine";
import { SimulatedNetwork } from "#reactor";
import type { TransferLimits } from "#transfer";
import { findTsig, frame, FrameReader, type ResourceRecord, RrType, TsigSession } from "#wire";
import { keyOf, messageOf, peerOf, read, recordOf, SimulatedServer } from "./testing-transfers.ts";
import { systemHmac } from "./zone-transfers.ts";

const apex = "example.org.";
const attackerAt = "192.0.2.66";
const soa = (serial: number, name = apex): ResourceRecord =>
  recordOf(`${name} SOA ns. host. ${serial} 3600 600 86400 60`);
const key = keyOf("k.");

/** What a script says to one request: messages, and how they go. */
type Script = (
  request: { readonly id: number; readonly type: number; readonly mac: Uint8Array | undefined },
  wire: Wire,
) => void;

interface Wire {
  /** Sends a message with records in its answer section. */
  say(records: readonly ResourceRecord[], more?: Partial<Parameters<typeof messageOf>[0]>): void;
  raw(octets: Uint8Array): void;
  end(): void;
  /** Says something each so many milliseconds. */
  every(ms: number, act: () => void): void;
}

/** A primary that follows a script for transfers, and says of the SOA that it is newer. */
class Attacker implements Engine {
  script: Script = () => {};
  serial = 9;
  transfers = 0;
  #effects!: Effects;
  readonly #frames = new Map<number, FrameReader>();
  readonly #timers = new Map<number, () => void>();
  #now = 0;

  start(effects: Effects): void {
    this.#effects = effects;
  }

  datagram(socket: number, input: Uint8Array, length: number, from: Endpoint): void {
    const { id } = read(input.slice(0, length));
    const question = { name: apex, type: RrType.SOA };
    const octets = messageOf({ id, question, isResponse: true, aa: true, answer: [soa(this.serial)] });
    this.#effects.send(socket, from, octets);
  }

  accepted(slot: number): void {
    this.#frames.set(slot, new FrameReader());
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    this.#now = now.monotonic;
    for (const octets of this.#frames.get(slot)?.push(input, length) ?? []) {
      this.transfers++;
      const { id, question } = read(octets);
      const type = question[0]?.type ?? 0;
      const signature = findTsig(octets);
      const mac = signature.ok ? signature.value?.mac : undefined;
      const raw = (message: Uint8Array): void => void this.#effects.write(slot, message);
      this.script(
        { id, type, mac },
        {
          raw,
          say: (answer, more = {}) =>
            raw(
              frame(
                messageOf({
                  id,
                  question: { name: apex, type },
                  isResponse: true,
                  aa: true,
                  answer,
                  ...more,
                }),
              ),
            ),
          end: () => this.#effects.end(slot),
          every: (ms, act) => this.#every(slot, ms, act),
        },
      );
    }
  }

  #every(slot: number, ms: number, act: () => void): void {
    const id = this.#effects.setTimer(this.#now + ms);
    this.#timers.set(id, () => {
      if (!this.#frames.has(slot)) return;
      act();
      this.#every(slot, ms, act);
    });
  }

  closed(slot: number): void {
    this.#frames.delete(slot);
  }

  timer(id: number, now: Now): void {
    this.#now = now.monotonic;
    const act = this.#timers.get(id);
    this.#timers.delete(id);
    act?.();
  }
}

let network: SimulatedNetwork;
let attacker: Attacker;
let secondary: SimulatedServer;

beforeEach(async () => {
  network = new SimulatedNetwork({ seed: 3 });
  attacker = new Attacker();
  const host = network.host("attacker", [attackerAt]);
  await host.attach(attacker, [
    { transport: "udp", address: attackerAt, port: 53 },
    { transport: "tcp", address: attackerAt, port: 53 },
  ]);
  secondary = await new SimulatedServer(network, "192.0.2.2").start();
});

const www = recordOf(`www.${apex} A 192.0.2.80`);
const good: Script = (_, wire) => wire.say([soa(1), www, soa(1)]);

/** Has the secondary serve a good version, and then hear of a newer one. */
function begin(limit?: number | TransferLimits, signed = false): void {
  attacker.script = good;
  attacker.serial = 1;
  secondary.follow(apex, [peerOf(attackerAt, signed ? key : undefined)], {}, limit);
  network.advance(1000);
  if (!signed) expect(secondary.serial(apex)).toBe(1);
  attacker.serial = 9;
  attacker.transfers = 0;
}

const hour = 3_600_000;

const scripts: readonly (readonly [string, Script, string])[] = [
  [
    "says the serial changes half way",
    (_, wire) => wire.say([soa(9), www, soa(10)]),
    "its serial changes half way",
  ],
  ["begins with no SOA", (_, wire) => wire.say([www, soa(9)]), "it does not begin with an SOA record"],
  [
    "sends what is not in the zone",
    (_, wire) => wire.say([soa(9), recordOf("www.example.com. A 192.0.2.1"), soa(9)]),
    "is not in the zone",
  ],
  [
    "sends an SOA below the apex",
    (_, wire) => wire.say([soa(9), soa(9, `sub.${apex}`), soa(9)]),
    "below the apex",
  ],
  [
    "sends records behind the end",
    (_, wire) => wire.say([soa(9), www, soa(9), www]),
    "records follow its end",
  ],
  ["sends another class", (_, wire) => wire.say([soa(9), { ...www, class: 3 }, soa(9)]), "another class"],
  [
    "sends a type that no zone holds",
    (_, wire) => wire.say([soa(9), { ...www, type: 255 }, soa(9)]),
    "no zone holds",
  ],
  ["ends in the middle", (_, wire) => (wire.say([soa(9), www]), wire.end()), "it breaks off"],
  [
    "sends half a message and stops",
    (_, wire) => wire.raw(Uint8Array.of(255, 255, 1, 2)),
    "nothing more of it comes",
  ],
  [
    "sends octets that are no message",
    (_, wire) => wire.raw(frame(new Uint8Array(40).fill(0xc0))),
    "cannot be read",
  ],
  [
    "answers with another ID",
    ({ id }, wire) => wire.say([soa(9), www, soa(9)], { id: id ^ 1 }),
    "not a response to the request",
  ],
  [
    "answers another question",
    (_, wire) => wire.say([soa(9), www, soa(9)], { question: { name: "other.test.", type: 252 } }),
    "another question",
  ],
  ["refuses", (_, wire) => wire.say([], { rcode: 5 }), "REFUSED"],
  ["sends messages of nothing", (_, wire) => wire.say([]), "has no records"],
  ["sends an older zone", (_, wire) => wire.say([soa(0), www, soa(0)]), "older version"],
  [
    "sends a compression loop",
    ({ id }, wire) => {
      const message = messageOf({ id, question: { name: apex, type: 252 }, isResponse: true, answer: [www] });
      message.set([0xc0, 29], 29); // the owner points at itself
      wire.raw(frame(message));
    },
    "cannot be read",
  ],
];

test.each(scripts)("a primary that %s", (_, script, reason) => {
  begin();
  attacker.script = script;
  network.advance(hour);
  expect(
    secondary.events
      .filter(({ what }) => what === "failed")
      .map(({ detail }) => detail)
      .join("\n"),
  ).toContain(reason);
  expect(secondary.serial(apex)).toBe(1);
  expect(secondary.lines(apex)).toHaveLength(2);
  // It was asked again, but not without end: an hour has six retries of ten minutes, each of two transfers at most.
  expect(attacker.transfers).toBeGreaterThanOrEqual(2);
  expect(attacker.transfers).toBeLessThanOrEqual(2 * 8);
  attacker.script = (__, wire) => wire.say([soa(9), www, recordOf(`new.${apex} A 192.0.2.9`), soa(9)]);
  network.advance(hour);
  expect(secondary.serial(apex)).toBe(9);
});

test("a transfer that never ends is ended: by its octets, by its records, by its time", () => {
  begin(5000);
  attacker.script = (_, wire) => {
    wire.say([soa(9)]);
    wire.every(100, () =>
      wire.say(Array.from({ length: 50 }, (__, i) => recordOf(`x${i}.${apex} A 192.0.2.1`))),
    );
  };
  network.advance(hour + 60_000);
  expect(secondary.events.map(({ detail }) => detail).join("\n")).toContain("it has more than 5000 octets");
  expect(secondary.serial(apex)).toBe(1);
});

test("a transfer that comes one message every ten seconds is ended after half an hour", () => {
  begin();
  attacker.script = (_, wire) => {
    wire.say([soa(9)]);
    wire.every(10_000, () => wire.say([www]));
  };
  network.advance(hour + 31 * 60_000);
  expect(secondary.events.map(({ detail }) => detail).join("\n")).toContain("it does not come to an end");
  expect(secondary.serial(apex)).toBe(1);
});

test("a secondary that is taken out of service in the midst of a thousand transfers begins no more of them", async () => {
  attacker.script = () => {}; // it says nothing
  for (let i = 0; i < 1000; i++) secondary.follow(`z${i}.test.`, [peerOf(attackerAt)]);
  network.advance(1000);
  const begun = attacker.transfers;
  expect(begun).toBeGreaterThan(0);
  let isOver = false;
  const over = secondary.host.close(2000).then(() => (isOver = true));
  network.advance(2100);
  await Promise.resolve();
  await Promise.race([over, new Promise(setImmediate)]);
  expect([isOver, attacker.transfers]).toEqual([true, begun]);
});

test("one octet a second does not keep a transfer alive", () => {
  begin();
  attacker.script = (_, wire) => {
    wire.raw(Uint8Array.of(255));
    wire.every(1000, () => wire.raw(Uint8Array.of(255)));
  };
  network.advance(hour);
  expect(secondary.events.map(({ detail }) => detail).join("\n")).toContain("nothing more of it comes");
});

test("differences that do not follow each other, or are of another version, bring the whole zone", () => {
  begin();
  const asked: number[] = [];
  attacker.script = ({ type }, wire) => {
    asked.push(type);
    if (type === RrType.IXFR)
      wire.say([soa(9), soa(1), recordOf(`not-there.${apex} A 192.0.2.1`), soa(9), soa(9)]);
    else wire.say([soa(9), www, soa(9)]);
  };
  network.advance(hour);
  expect(asked).toEqual([RrType.IXFR, RrType.AXFR]);
  expect(secondary.serial(apex)).toBe(9);
  attacker.serial = 12;
  attacker.script = ({ type }, wire) => {
    if (type === RrType.IXFR) wire.say([soa(12), soa(9), soa(11), soa(10), soa(12), soa(12)]);
    else wire.say([soa(12), www, soa(12)]);
  };
  network.advance(hour);
  expect(secondary.events.map(({ detail }) => detail)).toContain(
    "differences: its differences do not follow each other",
  );
  expect(secondary.serial(apex)).toBe(12);
});

test("differences that never end are given up for the whole zone, which is held as octets", () => {
  begin({ maxOctets: 2 ** 20, maxRecords: 2 ** 20, maxDifferences: 100 });
  const asked: number[] = [];
  attacker.script = ({ type }, wire) => {
    asked.push(type);
    if (type !== RrType.IXFR) return wire.say([soa(9), www, soa(9)]);
    wire.say([soa(9), soa(1)]);
    wire.every(10, () =>
      wire.say(Array.from({ length: 10 }, (_, i) => recordOf(`x${i}.${apex} A 192.0.2.1`))),
    );
  };
  network.advance(hour);
  expect(asked).toEqual([RrType.IXFR, RrType.AXFR]);
  expect(secondary.events.map(({ detail }) => detail)).toContain(
    "differences: its differences have more than 100 records",
  );
  expect(secondary.serial(apex)).toBe(9);
});

test("a message of 65,535 octets is taken; one that says so and ends before is not", () => {
  begin();
  const rows = Array.from({ length: 238 }, (_, i) => recordOf(`r${i}.${apex} TXT "${"t".repeat(250)}"`));
  attacker.script = (_, wire) => wire.say([soa(9), ...rows, soa(9)]);
  network.advance(hour);
  expect([secondary.serial(apex), secondary.lines(apex).length]).toEqual([9, 1 + rows.length]);
  attacker.serial = 10;
  attacker.script = (_, wire) => (wire.raw(new Uint8Array(65_536).fill(0xff, 0, 2)), wire.end());
  network.advance(hour);
  expect(secondary.events.at(-1)?.detail).toContain("breaks off");
  expect(secondary.serial(apex)).toBe(9);
});

test("differences that go round are no way to keep a transfer going", () => {
  begin();
  attacker.script = ({ type }, wire) =>
    wire.say(type === RrType.IXFR ? [soa(9), soa(1), soa(0), soa(0), soa(1)] : [soa(9), www, soa(9)]);
  network.advance(hour);
  expect(secondary.events.map(({ detail }) => detail)).toContain(
    "differences: a step of it leads to no newer version",
  );
});

test.each([
  ["without any signature", (octets: Uint8Array) => octets],
  [
    "signed with another secret",
    (octets: Uint8Array) =>
      new TsigSession(keyOf("k.", "hmac-sha256", 9), systemHmac).sign(octets, 1_767_225_600),
  ],
  [
    "signed as if it answered nothing",
    (octets: Uint8Array) => new TsigSession(key, systemHmac).sign(octets, 1_767_225_600),
  ],
])("a zone that has to be signed and comes %s is not taken", (_, sign) => {
  begin(undefined, true);
  attacker.script = ({ id, type }, wire) => {
    const question = { name: apex, type };
    wire.raw(frame(sign(messageOf({ id, question, isResponse: true, answer: [soa(9), www, soa(9)] }))));
  };
  network.advance(600_000);
  expect(secondary.lines(apex)).toEqual([]);
  expect(attacker.transfers).toBeGreaterThan(1);
});

test.each<[string, { seconds?: number; macOctets?: number }]>([
  ["five minutes and a second ago", { seconds: -301 }],
  ["in an hour", { seconds: 3600 }],
  ["with half of the MAC", { macOctets: 16 }],
  ["with less than half of the MAC", { macOctets: 15 }],
  ["without a MAC", { macOctets: 0 }],
])("a version that a primary signs %s is not taken (RFC 8945 section 5.2)", (_, wrong) => {
  const signed =
    (serial: number, { seconds = 0, macOctets }: typeof wrong = {}): Script =>
    ({ id, type, mac }, wire) => {
      const answer = [soa(serial), www, soa(serial)];
      const message = messageOf({ id, question: { name: apex, type }, isResponse: true, answer });
      const now = Math.floor(secondary.host.now().wall / 1000);
      wire.raw(frame(new TsigSession(key, systemHmac, mac, macOctets).sign(message, now + seconds)));
    };
  attacker.script = signed(1);
  secondary.follow(apex, [peerOf(attackerAt, key)]);
  network.advance(1000);
  expect(secondary.serial(apex)).toBe(1);
  attacker.script = signed(9, wrong);
  attacker.transfers = 0;
  network.advance(hour);
  expect(secondary.serial(apex)).toBe(1);
  expect(secondary.lines(apex)).toHaveLength(2);
  expect(attacker.transfers).toBeGreaterThanOrEqual(2);
  expect(attacker.transfers).toBeLessThanOrEqual(2 * 8);
  attacker.script = signed(9);
  network.advance(hour);
  expect(secondary.serial(apex)).toBe(9);
});
