// Messages that no resolver sends: ours, on both drivers and over both transports, answers each as the RFCs want it, and as those of NSD, Knot, BIND and PowerDNS
// do that are named beside it (unusual-messages.ts). Another release of theirs that says something else is seen here too.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Name, Rcode } from "#wire";
import { Asker } from "./asker.ts";
import { type Parts, readResponse } from "./comparison.ts";
import { encodeRandomQuery } from "./random-queries.ts";
import { type RunningServer, startServers } from "./servers.ts";
import { formatPart, type UnusualMessage, unusualMessages, unusualZone } from "./unusual-messages.ts";

let folder = "";
let servers: Awaited<ReturnType<typeof startServers>>;
const askers = new Map<string, Asker>();
const apex = Name.parse(unusualZone.apex, Name.root);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-unusual-"));
  const file = join(folder, "u.zone");
  writeFileSync(file, unusualZone.text);
  const zones = [{ apex: unusualZone.apex, file, denial: "none" as const }];
  servers = await startServers(folder, zones, zones);
  for (const server of [...servers.judges, ...servers.ours]) {
    const asker = await Asker.open(server);
    askers.set(server.name, asker);
    await untilServed(server, asker);
  }
});
afterAll(async () => {
  for (const asker of askers.values()) asker.close();
  await Promise.all([...servers.judges, ...servers.ours].map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** Milliseconds that a server may take to begin, on a busy machine. */
const startMs = 90_000;

async function untilServed(server: RunningServer, asker: Asker): Promise<void> {
  const flags = { rd: false, ad: false, cd: false };
  if (!apex.ok) throw new Error(unusualZone.apex);
  const query = encodeRandomQuery({ name: apex.value, type: 6, transport: "udp", flags }, 1);
  for (const deadline = performance.now() + startMs; performance.now() < deadline;) {
    const octets = await asker.ask(query, "udp");
    const response = octets && readResponse(octets, []);
    if (typeof response === "object" && response.message.rcode === Rcode.NOERROR) return;
    await wait(50);
  }
  throw new Error(`${server.name} does not serve ${unusualZone.apex}:\n${server.log()}`);
}

async function partsOf(
  server: string,
  octets: Uint8Array,
  transport: "udp" | "tcp",
): Promise<Parts | string> {
  const answer = await askers.get(server)?.ask(octets, transport);
  if (answer === undefined) return "no answer";
  const response = readResponse(answer, []);
  if (typeof response === "string") return response;
  return response.message.flags.opcode === (octets[2] ?? 0) >> 3 ? response.parts : "another opcode";
}

/** What is not as it should be. */
async function judge({
  what,
  octets,
  expects,
  saidBy,
  parts,
  transports,
}: UnusualMessage): Promise<string[]> {
  const wrong: string[] = [];
  for (const transport of transports) {
    const [mine, theirs] = await Promise.all(
      [servers.ours.map(({ name }) => name), saidBy].map((names) =>
        Promise.all(names.map(async (name) => [name, await partsOf(name, octets, transport)] as const)),
      ),
    );
    for (const [name, own] of mine ?? []) {
      const tell = (part: string, ours: string, wanted: string, by: string): unknown =>
        wrong.push(`${what} (${transport}) ${part}: ${name} says "${ours}", ${by} "${wanted}"`);
      if (typeof own === "string") {
        tell("message", own, "an answer", "expected is");
        continue;
      }
      for (const [part, wanted] of Object.entries(expects) as [keyof Parts, string][])
        if (own[part] !== wanted)
          tell(part, formatPart(part, own), formatPart(part, { ...own, [part]: wanted }), "expected is");
      for (const [other, its] of theirs ?? []) {
        if (typeof its === "string") tell("message", "an answer", its, other);
        else
          for (const part of parts)
            if (own[part] !== its[part]) tell(part, formatPart(part, own), formatPart(part, its), other);
      }
    }
  }
  return wrong;
}

test("messages that no resolver sends are answered as the RFCs want it, and as other servers do", async () => {
  const messages = unusualMessages();
  const wrong: string[] = [];
  // One after another: of what is handed on within a server (transfers, NOTIFY, UPDATE) only some are under way on a connection.
  for (const message of messages) wrong.push(...(await judge(message)));
  process.stdout.write(`${messages.length} unusual messages\n`);
  expect(wrong.join("\n")).toBe("");
});
