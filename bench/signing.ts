// Signing of one large zone, by the code that control signs with: first all of it, then a look through all signatures as they come back from the store at a
// start, then one change, then a part of what is renewed each day. Prints wall and CPU time, the longest wait of the event loop and memory. One thread, or with
// --thread the one that control hands much of it to: `node --conditions=fairlead-source bench/signing.ts [NAMES] [--nsec3] [--thread]`.

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { RoleObject, RrsetObject } from "#contract";
import { controlSchema } from "#control";
import {
  carryOut,
  Identities,
  newSigning,
  seededRandom,
  State,
  ZoneKeys,
  ZoneSigner,
} from "#control/testing";
import { createMemoryStore, createSealer, Secrets, type SignatureRow, type SignatureTable } from "#store";
import { Name, parseZoneFile } from "#wire";
import { encodeRrset, groupRecords } from "#zone";
import { ThreadSigner } from "../src/server/bulk-signer.ts";

const words = process.argv.slice(2);
const count = Number(words.find((word) => /^\d+$/.test(word)) ?? 1_000_000);
const denial = words.includes("--nsec3") ? "nsec3" : "nsec";
const bulk = words.includes("--thread") ? new ThreadSigner((problem) => print(problem)) : undefined;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const apex = "big.test.";
const parsed = Name.parse(apex);
if (!parsed.ok) throw new Error(apex);
const origin = parsed.value;
const clock = { monotonic: () => performance.now(), wall: () => Date.now() };
const log = { info: () => {}, warn: () => {}, error: (fields: object) => print(JSON.stringify(fields)) };

/** What is kept, as rows alone. */
class Rows implements SignatureTable {
  readonly rows: Map<string, SignatureRow> = new Map();
  put(rows: readonly SignatureRow[]): Promise<void> {
    for (const row of rows) this.rows.set(row.name, row);
    return Promise.resolve();
  }
  list(after: { readonly name: string } | undefined, limit: number): Promise<SignatureRow[]> {
    this.#listed ??= [...this.rows.values()];
    const from = after === undefined ? 0 : this.#at;
    this.#at = from + limit;
    return Promise.resolve(this.#listed.slice(from, from + limit));
  }
  deleteZone(): Promise<void> {
    return Promise.resolve();
  }
  #listed: SignatureRow[] | undefined;
  #at = 0;
}

function rrsets(text: string): RrsetObject[] {
  const { records, errors } = parseZoneFile(text, { origin, ttl: 300 });
  if (errors[0]) throw new Error(JSON.stringify(errors[0]));
  return groupRecords(records).map((rrset) => encodeRrset(origin, rrset));
}

function* contents(): Generator<RoleObject> {
  yield { kind: "zone", apex, groups: ["s1"] };
  yield* rrsets("@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns1.s1.nic.test.\n");
  for (let i = 0; i < count; i++)
    yield {
      kind: "rrset",
      apex,
      owner: `host-${String(i).padStart(7, "0")}.${apex}`,
      type: 1,
      ttl: 300,
      rdata: [Buffer.from([192, 0, (i >> 8) & 255, i & 255]).toString("base64")],
    };
}

async function measure<T>(title: string, run: () => Promise<T>): Promise<T> {
  global.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [cpu, wall] = [process.threadCpuUsage(), performance.now()];
  const result = await run();
  const used = process.threadCpuUsage(cpu);
  delay.disable();
  global.gc?.();
  const memory = process.memoryUsage();
  print(
    `${title}: ${((performance.now() - wall) / 1000).toFixed(1)} s, CPU of control's thread ${((used.user + used.system) / 1e6).toFixed(1)} s, ` +
      `event loop held up to ${(delay.max / 1e6).toFixed(0)} ms (99.9 %: ${(delay.percentile(99.9) / 1e6).toFixed(0)} ms), heap ${(memory.heapUsed / 1e6).toFixed(0)} MB and buffers ${(memory.external / 1e6).toFixed(0)} MB after collection, RSS ${(memory.rss / 1e6).toFixed(0)} MB`,
  );
  return result;
}

const store = createMemoryStore(controlSchema);
const state = new State();
const sealer = createSealer(new Uint8Array(32));
const identities = new Identities(clock, seededRandom(), "local");
const keys = new ZoneKeys(new Secrets(store.secrets, sealer), sealer, identities, clock, log);
const fact = newSigning(keys, apex, denial, false, clock.wall());
state.apply({ kind: "zone-signing", key: apex, id: "1", arn: "", accountId: "", region: "", value: fact }, 1);
const table = new Rows();
const all = [...contents()];
const objects = { put: all, gone: [] };
print(`${count} names, ${denial}, ${bulk ? "with a thread beside" : "in one thread"}`);

const signer = new ZoneSigner(state, keys, table, clock, log);
await measure("signed for the first time", () => carryOut(clock, signer.taking(objects, []), bulk));
await signer.settle();
print(`${signer.made} signatures, ${table.rows.size} kept`);
const again = new ZoneSigner(state, keys, table, clock, log);
await measure("read at a start", () => again.load());
await measure("taken over at a start", () => carryOut(clock, again.taking(objects, []), bulk));
print(`${again.made} signatures made`);
const [one] = rrsets("host-0000077 A 192.0.2.77\n");
await measure("one change", () =>
  carryOut(clock, again.taking({ put: one ? [one] : [], gone: [] }, []), bulk),
);
print(`${again.made} signatures made`);
await bulk?.close();
