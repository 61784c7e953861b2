// DNS UPDATE of a platform's zones under load and by who means harm: many at once, keys that flood, messages that come again, control that leaves half
// way, zones that go. Everything on one virtual clock: packets, the names role's engines, control.

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Change, RoleQuestion } from "#contract";
import { SimulatedNetwork } from "#reactor";
import {
  decodeMessage,
  Opcode,
  Rcode,
  type ResourceRecord,
  RrClass,
  RrType,
  TsigSession,
  type Message,
} from "#wire";
import { settle, SimulatedPlatform, simulatedStart } from "./testing-platform.ts";
import { keyOf, messageOf, nameOf, read, recordOf, SimulatedServer } from "./testing-transfers.ts";
import { systemHmac } from "./zone-transfers.ts";

const server = "127.53.2.1";
const zone = "updated.test.";
const one = keyOf("one.", "hmac-sha256", 1);
const two = keyOf("two.", "hmac-sha256", 2);

let platform: SimulatedPlatform;

beforeEach(async () => {
  platform = new SimulatedPlatform();
  const rules = ["one.", "two."].map((key) => ({ zone, key }));
  await platform.start("off", [], { keys: [one, two], rules });
  await platform.call("POST", "/v1/domains", { name: "updated.test" });
  await platform.pass(5000);
});

afterEach(() => platform.close());

let nextId = 1;

/** An update that adds addresses, signed; its name must not be there where it says so. */
function update(
  names: readonly string[],
  { key = one, isNew = false, of = zone, secret = key.secret }: UpdateOptions = {},
): Uint8Array {
  const mustNotBe = (name: string): ResourceRecord => ({
    name: nameOf(`${name}.${of}`),
    type: RrType.ANY,
    class: RrClass.NONE,
    ttl: 0,
    rdata: new Uint8Array(),
  });
  const added = names.map((name) => recordOf(`${name}.${of} 60 A 192.0.2.1`));
  return signedUpdate(of, isNew ? names.map(mustNotBe) : [], added, { ...key, secret });
}

function signedUpdate(
  of: string,
  answer: readonly ResourceRecord[],
  authority: readonly ResourceRecord[],
  key = one,
): Uint8Array {
  const octets = messageOf({
    id: nextId++,
    opcode: Opcode.UPDATE,
    question: { name: of, type: RrType.SOA },
    answer,
    authority,
    edns: { udpPayloadSize: 1232, version: 0, isDnssecOk: false, options: [] },
  });
  const seconds = Math.floor((simulatedStart + platform.network.time) / 1000);
  return new TsigSession(key, systemHmac).sign(octets, seconds);
}

interface UpdateOptions {
  readonly key?: typeof one;
  readonly isNew?: boolean;
  readonly of?: string;
  readonly secret?: Uint8Array;
}

type Sent = ReturnType<SimulatedPlatform["send"]>;

function answersOf({ replies }: Sent): Message[] {
  return replies.map((octets) => {
    const decoded = decodeMessage(octets);
    if (!decoded.ok) throw new Error(decoded.failure.code);
    return decoded.value;
  });
}

const codesOf = (all: readonly Sent[]): number[][] =>
  all.map((sent) => answersOf(sent).map(({ rcode }) => rcode));
const serial = (): number => {
  const soa = platform.ask(server, 5301, zone, "SOA", false)?.answer[0]?.rdata;
  return soa ? new DataView(soa.buffer, soa.byteOffset).getUint32(soa.length - 20) : -1;
};
const isServed = (name: string): boolean =>
  (platform.ask(server, 5301, `${name}.${zone}`, "A", false)?.answer.length ?? 0) > 0;
const titles = async (): Promise<string[]> =>
  (await platform.call<{ changes: Change[] }>("GET", "/v1/changes?limit=200")).changes
    .filter(({ actor }) => actor.startsWith("tsig:"))
    .map(({ title }) => title);

/** Sends and lets a little time pass. */
async function exchange(messages: readonly Uint8Array[], milliseconds = 200): Promise<Sent[]> {
  const sent = messages.map((octets) => platform.send(server, octets));
  await platform.pass(10);
  for (let i = 0; i < 200 && platform.updatesUnderWay > 0; i++) await settle();
  await platform.pass(milliseconds);
  return sent;
}

test("of many at once that want the same name new, one gets it, and the others are told that it is there", async () => {
  const codes = codesOf(await exchange(Array.from({ length: 24 }, () => update(["first"], { isNew: true }))));
  expect(codes.flat().filter((rcode) => rcode === Rcode.NOERROR)).toHaveLength(1);
  expect(codes.flat().filter((rcode) => rcode === Rcode.YXDOMAIN)).toHaveLength(23);
  expect(await titles()).toEqual(["Update A at first.updated.test"]);
});

test("a key that floods is refused what is above its share, at once and with the reason; another key's is done; each is answered once", async () => {
  const flood = Array.from({ length: 60 }, (_, i) => update([`flood${i}`]));
  const other = update(["other"], { key: two });
  const sent = await exchange([...flood, other]);
  const codes = codesOf(sent);
  expect(codes.map(({ length }) => length)).toEqual(codes.map(() => 1));
  expect(codes.at(-1)).toEqual([Rcode.NOERROR]);
  const done = codes.slice(0, -1).map(([rcode]) => rcode);
  expect([
    done.filter((rcode) => rcode === Rcode.NOERROR).length,
    done.filter((rcode) => rcode === Rcode.SERVFAIL).length,
  ]).toEqual([32, 28]);
  expect(new Set(done)).toEqual(new Set([Rcode.NOERROR, Rcode.SERVFAIL]));
  // Who was refused sends the same again, and it is done; what was done is not done again.
  const again = codesOf(await exchange(flood));
  expect(again.flat()).toEqual(flood.map(() => Rcode.NOERROR));
  const all = await titles();
  expect([all.length, new Set(all).size]).toEqual([61, 61]);
  for (let i = 0; i < 60; i++) expect([i, isServed(`flood${i}`)]).toEqual([i, true]);
});

test("what people change meanwhile waits for one update of a key that floods, not for all of them", async () => {
  const flood = Array.from({ length: 30 }, (_, i) => platform.send(server, update([`flood${i}`])));
  await platform.pass(1);
  const { id } = (
    await platform.call<{ change: Change }>("PUT", "/v1/zones/updated.test/rrsets", {
      name: "people",
      type: "A",
      records: ["192.0.2.2"],
    })
  ).change;
  const { changes } = await platform.call<{ changes: Change[] }>("GET", "/v1/changes?limit=50");
  const before = changes.slice(changes.findIndex((change) => change.id === id) + 1);
  expect(before.filter(({ actor }) => actor === "tsig:one").length).toBeLessThan(10);
  for (let i = 0; i < 200 && platform.updatesUnderWay > 0; i++) await settle();
  await platform.pass(10);
  expect(codesOf(flood)).toEqual(flood.map(() => [Rcode.NOERROR]));
});

test("octets have a share as well: messages of 60 KB by one key do not keep another's out", async () => {
  const text = `"${"x".repeat(240)}"`;
  const notes = Array.from({ length: 220 }, (_, i) => recordOf(`notes.${zone} 60 TXT "${i}" ${text}`));
  const wide = Array.from({ length: 20 }, () => signedUpdate(zone, [], notes));
  const octets = wide[0]?.length ?? 0;
  expect(octets).toBeGreaterThan(55_000);
  // Nobody hears what control says: all of it stays under way.
  const hear = platform.hear;
  const verdicts: RoleQuestion[] = [];
  platform.hear = (question) => void verdicts.push(question);
  const sent = wide.map((message) => platform.send(server, message));
  await platform.pass(10);
  expect(platform.updatesUnderWay).toBe(Math.floor(2 ** 20 / octets));
  const other = platform.send(server, update(["beside"], { key: two }));
  await platform.pass(10);
  expect(platform.updatesUnderWay).toBe(Math.floor(2 ** 20 / octets) + 1);
  for (let i = 0; i < 5000 && verdicts.length < platform.updatesUnderWay; i++) await settle();
  for (const question of verdicts) hear(question);
  platform.hear = hear;
  await settle();
  await platform.pass(100);
  expect(codesOf([other])).toEqual([[Rcode.NOERROR]]);
  const refused = codesOf(sent).filter(([rcode]) => rcode === Rcode.SERVFAIL);
  expect(refused).toHaveLength(20 - Math.floor(2 ** 20 / octets));
});

test("what somebody has recorded and sends again is answered as it was, changes nothing, and brings nothing back (RFC 8945 section 10)", async () => {
  const recorded = update(["once"]);
  expect(codesOf(await exchange([recorded]))).toEqual([[Rcode.NOERROR]]);
  const [change] = (await platform.call<{ changes: Change[] }>("GET", "/v1/changes?limit=1")).changes;
  await platform.call("POST", `/v1/changes/${change?.id}/undo`, {});
  await platform.pass(100);
  const before = serial();
  // Under another ID of the message too: that is no part of what is signed.
  const renamed = Uint8Array.from(recorded);
  renamed[0] = renamed[0]! ^ 0xff;
  const sent = await exchange([recorded, renamed, ...Array.from({ length: 20 }, () => recorded)]);
  expect(codesOf(sent)).toEqual(sent.map(() => [Rcode.NOERROR]));
  expect([isServed("once"), serial(), (await titles()).length]).toEqual([false, before, 1]);
  // And once its time is over, by its time (RFC 8945 section 5.2.3).
  await platform.pass(301_000);
  expect(codesOf(await exchange([recorded]))).toEqual([[Rcode.NOTAUTH]]);
  expect(isServed("once")).toBe(false);
});

test("forged and unknown signatures in any number are refused, hold nothing, and keep nobody out", async () => {
  const forged = Array.from({ length: 300 }, (_, i) =>
    update([`forged${i}`], { secret: new Uint8Array(32).fill(i & 0xff) }),
  );
  const stranger = update(["forged"], { key: keyOf("stranger.") });
  const sent = await exchange([...forged, stranger, update(["honest"])]);
  expect(codesOf(sent.slice(0, -1)).flat()).toEqual(sent.slice(1).map(() => Rcode.NOTAUTH));
  expect(codesOf(sent.slice(-1))).toEqual([[Rcode.NOERROR]]);
  expect([await titles(), platform.updatesUnderWay]).toEqual([["Update A at honest.updated.test"], 0]);
});

test("control leaves half way: everybody is told at once; it comes back, the same messages are done, each once", async () => {
  // What control says is lost on the way, as where it dies between a change and its answer.
  const hear = platform.hear;
  platform.hear = () => {};
  const messages = Array.from({ length: 20 }, (_, i) => update([`half${i}`]));
  const sent = messages.map((octets) => platform.send(server, octets));
  await platform.pass(1);
  for (let i = 0; i < 3; i++) await settle();
  platform.loseControl();
  await settle();
  platform.hear = hear;
  await platform.pass(100);
  expect(codesOf(sent)).toEqual(sent.map(() => [Rcode.SERVFAIL]));
  expect(
    answersOf(sent[0]!)[0]?.edns?.options.map(({ octets }) => String.fromCharCode(...octets.slice(2))),
  ).toEqual(["control has left: it may be done, send it again in a moment"]);
  expect(codesOf(await exchange(messages.slice(0, 1)))).toEqual([[Rcode.SERVFAIL]]);
  expect(platform.updatesUnderWay).toBe(0);
  await platform.returnControl();
  await platform.pass(1000);
  expect(codesOf(await exchange(messages)).flat()).toEqual(messages.map(() => Rcode.NOERROR));
  const all = await titles();
  expect([all.length, new Set(all).size]).toEqual([20, 20]);
  for (let i = 0; i < 20; i++) expect([i, isServed(`half${i}`)]).toEqual([i, true]);
});

test("control that does not answer holds no more than a share, and what it did is told to who asks again", async () => {
  const hear = platform.hear;
  const verdicts: RoleQuestion[] = [];
  platform.hear = (question) => void verdicts.push(question);
  const messages = Array.from({ length: 40 }, (_, i) => update([`slow${i}`]));
  const sent: Sent[] = [];
  for (const octets of messages) sent.push(platform.send(server, octets));
  await platform.pass(10);
  expect(platform.updatesUnderWay).toBe(32);
  // Control makes all of its changes, and nobody hears of it.
  for (let i = 0; i < 200 && verdicts.length < 32; i++) await settle();
  await platform.pass(10_000);
  await platform.pass(10);
  expect(codesOf(sent)).toEqual(sent.map(() => [Rcode.SERVFAIL]));
  // Nothing of it is forgotten: it is still control's to say.
  expect(platform.updatesUnderWay).toBe(32);
  expect(codesOf(await exchange([update(["more"])]))).toEqual([[Rcode.SERVFAIL]]);
  // Asked again it waits for the same verdict, at most so many at a time.
  const again = Array.from({ length: 6 }, () => platform.send(server, messages[0]!));
  await platform.pass(10);
  await platform.pass(10);
  expect(codesOf(again).map(({ length }) => length)).toEqual([0, 0, 0, 0, 1, 1]);
  for (const question of verdicts) hear(question);
  await settle();
  await platform.pass(10);
  expect(codesOf(again.slice(0, 4))).toEqual([1, 2, 3, 4].map(() => [Rcode.NOERROR]));
  platform.hear = hear;
  expect(codesOf(await exchange(messages)).flat()).toEqual(messages.map(() => Rcode.NOERROR));
  expect((await titles()).length).toBe(40);
});

test("a zone that goes while updates of it are under way: each is answered, what was done was done before, and then it is no zone of ours", async () => {
  const messages = Array.from({ length: 30 }, (_, i) => update([`gone${i}`]));
  const early = messages.slice(0, 15).map((octets) => platform.send(server, octets));
  await platform.pass(1);
  const deleted = platform.call("DELETE", "/v1/domains/updated.test");
  const late = messages.slice(15).map((octets) => platform.send(server, octets));
  await platform.pass(5);
  await deleted;
  for (let i = 0; i < 200 && platform.updatesUnderWay > 0; i++) await settle();
  await platform.pass(20_000);
  const codes = codesOf([...early, ...late]);
  expect(codes.map(({ length }) => length)).toEqual(codes.map(() => 1));
  const done = codes.flat().filter((rcode) => rcode === Rcode.NOERROR).length;
  expect((await titles()).length).toBe(done);
  expect(new Set(codes.flat())).toEqual(
    new Set(
      codes.flat().filter((rcode) => [Rcode.NOERROR, Rcode.NOTAUTH, Rcode.REFUSED].includes(rcode as 0)),
    ),
  );
  expect(codesOf(await exchange([update(["after"])]))).toEqual([[Rcode.NOTAUTH]]);
});

test("a name server that stands alone answers a recorded update as it did, too, and does nothing", async () => {
  const network = new SimulatedNetwork({ seed: 4, wall: simulatedStart });
  const alone = await new SimulatedServer(network, "192.0.2.1").start();
  alone.transfers.keys.replace([one]);
  alone.put(zone, "@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\nold A 192.0.2.9", {
    transfer: [],
    notify: [],
    update: [{ who: { key: one.name } }],
  });
  const client = await network.client("client", ["192.0.2.9"]);
  const send = (octets: Uint8Array): number => read(client.ask("192.0.2.1:53", octets)).rcode;
  const removal = { ...recordOf(`old.${zone} 0 A 192.0.2.9`), class: RrClass.NONE };
  const recorded = signedUpdate(zone, [], [removal]);
  expect(send(recorded)).toBe(Rcode.NOERROR);
  expect(send(update(["old"]))).toBe(Rcode.NOERROR);
  const before = alone.lines(zone);
  expect([send(recorded), send(recorded)]).toEqual([Rcode.NOERROR, Rcode.NOERROR]);
  expect(alone.lines(zone)).toEqual(before);
  expect(alone.transfers.counters()["transfers{event=update-repeated}"]).toBe(2);
});
