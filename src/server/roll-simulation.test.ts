// Rolls of keys in virtual time (RFC 7583): control, the name servers' engines and validating resolvers over simulated packets. The resolvers ask all along, one often
// enough to meet every TTL's end from both sides, one so seldom that it comes with what is as old as can be. Nothing is ever bogus, and nothing insecure.

import { afterEach, expect, test } from "vitest";
import type { ZoneSigningStatus } from "#contract";
import { formatRdata, type Message, Rcode, RrType } from "#wire";
import { SimulatedPlatform } from "./testing-platform.ts";

const hour = 3_600_000;
const day = 24 * hour;
const [often, seldom] = ["127.0.0.1", "127.0.0.2"];
let platform: SimulatedPlatform;
afterEach(() => platform.close());

/** What is asked, and how it is to be answered: a code, and records in the answer beside signatures. */
const questions: readonly [name: string, type: string, rcode: number, count: number][] = [
  ["www.shop.test.", "A", Rcode.NOERROR, 1],
  ["at.any.shop.test.", "TXT", Rcode.NOERROR, 1],
  ["alias.shop.test.", "A", Rcode.NOERROR, 1],
  ["www.shop.test.", "MX", Rcode.NOERROR, 0],
  ["nothing.shop.test.", "A", Rcode.NXDOMAIN, 0],
  ["shop.test.", "DS", Rcode.NOERROR, 1],
  ["nothing.test.", "A", Rcode.NXDOMAIN, 0],
];

/** What is wrong with what a resolver says: nothing where it is all as it should be, and secure. */
function wrongAt(resolver: string): string[] {
  return questions.flatMap(([name, type, rcode, count]) => {
    const answer = platform.ask(resolver, 5300, name, type);
    const records = answer?.answer.filter((record) => record.type !== RrType.RRSIG).length;
    if (answer?.rcode === rcode && answer.flags.ad && records === count) return [];
    const after = (platform.network.time / hour).toFixed(3);
    return [
      `${resolver} after ${after} h: ${name} ${type} is ${answer?.rcode} with ${records}, ad ${answer?.flags.ad}`,
    ];
  });
}

/** Lets time pass while resolvers ask. @param stepMs  the pauses: a second more and a second less in turn @returns what went wrong */
async function askFor(lengthMs: number, stepMs: number, seldomMs: number): Promise<string[]> {
  const wrong: string[] = [];
  const end = platform.network.time + lengthMs;
  let nextSeldom = platform.network.time;
  for (let i = 0; platform.network.time < end; i++) {
    await platform.pass(stepMs + (i % 2 === 0 ? 1_000 : -1_000));
    wrong.push(...wrongAt(often));
    if (platform.network.time < nextSeldom) continue;
    wrong.push(...wrongAt(seldom));
    nextSeldom = platform.network.time + seldomMs;
  }
  return wrong;
}

function records(address: string, name: string, type: "DNSKEY" | "DS" | "CDS" | "CDNSKEY"): string[] {
  const answer: Message | undefined = platform.ask(address, 5301, name, type, false);
  const own = answer?.answer.filter((record) => record.type === RrType[type]) ?? [];
  return own.map((record) => formatRdata(record.type, record.rdata)).sort();
}

async function status(zone: string): Promise<ZoneSigningStatus> {
  return platform.call("GET", `/v1/zones/${zone === "." ? "@" : zone}/signing`);
}

async function begin(): Promise<void> {
  platform = new SimulatedPlatform();
  await platform.start("nsec", [often, seldom]);
  await platform.call("POST", "/v1/domains", { name: "shop.test" });
  const put = (name: string, type: string, record: string): Promise<unknown> =>
    platform.call("PUT", "/v1/zones/shop.test/rrsets", { name, type, records: [record] });
  await put("www", "A", "192.0.2.1");
  await put("*.any", "TXT", '"any"');
  await platform.call("PUT", "/v1/zones/shop.test/aliases", { name: "alias", target: "www.shop.test" });
  await platform.pass(30_000);
  expect([...wrongAt(often), ...wrongAt(seldom)]).toEqual([]);
}

test("a zone's ZSK is rolled: shown until every resolver can have it, then it signs, and the old one stays as long as its signatures may", async () => {
  await begin();
  const before = records("127.53.2.1", "shop.test.", "DNSKEY");
  await platform.call("POST", "/v1/zones/shop.test/signing/rolls", { role: "zsk" });
  // RFC 7583 section 3.2.1: published at once; signs after the keys' TTL of an hour.
  expect(await askFor(hour, 600_000, 7 * hour)).toEqual([]);
  expect((await status("shop.test")).keys.map(({ role, stage }) => `${role} ${stage}`).sort()).toEqual([
    "ksk active",
    "zsk active",
    "zsk published",
  ]);
  expect(await askFor(hour / 2, 300_000, 7 * hour)).toEqual([]);
  expect((await status("shop.test")).keys.map(({ role, stage }) => `${role} ${stage}`).sort()).toContain(
    "zsk retired",
  );
  expect(await askFor(2 * day + hour, hour / 2, 7 * hour)).toEqual([]);
  const after = records("127.53.2.1", "shop.test.", "DNSKEY");
  expect([after.length, after.filter((key) => before.includes(key)).length]).toEqual([2, 1]);
});

test("a zone's KSK is rolled by its CDS: the parent vouches for the next once the servers show it, and the old one stays for the DS's two days", async () => {
  await begin();
  const ds = records("127.53.1.1", "shop.test.", "DS");
  expect(records("127.53.2.1", "shop.test.", "CDS")).toEqual(ds);
  await platform.call("POST", "/v1/zones/shop.test/signing/rolls", { role: "ksk" });
  expect(await askFor(hour, 600_000, 11 * hour)).toEqual([]);
  expect(records("127.53.1.1", "shop.test.", "DS")).toEqual(ds);
  expect(await askFor(hour / 2, 300_000, 11 * hour)).toEqual([]);
  const next = records("127.53.1.1", "shop.test.", "DS");
  expect([next.length, next.join() === ds.join()]).toEqual([1, false]);
  // RFC 7344 section 4: the zone shows what the parent is to have.
  for (const server of ["127.53.2.1", "127.53.2.4"])
    expect(records(server, "shop.test.", "CDS"), server).toEqual(next);
  expect(records("127.53.2.1", "shop.test.", "CDNSKEY")).toHaveLength(1);
  expect(records("127.53.2.1", "shop.test.", "DNSKEY")).toHaveLength(3);
  // RFC 7583 section 3.3.1: the old DS may be in caches for two days.
  expect(await askFor(2 * day - hour, hour / 2, 11 * hour)).toEqual([]);
  expect(records("127.53.2.1", "shop.test.", "DNSKEY")).toHaveLength(3);
  expect(await askFor(2 * hour, hour / 2, 11 * hour)).toEqual([]);
  expect(records("127.53.2.1", "shop.test.", "DNSKEY")).toHaveLength(2);
  expect(await askFor(2 * day, hour, 11 * hour)).toEqual([]);
});

test("keys of a top-level domain and of the root are rolled under it all, each when all caches can have them", async () => {
  await begin();
  const [tld, anchor] = [(await status("test")).ds, (await status(".")).ds];
  for (const zone of ["test", "@"])
    for (const role of ["zsk", "ksk"])
      await platform.call("POST", `/v1/zones/${zone}/signing/rolls`, { role });
  // Their keys and DS are kept for two days each; the root's next KSK is shown for thirty days first (RFC 5011 section 2.2).
  expect(await askFor(7 * day, 3 * hour, 25 * hour)).toEqual([]);
  const keys = (await status("test")).keys.map(({ role, stage }) => `${role} ${stage}`).sort();
  expect(keys).toEqual(["ksk active", "zsk active"]);
  expect((await status("test")).ds).not.toEqual(tld);
  expect(records("127.53.0.1", "test.", "DS")).toEqual(records("127.53.1.1", "test.", "CDS"));
  expect((await status(".")).ds).toEqual(anchor);
  expect(await askFor(30 * day, 13 * hour, 49 * hour)).toEqual([]);
  expect((await status(".")).ds).not.toEqual(anchor);
  expect((await status(".")).keys.map(({ role, stage }) => `${role} ${stage}`).sort()).toEqual([
    "ksk active",
    "zsk active",
  ]);
});
