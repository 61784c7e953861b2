// Aliases and single records as people use them: commands, and dig and kdig against the name servers and the resolver.

import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Rrset, ZoneDocument } from "#contract";
import { decodeMessage, encodeMessage, Name, parseRecordText, RrType, type Message } from "#wire";
import { run, runAside, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let forwarder: Socket;
let folder: string;

const soaRdata = parseRecordText(RrType.SOA, "ns.example.org. hostmaster.example.org. 1 7200 900 1209600 60");
const apex = Name.parse("example.org.");
if (!soaRdata.ok || !apex.ok) throw new Error("The forwarder's SOA is malformed");
const soa = { name: apex.value, type: RrType.SOA, class: 1, ttl: 60, rdata: soaRdata.value };

/** Whom the resolver asks for names outside: far.example.org has two addresses and TTL 30. */
function reply(octets: Uint8Array): Uint8Array | undefined {
  const decoded = decodeMessage(octets);
  const question = decoded.ok ? decoded.value.question[0] : undefined;
  if (!decoded.ok || !question) return undefined;
  const isKnown = question.name.toLowerCase().toString() === "far.example.org.";
  const answer =
    isKnown && question.type === RrType.A
      ? [7, 8].map((last) => ({
          name: question.name,
          type: RrType.A,
          class: 1,
          ttl: 30,
          rdata: Uint8Array.of(192, 0, 2, last),
        }))
      : [];
  const message: Message = {
    ...decoded.value,
    flags: { ...decoded.value.flags, qr: true, ra: true },
    rcode: isKnown ? 0 : 3,
    answer,
    authority: isKnown ? [] : [soa],
  };
  const encoded = encodeMessage(message);
  return encoded.ok ? encoded.value.octets : undefined;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-site-"));
  writeFileSync(join(folder, "index.html"), "<h1>Hello</h1>");
  forwarder = createSocket("udp4", (octets, from) => {
    const answer = reply(octets);
    if (answer) forwarder.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => forwarder.bind(0, "127.0.0.1", resolve));
  platform = await startPlatform({ words: ["--outside", `forward=127.0.0.1:${forwarder.address().port}`] });
  for (const words of [
    ["register", "mine.test"],
    ["instance", "create", "web", "--site", folder],
    ["instance", "create", "two", "--site", folder],
  ])
    ok(...words);
});
afterAll(async () => {
  forwarder?.close();
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function ok(...words: string[]): string {
  const ran = platform.fairlead(...words);
  expect(ran.status, `${words.join(" ")}: ${ran.stderr}${ran.stdout}`).toBe(0);
  return ran.stdout;
}

/** The answer section, as `owner ttl class type data`: of one of the zone's servers, or of the resolver. */
function ask(program: "dig" | "kdig", at: string, port: number, ...question: string[]): string[] {
  const more = program === "dig" ? ["+norecurse"] : ["+nordflag"];
  const server = [
    `@${at}`,
    "-p",
    String(port),
    "+noall",
    "+answer",
    ...(port === platform.port(5301) ? more : []),
  ];
  const { stdout } = run(program, [...server, ...question]);
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
  return lines.map((line) => line.replaceAll(/\s+/g, " ")).sort();
}

const servers = [1, 2, 3, 4].map((i) => `127.53.2.${i}`);
const answers = (name: string, type: string): string[][] =>
  servers.flatMap((server) => {
    const at = platform.address(server);
    return (["dig", "kdig"] as const).map((program) => ask(program, at, platform.port(5301), name, type));
  });

test("an alias at the apex answers A and AAAA on all four servers, and no CNAME; the resolver gives the same", () => {
  expect(ok("alias", "mine.test", "@", "web", "--plan")).toContain("mine.test is an alias of web");
  ok("alias", "mine.test", "@", "web");
  const a = `mine.test. 60 IN A ${platform.address("127.53.8.1")}`;
  for (const seen of answers("mine.test", "A")) expect(seen).toEqual([a]);
  // Where IPv6 is switched off, the edge has no address of it.
  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === "::1"),
  );
  const aaaa = hasIpv6 ? ["mine.test. 60 IN AAAA ::1"] : [];
  for (const seen of answers("mine.test", "AAAA")) expect(seen).toEqual(aaaa);
  for (const seen of answers("mine.test", "CNAME")) expect(seen).toEqual([]);
  expect(ask("dig", "127.0.0.1", platform.port(5300), "mine.test", "A")[0]).toMatch(
    new RegExp(`^mine\\.test\\. \\d+ IN A ${platform.address("127.53.8.1").replaceAll(".", "\\.")}$`),
  );
  expect(ok("aliases", "mine.test")).toMatch(/mine\.test\s+web\s+ok\s+60/);
});

test("an alias of an alias follows a static IP that moves", () => {
  ok("static-ip", "allocate", "front");
  ok("alias", "mine.test", "www", "front.static-ips.fairlead.internal");
  ok("alias", "mine.test", "shop", "www.mine.test");
  const own = (name: string): string[] => answers(name, "A")[0] ?? [];
  const before = own("shop.mine.test");
  expect(before).toHaveLength(1);
  ok("static-ip", "attach", "front", "web");
  // The instance is found at its static IP from now on, and so are the names that lead to it.
  const address = before[0]?.split(" ").at(-1);
  for (const name of ["mine.test", "www.mine.test", "shop.mine.test", "web.instances.fairlead.internal"])
    expect(own(name), name).toEqual([`${name}. 60 IN A ${address}`]);
  ok("static-ip", "detach", "front");
  ok("static-ip", "attach", "front", "two");
  expect(own("mine.test")).toEqual([`mine.test. 60 IN A ${platform.address("127.53.8.1")}`]);
  expect(own("two.instances.fairlead.internal")).toEqual([
    `two.instances.fairlead.internal. 60 IN A ${address}`,
  ]);
  expect(own("shop.mine.test")).toEqual([`shop.mine.test. 60 IN A ${address}`]);
});

test("a resource's own name is found from the root on", () => {
  const found = ask("kdig", "127.0.0.1", platform.port(5300), "web.instances.fairlead.internal", "A");
  expect(found).toEqual([
    expect.stringMatching(/^web\.instances\.fairlead\.internal\. \d+ IN A 127\.\d+\.8\.\d+$/),
  ]);
  expect(ok("zones")).not.toContain("fairlead.internal");
  expect(ok("zones", "--all")).toContain("fairlead.internal");
});

test("an alias to a name outside is looked up by our resolver, and answered by us", async () => {
  const put = async (target: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    // Not the command line: the forwarder lives in this process, and answers only while that waits for nothing.
    const response = await fetch(`http://127.0.0.1:${platform.port(7700)}/v1/zones/mine.test/aliases`, {
      method: "PUT",
      headers: { authorization: `Bearer ${platform.key()}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "far", target }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect(await put("gone.example.org")).toMatchObject({
    status: 400,
    body: { code: "alias-target-unusable", message: expect.stringContaining("there is no such name") },
  });
  expect(await put("far.example.org")).toMatchObject({ status: 200 });
  const wanted = [7, 8].map((last) =>
    expect.stringMatching(new RegExp(`^far\\.mine\\.test\\. (?:30|29) IN A 192\\.0\\.2\\.${last}$`)),
  );
  await expect.poll(() => answers("far.mine.test", "A")[0]).toEqual(wanted);
});

test("records are added, changed and deleted one by one", () => {
  ok("records", "set", "mine.test", "a", "A", "192.0.2.1");
  ok("records", "add", "mine.test", "a", "A", "192.0.2.2", "192.0.2.3", "--ttl", "5m");
  const at = (): string[] =>
    (answers("a.mine.test", "A")[0] ?? []).map((line) => line.replace("a.mine.test. ", ""));
  expect(at()).toEqual(["300 IN A 192.0.2.1", "300 IN A 192.0.2.2", "300 IN A 192.0.2.3"]);
  ok("records", "delete", "mine.test", "a", "A", "192.0.2.2");
  const [rrset] = platform.json<Rrset[]>("records", "mine.test", "--name", "a");
  expect(rrset?.entries).toHaveLength(2);
  ok("records", "change", "mine.test", rrset?.entries[0]?.id ?? "", "192.0.2.9");
  ok("records", "ttl", "mine.test", "a", "A", "30");
  expect(at()).toEqual(["30 IN A 192.0.2.3", "30 IN A 192.0.2.9"]);
  expect(ok("records", "mine.test", "--type", "a", "--name", "a.mine.test")).toMatch(
    /^NAME.*\na\.mine\.test/,
  );
  const refused = platform.fairlead("records", "set", "mine.test", "@", "MX", "mail");
  expect(refused.stderr).toContain("MX is PREFERENCE EXCHANGE, such as 10 mail.mine.test.");
});

test("a long key for mail is cut into strings; octets that would steer a terminal are shown by number", () => {
  const key = `v=DKIM1; p=${"A".repeat(392)}`;
  ok("records", "set", "mine.test", "k._domainkey.mine.test", "TXT", key);
  const [line = ""] = answers("k._domainkey.mine.test", "TXT")[0] ?? [];
  expect([...line.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join("")).toBe(key);
  ok("records", "set", "mine.test", "t", "TXT", "\u001b[31mred\u0007\u009b");
  const shown = ok("records", "mine.test", "--name", "t");
  expect(shown).toContain('"\\027[31mred\\007\\194\\155"');
  // oxlint-disable-next-line no-control-regex -- those are what must not come out
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test("a zone goes out as a document and as a zone file, and comes back whole", async () => {
  const text = ok("export", "mine.test", "--format", "json");
  const document = JSON.parse(text) as ZoneDocument;
  expect(document.aliases?.map(({ name, target }) => `${name} ${target}`)).toContain("mine.test web");
  const zoneFile = ok("export", "mine.test");
  expect(zoneFile).toContain("; mine.test. is an alias of web\n");
  const [asDocument, asZone] = [join(folder, "mine.json"), join(folder, "mine.test.zone")];
  writeFileSync(asDocument, text);
  writeFileSync(asZone, zoneFile);
  ok("domain", "delete", "mine.test");
  ok("register", "mine.test");
  ok("import", asDocument);
  expect(platform.json<ZoneDocument>("export", "mine.test", "--format", "json")).toEqual(document);
  ok("domain", "delete", "mine.test");
  ok("register", "mine.test");
  ok("import", asZone);
  expect(answers("mine.test", "A")[0]).toEqual([`mine.test. 60 IN A ${platform.address("127.53.8.1")}`]);
  // Where the resolver remembers nothing any more, the forwarder could not answer while this process waited for a command: it is asked again after seconds.
  await expect
    .poll(
      async () => {
        const at = [`@${platform.address("127.53.2.1")}`, "-p", String(platform.port(5301))];
        const { stdout } = await runAside("dig", [...at, "+short", "far.mine.test", "A"]);
        return stdout.trim().split("\n").sort();
      },
      { timeout: 60_000 },
    )
    .toEqual(["192.0.2.7", "192.0.2.8"]);
});
