// Name servers that speak with each other on a virtual network and clock: transfers, timers, NOTIFY, signatures.

import { beforeEach, describe, expect, test } from "vitest";
import { endpoint } from "#engine";
import { SimulatedNetwork, type SimulatedClient } from "#reactor";
import { EdnsOption, Opcode, Rcode, RrType, type TsigKey, TsigSession } from "#wire";
import {
  askStream,
  keyOf,
  messageOf,
  nameOf,
  openPolicy,
  peerOf,
  read,
  recordOf,
  SimulatedServer,
} from "./testing-transfers.ts";
import { systemHmac } from "./zone-transfers.ts";

const apex = "example.org.";
const primaryAt = "192.0.2.1";
const secondaryAt = "192.0.2.2";

function zone(serial: number, more = "", timers = "3600 600 86400"): string {
  return `@ SOA ns1 hostmaster ${serial} ${timers} 60\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.80\n${more}`;
}

let network: SimulatedNetwork;
let primary: SimulatedServer;
let secondary: SimulatedServer;
let client: SimulatedClient;

beforeEach(async () => {
  network = new SimulatedNetwork({ seed: 11 });
  primary = await new SimulatedServer(network, primaryAt).start();
  secondary = await new SimulatedServer(network, secondaryAt).start();
  client = await network.client("client", ["192.0.2.9"]);
});

const seconds = (): number => Math.floor(primary.host.now().wall / 1000);

describe("a secondary", () => {
  test("takes over a zone whole, and differences from then on (RFC 1995 section 4)", () => {
    primary.put(apex, zone(1));
    secondary.follow(apex, [peerOf(primaryAt)]);
    network.advance(100);
    expect(secondary.lines(apex)).toEqual(primary.lines(apex));
    primary.put(apex, zone(2, "new A 192.0.2.81\nsub.ent TXT x\n"));
    primary.put(apex, zone(3, "new A 192.0.2.82\nsub.ent TXT x\n"));
    network.advance(3_700_000);
    expect(secondary.lines(apex)).toEqual(primary.lines(apex));
    expect(secondary.events.map(({ what, detail }) => `${what} ${detail}`)).toEqual([
      "transferred whole",
      "transferred differences",
    ]);
  });

  test("NOTIFY brings the next version at once, however many are said (RFC 1996)", () => {
    primary.put(apex, zone(1), { ...openPolicy, notify: [peerOf(secondaryAt)] });
    secondary.follow(apex, [peerOf(primaryAt)]);
    network.advance(100);
    for (const serial of [2, 3, 4])
      primary.put(apex, zone(serial), { ...openPolicy, notify: [peerOf(secondaryAt)] });
    network.advance(100);
    expect(secondary.serial(apex)).toBe(4);
    expect(primary.transfers.counters()).toMatchObject({ "transfers{event=notify-sent}": 2 });
    expect(primary.transfers.notifier.pending).toBe(0);
  });

  test("NOTIFY is said again with growing waits to who does not answer, and then given up (RFC 1996 section 3.6)", () => {
    primary.put(apex, zone(1), { ...openPolicy, notify: [peerOf("192.0.2.77")] });
    network.advance(120_000);
    expect(network.countDatagramsTo("192.0.2.77:53")).toBe(5);
    expect(primary.transfers.counters()).toMatchObject({ "transfers{event=notify-failed}": 1 });
  });

  test("timers: refresh, retry and expiry are the SOA's (RFC 1035 section 3.3.13)", () => {
    primary.put(apex, zone(1, "", "100 30 1000"));
    secondary.follow(apex, [peerOf(primaryAt)]);
    network.advance(100);
    network.clearPackets();
    network.advance(89_000);
    expect(network.countDatagramsTo(`${primaryAt}:53`)).toBe(0);
    network.advance(11_000);
    expect(network.countDatagramsTo(`${primaryAt}:53`)).toBe(1);
    const mend = network.partition([primary.host]);
    network.advance(1_000_000);
    // Nobody has vouched for it for 1,000 seconds.
    expect(secondary.events.some(({ what }) => what === "expired")).toBe(true);
    const query = messageOf({ question: { name: `www.${apex}`, type: RrType.A } });
    expect(read(client.ask(`${secondaryAt}:53`, query)).rcode).toBe(Rcode.SERVFAIL);
    mend();
    network.advance(1_000_000);
    expect(secondary.serial(apex)).toBe(1);
    expect(read(client.ask(`${secondaryAt}:53`, query)).answer).toHaveLength(1);
  });

  test("asks the next primary where one does not answer, does not have the zone, or has an older version", async () => {
    const other = await new SimulatedServer(network, "192.0.2.3").start();
    const third = await new SimulatedServer(network, "192.0.2.4").start();
    third.put(apex, zone(5));
    primary.put(apex, zone(7));
    other.put("other.test.", zone(1));
    secondary.follow(apex, [
      peerOf("192.0.2.66"),
      peerOf("192.0.2.3"),
      peerOf(primaryAt),
      peerOf("192.0.2.4"),
    ]);
    network.advance(60_000);
    expect(secondary.serial(apex)).toBe(7);
    primary.put(apex, zone(6)); // as after a restore of yesterday's file
    network.advance(4_000_000);
    expect(secondary.serial(apex)).toBe(7);
    expect(secondary.events.map(({ detail }) => detail)).toContain("it has the older version 6");
  });

  test("a primary that is asked over TLS is asked nothing in the clear, and that the version is good too (RFC 9103)", () => {
    primary.put(apex, zone(1, "", "100 30 1000"));
    secondary.follow(apex, [{ ...peerOf(primaryAt), tls: { protocols: ["dot"], serverName: "ns1.test" } }]);
    network.advance(350_000);
    expect(network.countDatagramsTo(`${primaryAt}:53`)).toBe(0);
    expect(secondary.transfers.counters()["transfers{event=refresh-current}"]).toBeGreaterThan(2);
    primary.put(apex, zone(2, "", "100 30 1000"));
    network.advance(101_000);
    expect(secondary.serial(apex)).toBe(2);
    expect(secondary.events.map(({ detail }) => detail)).toContain("differences");
    expect(network.countDatagramsTo(`${primaryAt}:53`)).toBe(0);
  });

  test("over TLS too a primary with an older version vouches for nothing, and the next one is asked (RFC 1034 section 4.3.5)", async () => {
    const other = await new SimulatedServer(network, "192.0.2.3").start();
    const overTls = (address: string) => ({
      ...peerOf(address),
      tls: { protocols: ["dot"], serverName: "ns1.test" },
    });
    primary.put(apex, zone(7, "", "100 30 1000"));
    secondary.follow(apex, [overTls(primaryAt), overTls("192.0.2.3")]);
    network.advance(60_000);
    expect(secondary.serial(apex)).toBe(7);
    primary.put(apex, zone(6, "", "100 30 1000")); // as after a restore of yesterday's file
    other.put(apex, zone(8, "", "100 30 1000"));
    network.advance(101_000);
    expect(secondary.events.map(({ detail }) => detail)).toContain("it has the older version 6");
    expect(secondary.serial(apex)).toBe(8);
  });

  test("who may have a zone over TLS alone gets nothing over TCP, whoever asks (RFC 9103 section 8.2)", () => {
    primary.put(apex, zone(1), { ...openPolicy, transfer: [{ isPrivate: true }] });
    secondary.follow(apex, [peerOf(primaryAt)]);
    network.advance(60_000);
    expect(secondary.serial(apex)).toBe(undefined);
    expect(primary.requests.at(-1)).toMatchObject({ what: "axfr", rcode: Rcode.REFUSED });
  });

  test("a secondary's secondary is vouched for no longer than it is itself (RFC 7314 section 4)", async () => {
    const last = await new SimulatedServer(network, "192.0.2.3").start();
    primary.put(apex, zone(1, "", "100000 100000 1000"));
    secondary.follow(apex, [peerOf(primaryAt)]);
    network.advance(1000);
    network.partition([primary.host]);
    network.advance(600_000);
    last.follow(apex, [peerOf(secondaryAt)]);
    network.advance(1000);
    expect(last.serial(apex)).toBe(1);
    const left = last.transfers.secondary.expiryOf(nameOf(apex), last.host.now()) ?? 0;
    expect(left).toBeLessThan(400);
    expect(left).toBeGreaterThan(390);
    network.advance(401_000);
    expect([secondary.serial(apex), last.serial(apex)]).toEqual([undefined, undefined]);
  });

  test("signed on both sides with every algorithm; the wrong secret gets nothing", () => {
    const algorithms = ["224", "256", "256-128", "384", "384-192", "512", "512-256"];
    for (const [i, algorithm] of algorithms.entries()) {
      const name = `zone${i}.test.`;
      const key = keyOf(`k${i}.`, `hmac-sha${algorithm}`);
      const wrong = { ...key, secret: new Uint8Array(32) };
      primary.transfers.keys.replace([key]);
      secondary.transfers.keys.replace([key]);
      const policy = { ...openPolicy, transfer: [{ key: key.name }], notify: [peerOf(secondaryAt, key)] };
      const rows = Array.from({ length: 600 }, (_, row) => `host${row} A 192.0.2.${row % 250}`).join("\n");
      primary.put(name, zone(1, rows), policy);
      secondary.follow(name, [peerOf(primaryAt, wrong)]);
      network.advance(30_000);
      expect(secondary.lines(name)).toEqual([]);
      secondary.follow(name, [peerOf(primaryAt, key)]);
      network.advance(1000);
      expect(secondary.lines(name)).toHaveLength(604);
      primary.put(name, zone(2, rows), policy);
      network.advance(1000);
      expect(secondary.serial(name)).toBe(2);
    }
  });

  test("clocks that differ by more than the fudge have nothing signed (RFC 8945 section 5.2.3)", () => {
    const key = keyOf("k.");
    primary.transfers.keys.replace([key]);
    primary.put(apex, zone(1), { ...openPolicy, transfer: [{ key: key.name }] });
    primary.host.stepWall(301_000);
    secondary.follow(apex, [peerOf(primaryAt, key)]);
    network.advance(5000);
    expect(secondary.lines(apex)).toEqual([]);
    expect(secondary.events.at(-1)?.detail).toContain("BADTIME");
    primary.host.stepWall(-2000);
    network.advance(10_000);
    expect(secondary.serial(apex)).toBe(1);
  });
});

describe("what a server gives", () => {
  const ask = (octets: Uint8Array): ReturnType<typeof read> => read(client.ask(`${primaryAt}:53`, octets));
  const stream = (octets: Uint8Array, count = 1): Uint8Array[] =>
    askStream(network, client, `${primaryAt}:53`, octets, count);
  const axfr = (name = apex): Uint8Array => messageOf({ question: { name, type: RrType.AXFR } });
  const ixfr = (serial: number, more: Partial<Parameters<typeof messageOf>[0]> = {}): Uint8Array =>
    messageOf({
      question: { name: apex, type: RrType.IXFR },
      authority: [recordOf(`${apex} SOA . . ${serial} 1 1 1 1`)],
      ...more,
    });

  test("AXFR: the SOA at both ends, what is hidden below cuts too (RFC 5936 section 2.2)", () => {
    primary.put(apex, zone(1, "cut NS ns.cut\nns.cut A 192.0.2.5\ndeep.cut TXT hidden\n"));
    const [message] = stream(axfr()).map(read);
    expect(message?.flags).toMatchObject({ aa: true, qr: true });
    const types = message?.answer.map(({ type }) => type) ?? [];
    expect([types[0], types.at(-1), types.filter((type) => type === RrType.SOA).length]).toEqual([6, 6, 2]);
    expect(message?.answer).toHaveLength(4 + 3 + 1);
    expect(primary.requests.at(-1)).toMatchObject({ what: "axfr", zone: apex, rcode: 0 });
  });

  test.each([
    ["another zone", "other.test.", Rcode.NOTAUTH],
    ["a name in the zone", `www.${apex}`, Rcode.NOTAUTH],
  ])("AXFR of %s", (_, name, rcode) => {
    primary.put(apex, zone(1));
    expect(read(stream(axfr(name))[0]).rcode).toBe(rcode);
  });

  test("AXFR is for those who may have it, and for TCP (RFC 5936 section 4.2)", () => {
    primary.put(apex, zone(1), {
      ...openPolicy,
      transfer: [{ network: { address: endpoint("198.51.100.0", 0).address, bits: 24 } }],
    });
    expect(read(stream(axfr())[0]).rcode).toBe(Rcode.REFUSED);
    expect(ask(axfr()).rcode).toBe(Rcode.FORMERR);
    primary.put(apex, zone(1), {
      ...openPolicy,
      transfer: [{ network: { address: endpoint("192.0.2.0", 0).address, bits: 28 } }],
    });
    expect(read(stream(axfr())[0]).rcode).toBe(Rcode.NOERROR);
  });

  test("IXFR: differences, condensed; one SOA to who is up to date; all of it where the version is not known", () => {
    for (const [serial, more] of [
      [1, ""],
      [2, "a A 192.0.2.5\n"],
      [3, "a A 192.0.2.6\nb TXT x\n"],
      [4, "b TXT x\n"],
    ] as const)
      primary.put(apex, zone(serial, more));
    const shape = (octets: Uint8Array): string[] =>
      stream(octets).flatMap((each) =>
        read(each).answer.map(({ type, name, rdata }) =>
          type === RrType.SOA ? `SOA ${rdata[rdata.length - 17]}` : name.toString(),
        ),
      );
    // What was put in and taken out again between the two is in neither list.
    expect(shape(ixfr(1))).toEqual(["SOA 4", "SOA 1", "SOA 4", `b.${apex}`, "SOA 4"]);
    expect(shape(ixfr(3))).toEqual(["SOA 4", "SOA 3", `a.${apex}`, "SOA 4", "SOA 4"]);
    expect(shape(ixfr(4))).toEqual(["SOA 4"]);
    expect(shape(ixfr(5))).toEqual(["SOA 4"]);
    expect(shape(ixfr(2 ** 32 - 5))[1]).toBe(apex);
  });

  test("IXFR over UDP: differences where they fit, else the SOA alone (RFC 1995 section 2)", () => {
    primary.put(apex, zone(1));
    primary.put(apex, zone(2, "a A 192.0.2.5\n"));
    expect(ask(ixfr(1)).answer).toHaveLength(5);
    primary.put(apex, zone(3, Array.from({ length: 60 }, (_, i) => `host${i} A 192.0.2.5`).join("\n")));
    const answer = ask(ixfr(1));
    expect([answer.answer.length, answer.flags.tc]).toEqual([1, false]);
    expect(stream(ixfr(1)).map((each) => read(each).answer.length)).toEqual([64]);
  });

  test("IXFR without the version that is there, or with two, is malformed", () => {
    primary.put(apex, zone(1));
    expect(ask(ixfr(1, { authority: [] })).rcode).toBe(Rcode.FORMERR);
    const soa = recordOf(`${apex} SOA . . 1 1 1 1 1`);
    expect(ask(ixfr(1, { authority: [soa, recordOf(`${apex} SOA . . 2 1 1 1 1`)] })).rcode).toBe(
      Rcode.FORMERR,
    );
  });

  test("a transfer in many messages, each signed, to who reads slowly; the zone may change meanwhile", () => {
    const key = keyOf("k.", "hmac-sha512");
    primary.transfers.keys.replace([key]);
    const rows = Array.from({ length: 5000 }, (_, i) => `host${i} TXT "${"x".repeat(40)}"`).join("\n");
    primary.put(apex, zone(1, rows));
    const signer = new TsigSession(key, systemHmac);
    const request = signer.sign(axfr(), seconds());
    const slow = client.open(`${primaryAt}:53`);
    slow.write(Uint8Array.of(request.length >> 8, request.length & 0xff));
    slow.write(request);
    network.advance(5);
    slow.pause();
    network.advance(50);
    primary.put(apex, zone(2));
    slow.resume();
    network.advance(5000);
    const verifier = new TsigSession(key, systemHmac, signer.mac);
    let at = 0;
    let records = 0;
    const { received } = slow;
    while (at < received.length) {
      const length = (received[at]! << 8) | received[at + 1]!;
      const octets = received.slice(at + 2, at + 2 + length);
      at += 2 + length;
      const verdict = verifier.verify(octets, seconds(), true);
      expect(verdict.kind).toBe("good");
      if (verdict.kind === "good") records += read(verdict.message).answer.length;
    }
    expect(records).toBe(5000 + 4 + 1);
  });

  test("who does not read is dropped, and the revision it was sent is let go", () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `host${i} TXT "${"x".repeat(40)}"`).join("\n");
    primary.put(apex, zone(1, rows));
    const streams = Array.from({ length: 40 }, () => {
      const stream = client.open(`${primaryAt}:53`);
      const octets = axfr();
      stream.write(Uint8Array.of(0, octets.length));
      stream.write(octets);
      stream.pause();
      return stream;
    });
    network.advance(1000);
    const before = primary.image.usedOctets;
    primary.put(apex, zone(2));
    network.advance(30_000);
    primary.put(apex, zone(3));
    expect(primary.image.usedOctets).toBeLessThan(before / 10);
    // Of 40, 32 were served at a time; the others were told to come again.
    expect(streams.every(({ state }) => state === "closed" || state === "open")).toBe(true);
    expect(read(stream(axfr())[0]).rcode).toBe(Rcode.NOERROR);
  });

  test.each([
    ["an unknown key", keyOf("other."), Rcode.BADKEY],
    ["another algorithm", keyOf("k.", "hmac-sha512"), Rcode.BADKEY],
    ["another secret", keyOf("k.", "hmac-sha256", 2), 16],
    ["a MAC shorter than the key's", keyOf("k.", "hmac-sha256", 1, 16), Rcode.BADTRUNC],
  ])("a question signed with %s (RFC 8945 section 5.2)", (_, key: TsigKey, error) => {
    primary.transfers.keys.replace([keyOf("k.")]);
    primary.put(apex, zone(1));
    const signer = new TsigSession(key, systemHmac);
    const answer = ask(signer.sign(messageOf({ question: { name: apex, type: RrType.SOA } }), seconds()));
    expect(answer.rcode).toBe(Rcode.NOTAUTH);
    const tsig = answer.additional.at(-1)?.rdata ?? new Uint8Array();
    expect((tsig[tsig.length - 4]! << 8) | tsig[tsig.length - 3]!).toBe(error);
    expect(answer.answer).toEqual([]);
  });

  test("a question signed at another time is told ours, signed", () => {
    const key = keyOf("k.");
    primary.transfers.keys.replace([key]);
    primary.put(apex, zone(1));
    const signer = new TsigSession(key, systemHmac);
    const request = signer.sign(messageOf({ question: { name: apex, type: RrType.SOA } }), seconds() - 1000);
    const octets = client.ask(`${primaryAt}:53`, request) ?? new Uint8Array();
    const verdict = new TsigSession(key, systemHmac, signer.mac).verify(octets, seconds() - 1000, true);
    expect(verdict.kind).toBe("good");
    const answer = read(octets);
    expect(answer.rcode).toBe(Rcode.NOTAUTH);
    const tsig = answer.additional.at(-1)?.rdata ?? new Uint8Array();
    const other = tsig.subarray(-4).reduce((sum, octet) => sum * 256 + octet, 0);
    expect(other).toBe(seconds());
  });

  test("a signed question is answered signed, also of a name, over UDP and TCP", () => {
    const key = keyOf("k.");
    primary.transfers.keys.replace([key]);
    primary.put(apex, zone(1, `many TXT "${"y".repeat(250)}" "${"z".repeat(250)}"`));
    for (const over of ["udp", "tcp"]) {
      const signer = new TsigSession(key, systemHmac);
      const request = signer.sign(
        messageOf({ question: { name: `many.${apex}`, type: RrType.TXT } }),
        seconds(),
      );
      const octets = over === "udp" ? client.ask(`${primaryAt}:53`, request) : stream(request)[0];
      const verdict = new TsigSession(key, systemHmac, signer.mac).verify(
        octets ?? new Uint8Array(),
        seconds(),
        true,
      );
      expect(verdict.kind).toBe("good");
      expect((octets ?? []).length).toBeLessThanOrEqual(over === "udp" ? 512 : 65_535);
      expect(read(octets).flags.tc).toBe(over === "udp");
    }
  });

  test.each([
    ["no MAC", 0],
    ["a MAC of 9 octets", 9],
    ["a MAC of 15 octets, less than half", 15],
    ["a MAC longer than the hash", 33],
  ])("a signature with %s is malformed (RFC 8945 section 5.2.2.1)", (_, length) => {
    const key = keyOf("k.");
    primary.transfers.keys.replace([key]);
    const signer = new TsigSession(key, () => new Uint8Array(64), undefined, length);
    const answer = ask(signer.sign(messageOf({ question: { name: apex, type: RrType.SOA } }), seconds()));
    expect([answer.rcode, answer.additional.length]).toEqual([Rcode.FORMERR, 0]);
  });

  test("NOTIFY: from who may tell, of a zone that is transferred here, of an SOA", () => {
    const notify = (name: string, type: number = RrType.SOA): number =>
      ask(messageOf({ opcode: Opcode.NOTIFY, aa: true, question: { name, type } })).rcode;
    primary.put(apex, zone(1));
    primary.follow("second.test.", [peerOf("192.0.2.66")]);
    primary.follow("third.test.", [peerOf("192.0.2.66")], { notifiers: [{}] });
    expect([notify("third.test."), notify("second.test."), notify(apex), notify("unknown.test.")]).toEqual([
      Rcode.NOERROR,
      Rcode.REFUSED,
      Rcode.NOTAUTH,
      Rcode.NOTAUTH,
    ]);
    expect(notify("third.test.", RrType.DS)).toBe(Rcode.NOTIMP);
  });

  test("the SOA with EXPIRE: the zone's own at a primary, what is left at a secondary (RFC 7314)", () => {
    primary.put(apex, zone(1));
    secondary.follow(apex, [peerOf(primaryAt)]);
    network.advance(1000);
    const option = { code: EdnsOption.EXPIRE, octets: new Uint8Array() };
    const octets = messageOf({
      question: { name: apex, type: RrType.SOA },
      edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [option] },
    });
    const told = (at: string): number =>
      (read(client.ask(at, octets)).edns?.options[0]?.octets ?? new Uint8Array()).reduce(
        (sum, octet) => sum * 256 + octet,
        0,
      );
    expect(told(`${primaryAt}:53`)).toBe(86_400);
    network.advance(10_000);
    expect(told(`${secondaryAt}:53`)).toBeLessThanOrEqual(86_390);
    expect(told(`${secondaryAt}:53`)).toBeGreaterThan(86_380);
  });

  test("the SOA with EXPIRE has all else that it has without: its signature for who wants it (RFC 4035 section 3.1.1), and the zone alone that is asked for", () => {
    const signature = `@ RRSIG SOA 13 2 60 20300101000000 20200101000000 7 ${apex} AAAA`;
    primary.put(apex, zone(1, signature));
    const option = { code: EdnsOption.EXPIRE, octets: new Uint8Array() };
    const asked = (name: string, isDnssecOk: boolean): ReturnType<typeof read> =>
      ask(
        messageOf({
          question: { name, type: RrType.SOA },
          edns: { udpPayloadSize: 1232, version: 0, isDnssecOk, options: [option] },
        }),
      );
    const types = ({ answer }: ReturnType<typeof read>): number[] => answer.map(({ type }) => type);
    expect(types(asked(apex, false))).toEqual([RrType.SOA]);
    const signed = asked(apex, true);
    expect(types(signed)).toEqual([RrType.SOA, RrType.RRSIG]);
    expect(signed.flags.aa).toBe(true);
    expect(signed.edns?.options.map(({ code }) => code)).toEqual([EdnsOption.EXPIRE]);
    expect(asked(`www.${apex}`, false).edns?.options).toEqual([]);
  });

  test("what is no message, or has a compression loop, is answered FORMERR or not at all; nothing stops", () => {
    primary.put(apex, zone(1));
    const hostile: Uint8Array[] = [
      Uint8Array.of(1, 2, Opcode.NOTIFY << 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 6, 0, 1),
      Uint8Array.of(1, 2, Opcode.UPDATE << 3, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(1, 2, Opcode.UPDATE << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      new Uint8Array(65_000).fill(0x28, 2, 3),
      messageOf({ opcode: Opcode.UPDATE, question: { name: apex, type: RrType.A } }),
    ];
    for (const octets of hostile) {
      const over = askStream(network, client, `${primaryAt}:53`, octets)[0];
      expect(over && read(over).rcode).toBe(Rcode.FORMERR);
      const answer = octets.length < 9000 ? client.ask(`${primaryAt}:53`, octets, 100) : undefined;
      if (octets.length < 9000) expect(read(answer).rcode).toBe(Rcode.FORMERR);
    }
    expect(read(stream(axfr())[0]).answer).toHaveLength(5);
  });
});
