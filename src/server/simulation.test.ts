// The engines of the product on the simulated driver: made by the same functions, told the same objects. Time passes
// virtually, so that what is true after two days is seen at once.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { RoleObject } from "#contract";
import { SimulatedNetwork, type SimulatedClient } from "#reactor";
import { decodeMessage, encodeRequest, Name, parseZoneFile, RrType, type Message } from "#wire";
import { encodeRrset, groupRecords } from "#zone";
import { makeNamesEngines, type NamesEngines } from "./make-names-engines.ts";
import { makeResolverEngine, type ResolverEngines } from "./make-engines.ts";
import { makeProfile } from "./profile.ts";

const hour = 3_600_000;
const profile = makeProfile();

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** A zone as control gives it to the names role. */
function zone(apex: string, group: string, text: string): RoleObject[] {
  const origin = nameOf(apex);
  const { records, errors } = parseZoneFile(`$TTL 172800\n${text.replaceAll(/^ +/gm, "")}`, { origin });
  if (errors[0]) throw new Error(JSON.stringify(errors[0]));
  const rrsets = groupRecords(records).map((rrset) => encodeRrset(origin, rrset));
  return [{ kind: "zone", apex, groups: [group] }, ...rrsets];
}

const soa = "@ 60 IN SOA ns hostmaster 1 7200 900 1209600 60";
const zones: RoleObject[] = [
  ...zone(
    ".",
    "root",
    `${soa}
     @ NS a.root.internal.\n@ NS b.root.internal.\ntest NS a.nic.test.\ntest NS b.nic.test.
     internal NS a.nic.test.\ninternal NS b.nic.test.
     a.root.internal. A 127.53.0.1\nb.root.internal. A 127.53.0.2
     a.nic.test. A 127.53.1.1\nb.nic.test. A 127.53.1.2`,
  ),
  ...zone(
    "test.",
    "tlds",
    `${soa}
     @ NS a.nic\n@ NS b.nic\na.nic A 127.53.1.1\nb.nic A 127.53.1.2
     ${[1, 2, 3, 4].map((i) => `shop NS ns${i}.s1.nic\nns${i}.s1.nic A 127.53.2.${i}`).join("\n")}`,
  ),
  ...zone("internal.", "tlds", `${soa}\n@ NS a.nic.test.\na.root A 127.53.0.1\nb.root A 127.53.0.2`),
  ...zone(
    "shop.test.",
    "s1",
    `${soa}
     ${[1, 2, 3, 4].map((i) => `@ NS ns${i}.s1.nic.test.`).join("\n")}
     @ 60 A 127.53.8.1\nwww 60 CNAME @`,
  ),
];

const tree: RoleObject[] = [
  {
    kind: "tree",
    id: "private",
    suffixes: [...profile.tlds],
    rootHints: (profile.groups[0]?.hosts ?? []).map(({ name, addresses }) => ({
      name,
      addresses: [...addresses],
    })),
    authorityPort: profile.authorityPort,
    isPrivate: true,
  },
];

let network: SimulatedNetwork;
let names: NamesEngines;
let resolver: ResolverEngines;
let client: SimulatedClient;

beforeEach(async () => {
  network = new SimulatedNetwork({ seed: 7 });
  names = makeNamesEngines(profile.groups, { report: () => {} });
  names.apply({ put: zones, removed: [], objects: new Map() });
  for (const { group, hosts } of profile.groups) {
    const engines = names.groups.find((one) => one.group === group);
    if (!engines) throw new Error(group);
    for (const { name, addresses } of hosts) {
      const host = network.host(name, addresses);
      const [address = ""] = addresses;
      const port = profile.authorityPort;
      await host.attachDatagram(engines.datagram, { transport: "udp", address, port });
    }
  }
  resolver = makeResolverEngine({ report: () => {}, random: network.random() });
  resolver.apply({ put: tree, removed: [], objects: new Map(tree.map((object) => [object.kind, object])) });
  const host = network.host("resolver", ["127.0.0.1"]);
  await host.attach(resolver.resolver, [{ transport: "udp", address: "127.0.0.1", port: 5300 }]);
  client = await network.client("client", ["127.0.0.9"]);
});

function ask(name: string): Message {
  const query = encodeRequest(nameOf(name), RrType.A, { id: 7, flags: { rd: true } });
  const answer = client.ask("127.0.0.1:5300", query);
  const decoded = answer ? decodeMessage(answer) : undefined;
  if (!decoded?.ok) throw new Error(`No answer for ${name}`);
  return decoded.value;
}

/** Queries that came in so far at root and TLD servers. */
function counts(): [number, number] {
  const counters = names.counters();
  return [counters["queries{group=root}"] ?? 0, counters["queries{group=tlds}"] ?? 0];
}

/** Queries that the resolver sent for names, priming counted apart. */
function sent(): [number, number] {
  const counters = resolver.counters();
  return [counters["upstream-queries{hop=root}"] ?? 0, counters["upstream-queries{hop=tld}"] ?? 0];
}

test("a name is resolved from the root down, and the next in the domain asks neither root nor TLD", () => {
  const { answer } = ask("www.shop.test.");
  expect(answer.map(({ type }) => type)).toEqual([RrType.CNAME, RrType.A]);
  expect(answer[1]?.rdata).toEqual(new Uint8Array([127, 53, 8, 1]));
  const before = counts();
  expect(ask("other.shop.test.").rcode).toBe(3);
  expect(counts()).toEqual(before);
});

test("for 47 hours nothing asks root or TLD; past 48 each is asked once", () => {
  ask("shop.test.");
  network.advance(1000);
  const [before, sentBefore] = [counts(), sent()];
  for (let i = 0; i < 47; i++) {
    network.advance(hour);
    expect(ask("shop.test.").answer.length).toBe(1);
  }
  expect(counts()).toEqual(before);
  expect(sent()).toEqual(sentBefore);
  network.advance(hour + 60_000);
  expect(ask("shop.test.").answer.length).toBe(1);
  expect(sent()).toEqual([sentBefore[0] + 1, sentBefore[1] + 1]);
});

/** Source files of the product and of all tests, but for the engines' own folders. */
function sources(): Map<string, string> {
  const root = join(import.meta.dirname, "..", "..");
  const own = /^src\/(answer|resolver|edge)\//;
  const files = ["src", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  return new Map(
    files
      .filter((file) => file.endsWith(".ts") && !own.test(file))
      .map((file) => [file, readFileSync(join(root, file), "utf8")]),
  );
}

test("engines are made in make-engines.ts, those of name servers in make-names-engines.ts, and nowhere else, so product and simulator cannot differ", () => {
  const makes =
    /new (AnswerEngine|AnswerStreamEngine|RecursiveResolver|EdgeEngine|HealthProber|VisitorProxyEngine)\(/;
  const making = [...sources()].filter(([, text]) => makes.test(text)).map(([file]) => file);
  expect(making.sort()).toEqual([
    "src/server/make-engines.ts",
    "src/server/make-names-engines.ts",
    // One engine alone.
    "src/server/policies.test.ts",
    // Name servers that speak with each other, each on a host of its own.
    "src/server/testing-transfers.ts",
    // One engine alone: before peers, and called without a driver.
    "test/platform/desync/request-lane.ts",
    "test/platform/signed-nsd.test.ts",
    "test/platform/websocket.test.ts",
    "test/suites/ferret.test.ts",
    "test/suites/http-cache.test.ts",
    "test/suites/packets-answer.test.ts",
  ]);
});

test("product and simulator make engines from the same profile and with the settings that are the default", () => {
  const calls = [...sources()].flatMap(([file, text]) =>
    [...text.matchAll(/make(?:Names|Group|Resolver|Edge)Engines?\(/g)].map(
      ({ index }) => `${file} ${argumentsAt(text, index)}`,
    ),
  );
  const made = calls.filter((call) => !/^src\/server\/make-(names-)?engines\.ts /.test(call));
  expect(made.sort()).toEqual([
    "src/server/balancing-simulation.test.ts (profile, {})",
    "src/server/change-property.test.ts (config.profile.groups, {})",
    "src/server/compact.test.ts (profile.groups, {})",
    "src/server/compact.test.ts ({})",
    "src/server/control-simulation.test.ts (profile.groups, {})",
    "src/server/edge-role.ts (profile, {})",
    // A name server that stands alone has one group, whose signed questions the main thread answers.
    "src/server/name-server.ts (this.#image, [{}], {})",
    // Over HTTPS, and over TLS where workers have none, the main thread answers.
    "src/server/name-server.ts (this.#image, [{}], {})",
    "src/server/name-server.ts (this.#image, groups, {})",
    "src/server/names-role.ts (config.platform.profile.groups, {})",
    "src/server/names-role.ts (zones, groups, {})",
    // The main thread answers questions that are signed.
    "src/server/names-transfers.ts (zones, groups, {})",
    "src/server/names-worker-program.ts (zones, groups, {})",
    "src/server/resolver-role.ts ({})",
    "src/server/simulation.test.ts (profile.groups, {})",
    "src/server/simulation.test.ts ({})",
    "src/server/testing-platform.ts (profile.groups, {})",
    "src/server/testing-platform.ts ({})",
    "test/platform/balancing.test.ts (makeProfile(), {})",
    "test/platform/resolver-time.test.ts (profile.groups, {})",
    "test/platform/resolver-time.test.ts ({})",
    "test/platform/tls.test.ts ({}, {})",
    // Scenarios say which settings they are about.
    "test/suites/deckard-world.ts ({}, settings)",
  ]);
});

/** The arguments of a call that begins at an offset, with the ports between braces left out and all on one line. */
function argumentsAt(text: string, at: number): string {
  let depth = 0;
  let found = "";
  for (const character of text.slice(text.indexOf("(", at))) {
    if (character === "}" || character === ")") depth--;
    const isInPorts = depth > 1;
    if (character === "(" || character === "{") depth++;
    if (!isInPorts && !/\s/.test(character)) found += character === "," ? ", " : character;
    if (depth === 0) break;
  }
  return found.replace(", )", ")");
}
