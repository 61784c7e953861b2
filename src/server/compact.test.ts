// Compact denial of existence (RFC 9824) from the name servers to the client of a validating resolver, in virtual time: root, a top-level domain and a zone, the
// last of them signed while answering, validated from the root's key down.

import { beforeAll, expect, test } from "vitest";
import type { RoleObject } from "#contract";
import { algorithmOf, dsOf, generateKey, type Denial, type SigningKey, signZone, tableRrsets } from "#dnssec";
import { SimulatedNetwork, type SimulatedClient } from "#reactor";
import {
  decodeMessage,
  encodeRequest,
  formatBase64,
  formatRdata,
  formatRecord,
  type Message,
  Name,
  parseZoneFile,
  rcodeName,
  RrType,
  typeName,
  typeNumber,
} from "#wire";
import { encodeRrset, groupRecords } from "#zone";
import { makeNamesEngines, type NamesEngines } from "./make-names-engines.ts";
import { makeResolverEngine } from "./make-engines.ts";
import { makeProfile } from "./profile.ts";

const profile = makeProfile();
const soa = "@ 60 IN SOA ns hostmaster 1 7200 900 1209600 60\n";
const now = 1_700_000_000;

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function makeKey(number = 13, isEntryPoint = true): SigningKey {
  const algorithm = algorithmOf(number);
  if (!algorithm) throw new Error("no such algorithm");
  return generateKey(algorithm, isEntryPoint);
}

/** A signed zone as control gives it to the names role. */
function signed(apex: string, group: string, text: string, key: SigningKey, denial: Denial): RoleObject[] {
  const origin = nameOf(apex);
  const { records, errors } = parseZoneFile(`$TTL 3600\n${text}`, { origin });
  if (errors[0]) throw new Error(JSON.stringify(errors[0]));
  const zone = signZone(origin, groupRecords(records), {
    keys: [key],
    denial,
    dnskeyTtl: 3600,
    inception: now - 3600,
    expiration: now + 14 * 86_400,
  });
  return [
    { kind: "zone", apex, groups: [group] },
    ...[...tableRrsets(zone)].map((rrset) => encodeRrset(origin, rrset)),
  ];
}

function dsLine(zone: string, key: SigningKey): string {
  const rdata = dsOf(nameOf(zone), key);
  return formatRecord({ name: nameOf(zone), type: RrType.DS, class: 1, ttl: 3600, rdata });
}

/** The object with the keys of a zone that is signed while answering; sealed by nothing but base64. */
function keysOf(apex: string, ...keys: SigningKey[]): RoleObject {
  return {
    kind: "zone-keys",
    apex,
    keys: keys.map((key, i) => ({
      id: `key-${i}`,
      dnskey: formatBase64(key.rdata),
      sealedKey: formatBase64(key.key.export({ format: "der", type: "pkcs8" })),
    })),
  };
}

const keys = { root: makeKey(), test: makeKey(), shop: makeKey() };

const zoneText = `${soa}@ NS ns1.s1.nic.test.
@ A 127.53.8.1
www CNAME @
to CNAME gone
*.any TXT "any"
*.via CNAME @
deep.below.empty A 127.53.8.1
dark NS ns1.s1.nic.test.
*.wild.deep A 127.53.8.2`;

let names: NamesEngines;
let client: SimulatedClient;

beforeAll(async () => {
  const network = new SimulatedNetwork({ seed: 7, wall: now * 1000 });
  names = makeNamesEngines(profile.groups, {
    report: () => {},
    openZoneKey: (_, sealedKey) => Buffer.from(sealedKey, "base64"),
  });
  names.apply({
    put: [
      ...signed(
        ".",
        "root",
        `${soa}@ NS a.root.internal.\ntest NS a.nic.test.\n${dsLine("test.", keys.test)}
a.nic.test. A 127.53.1.1\na.root.internal. A 127.53.0.1`,
        keys.root,
        { kind: "nsec" },
      ),
      ...signed(
        "test.",
        "tlds",
        `${soa}@ NS a.nic\na.nic A 127.53.1.1\nshop NS ns1.s1.nic\nns1.s1.nic A 127.53.2.1
${dsLine("shop.test.", keys.shop)}`,
        keys.test,
        { kind: "nsec" },
      ),
      ...signed("shop.test.", "s1", zoneText, keys.shop, { kind: "compact" }),
      { kind: "zone", apex: "dark.shop.test.", groups: ["s1"] },
      ...groupRecords(
        parseZoneFile(`${soa}@ 60 NS ns1.s1.nic.test.`, { origin: nameOf("dark.shop.test.") }).records,
      ).map((rrset) => encodeRrset(nameOf("dark.shop.test."), rrset)),
      keysOf("shop.test.", keys.shop),
    ],
    removed: [],
    objects: new Map(),
  });
  for (const { group, hosts } of profile.groups) {
    const engines = names.groups.find((one) => one.group === group);
    if (!engines) throw new Error(group);
    for (const { name, addresses } of hosts) {
      const host = network.host(name, addresses);
      const [address = ""] = addresses;
      const port = profile.authorityPort;
      await host.attachDatagram(engines.datagram, { transport: "udp", address, port });
      await host.attach(engines.stream, [{ transport: "tcp", address, port }]);
    }
  }
  const resolver = makeResolverEngine({ report: () => {}, random: network.random() });
  const tree: RoleObject = {
    kind: "tree",
    id: "private",
    suffixes: [...profile.tlds],
    rootHints: [{ name: "a.root.internal.", addresses: ["127.53.0.1"] }],
    authorityPort: profile.authorityPort,
    isPrivate: true,
    trustAnchors: [dsLine(".", keys.root)],
  };
  resolver.apply({ put: [tree], removed: [], objects: new Map([["tree", tree]]) });
  const host = network.host("resolver", ["127.0.0.1"]);
  await host.attach(resolver.resolver, [{ transport: "udp", address: "127.0.0.1", port: 5300 }]);
  client = await network.client("client", ["127.0.0.9"]);
});

/** Asks a server, or the resolver, and gives the whole answer. */
function ask(
  question: string,
  { at = "127.0.0.1:5300", isDnssecOk = false, isCompactOk = false, ad = true } = {},
): Message {
  const [name = "", type = ""] = question.split(" ");
  const query = encodeRequest(nameOf(name), typeNumber(type) ?? 0, {
    id: 7,
    flags: { rd: true, ad },
    edns: {
      udpPayloadSize: 1232,
      version: 0,
      isDnssecOk,
      ...(isCompactOk ? { isCompactOk: true as const } : {}),
      options: [],
    },
  });
  const answer = client.ask(at, query);
  const decoded = answer ? decodeMessage(answer) : undefined;
  if (!decoded?.ok) throw new Error(`No answer for ${question}`);
  return decoded.value;
}

const words = ({ rcode, flags, edns }: Message): string =>
  [rcodeName(rcode), ...(flags.ad ? ["ad"] : []), ...(edns?.isCompactOk ? ["co"] : [])].join(" ");

test.each([
  // What is there, what is not, and the restored code where the client does not look for himself (RFC 9824 section 5).
  ["shop.test. A", "NOERROR ad"],
  ["www.shop.test. A", "NOERROR ad"],
  ["no.shop.test. A", "NXDOMAIN ad"],
  ["a.b.c.no.shop.test. TXT", "NXDOMAIN ad"],
  ["to.shop.test. A", "NXDOMAIN ad"],
  ["shop.test. MX", "NOERROR ad"],
  ["empty.shop.test. A", "NOERROR ad"],
  ["below.empty.shop.test. A", "NOERROR ad"],
  ["at.any.shop.test. TXT", "NOERROR ad"],
  ["at.any.shop.test. A", "NOERROR ad"],
  ["at.via.shop.test. A", "NOERROR ad"],
  ["x.y.wild.deep.shop.test. A", "NOERROR ad"],
  ["dark.shop.test. DS", "NOERROR ad"],
  ["dark.shop.test. SOA", "NOERROR"],
  ["no.dark.shop.test. A", "NXDOMAIN"],
  ["no.shop.test. NSEC", "NOERROR ad"],
  ["shop.test. NSEC", "NOERROR ad"],
])("the resolver finds %s: %s", (question, answer) => {
  expect(words(ask(question))).toBe(answer);
});

test("who validates by himself is given the code that the proof has, with CO the code that it means", () => {
  expect(words(ask("no.shop.test. A", { isDnssecOk: true }))).toBe("NOERROR ad");
  expect(words(ask("no.shop.test. A", { isDnssecOk: true, isCompactOk: true }))).toBe("NXDOMAIN ad co");
  expect(words(ask("empty.shop.test. A", { isDnssecOk: true, isCompactOk: true }))).toBe("NOERROR ad");
  const { authority } = ask("no.shop.test. A", { isDnssecOk: true });
  expect(
    authority
      .filter(({ type }) => type === RrType.NSEC)
      .map(({ name, type, rdata }) => `${name.toString()} ${typeName(type)} ${formatRdata(type, rdata)}`),
  ).toEqual(["no.shop.test. NSEC \\000.no.shop.test. RRSIG NSEC NXNAME"]);
});

test("nobody asks the resolver for NXNAME: FORMERR (RFC 9824 section 3.5)", () => {
  const answer = ask("shop.test. NXNAME");
  expect(words(answer)).toBe("FORMERR");
  expect([...(answer.edns?.options[0]?.octets.subarray(0, 2) ?? [])]).toEqual([0, 30]);
});

const server = { at: "127.53.2.1:5301", isDnssecOk: true };

test("a signature is made once, and given again; another key makes another one", () => {
  const made = (): number => names.counters()["online-signatures"] ?? 0;
  const tags = (): number[] =>
    ask("again.shop.test. A", server).authority.flatMap(({ type, rdata }) =>
      type === RrType.RRSIG && rdata[1] === RrType.NSEC ? [(rdata[16]! << 8) | rdata[17]!] : [],
    );
  const before = made();
  expect(tags()).toEqual([keys.shop.tag]);
  expect(tags()).toEqual([keys.shop.tag]);
  expect(made()).toBe(before + 1);
  const next = makeKey(15, false);
  names.apply({ put: [keysOf("shop.test.", keys.shop, next)], removed: [], objects: new Map() });
  expect(tags()).toEqual([keys.shop.tag, next.tag]);
  names.apply({ put: [keysOf("shop.test.", keys.shop)], removed: [], objects: new Map() });
  expect(tags()).toEqual([keys.shop.tag]);
});

test("keys that cannot be opened: what would be signed is SERVFAIL, what is there is answered", () => {
  const broken: RoleObject = {
    kind: "zone-keys",
    apex: "shop.test.",
    keys: [{ id: "1", dnskey: formatBase64(keys.shop.rdata), sealedKey: "AAAA" }],
  };
  names.apply({ put: [broken], removed: [], objects: new Map() });
  const other = keysOf("shop.test.", makeKey());
  expect(ask("never.shop.test. A", server).flags.tc).toBe(true);
  expect(words(ask("shop.test. A", server))).toBe("NOERROR");
  // A key that is another zone's, or of which one half is, is none either.
  const mixed = keysOf("shop.test.", keys.shop);
  if (mixed.kind !== "zone-keys" || other.kind !== "zone-keys") throw new Error("no keys");
  const halves = [{ ...mixed.keys[0]!, sealedKey: other.keys[0]!.sealedKey }];
  names.apply({ put: [{ ...mixed, keys: halves }], removed: [], objects: new Map() });
  expect(ask("never.shop.test. A", server).flags.tc).toBe(true);
  names.apply({ put: [mixed], removed: [], objects: new Map() });
  expect(words(ask("never.shop.test. A", server))).toBe("NOERROR");
});

test("a zone whose compact denial ends is answered like the others", () => {
  names.apply({ put: [], removed: [keysOf("shop.test.", keys.shop)], objects: new Map() });
  expect(words(ask("late.shop.test. A", server))).toBe("NXDOMAIN");
  names.apply({ put: [keysOf("shop.test.", keys.shop)], removed: [], objects: new Map() });
});
