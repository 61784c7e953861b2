// What a signed zone costs control: names come by DNS UPDATE in large messages, then some thousand records by one command, then one record; at last control
// is started anew on the same store. Prints wall and CPU time, the longest wait of control's event loop, what each name costs in memory, and what a start costs: `node --expose-gc --conditions=fairlead-source bench/control-zone.ts [NAMES] [--names-per-update=N] [--nsec3] [--unsigned] [--import]`. With --import the names
// come as the records of one zone file, which is planned, imported and undone.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { StateDigest, type ToRole } from "#contract";
import { type Control, controlSchema, createControl, type RoleLink } from "#control";
import { ManualTime, seededRandom, testConfig, testHost, testKey } from "#control/testing";
import { openSqliteStore } from "#store";
import { encodeRequest, formatBase64, Name, Opcode, type ResourceRecord, RrClass, RrType } from "#wire";
import { ThreadSigner } from "../src/server/bulk-signer.ts";

const words = process.argv.slice(2);
const count = Number(words.find((word) => /^\d+$/.test(word)) ?? 20_000);
const perUpdate = Number(
  words.find((word) => word.startsWith("--names-per-update="))?.split("=")[1] ?? 1_700,
);
const denial = words.includes("--unsigned") ? "off" : words.includes("--nsec3") ? "nsec3" : "nsec";

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const zone = "big.test";
const apex = nameOf(`${zone}.`);
const folder = mkdtempSync(join(tmpdir(), "fairlead-control-zone-"));
const bulk = new ThreadSigner((problem) => print(problem));

/** The names role's end of the stream: it writes what it is sent as the socket's end does, and keeps nothing of it. */
class NamesEnd {
  readonly #link: RoleLink;
  readonly #waiting: Map<number, (rcode: number) => void> = new Map();
  #last = 0;
  octets = 0;

  constructor(control: Control) {
    this.#link = control.hub.connect({ send: (message) => this.#take(message), close: () => {} });
    const digest = new StateDigest().toString();
    this.#link.receive({
      type: "hello",
      role: "names",
      pid: 1,
      protocolVersions: [1],
      lastRevision: 0,
      digest,
    });
  }

  update(message: string): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const id = ++this.#last;
    this.#waiting.set(id, resolve);
    const report = { type: "update", id, zone: `${zone}.`, key: "all.", from: "192.0.2.9", message };
    this.#link.receive({ type: "report", report });
    return promise;
  }

  #take(message: ToRole): void {
    this.octets += JSON.stringify(message).length;
    if (message.type === "part") return;
    if (message.type !== "ask") {
      const { revision, digest } = message;
      setImmediate(() => this.#link.receive({ type: "ack", revision, digest }));
      return;
    }
    const { question } = message;
    if (question.ask === "updated") this.#waiting.get(question.id)?.(question.rcode);
    setImmediate(() => this.#link.receive({ type: "answer", id: message.id, answer: {} }));
  }
}

/** Control on the store of the folder, with the real clock. */
async function open(): Promise<{ readonly control: Control; readonly names: NamesEnd }> {
  const clock = { monotonic: () => performance.now(), wall: () => Date.now() };
  const control = createControl({
    ...testHost(new ManualTime()),
    clock,
    random: seededRandom(process.pid),
    bulkSigner: bulk,
    store: await openSqliteStore(join(folder, "control.db"), controlSchema),
    config: { ...testConfig, signing: denial, updates: [{ zone: `${zone}.`, key: "all." }] },
  });
  await control.start();
  return { control, names: new NamesEnd(control) };
}

async function call(control: Control, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await control.fetch(
    new Request(`http://127.0.0.1:7700${path}`, {
      method,
      headers: {
        host: "127.0.0.1:7700",
        authorization: `Bearer ${testKey}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const value: unknown = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(value).slice(0, 500));
  return value;
}

const hostName = (i: number): string => `host-${String(i).padStart(7, "0")}`;

/** An UPDATE that adds an address at each of some names. */
function updateOf(from: number, to: number): string {
  const authority: ResourceRecord[] = [];
  for (let i = from; i < to; i++)
    authority.push({
      name: nameOf(`${hostName((i * 7919) % count)}.${zone}.`),
      type: RrType.A,
      class: RrClass.IN,
      ttl: 300,
      rdata: Uint8Array.of(192, 0, (i >> 8) & 255, i & 255),
    });
  return formatBase64(encodeRequest(apex, RrType.SOA, { flags: { opcode: Opcode.UPDATE }, authority }));
}

/** Octets of heap and buffers after collection. */
async function memory(): Promise<number> {
  await setTimeout(5);
  for (let i = 0; i < 3; i++) global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measure(title: string, run: () => Promise<unknown>): Promise<void> {
  global.gc?.();
  await setTimeout(5);
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e3;
  };
  const [cpu, wall] = [cpuMs(), performance.now()];
  let [lastCpu, lastWall, longestCpu, longestWall] = [cpu, wall, 0, 0];
  const look = (): void => {
    const [thisCpu, thisWall] = [cpuMs(), performance.now()];
    longestCpu = Math.max(longestCpu, thisCpu - lastCpu);
    longestWall = Math.max(longestWall, thisWall - lastWall);
    [lastCpu, lastWall] = [thisCpu, thisWall];
  };
  const watch = setInterval(look, 1);
  await run();
  const [took, used] = [performance.now() - wall, cpuMs() - cpu];
  look();
  clearInterval(watch);
  print(
    `${title}: ${took.toFixed(0)} ms, CPU of control's thread ${used.toFixed(0)} ms, longest turn ${longestWall.toFixed(0)} ms (CPU ${longestCpu.toFixed(0)} ms)`,
  );
}

try {
  let { control, names } = await open();
  await call(control, "POST", "/v1/domains", { name: zone });
  const empty = await memory();
  let sent = 0;
  let step = 0;
  if (words.includes("--import")) {
    const records = Array.from({ length: count }, (_, i) => ({
      name: hostName(i),
      type: "A",
      ttl: 300,
      data: `192.0.${(i >> 8) & 255}.${i & 255}`,
    }));
    const path = `/v1/zones/${zone}/import`;
    // Warms up the program.
    await call(control, "POST", `${path}?plan=1`, { records: records.slice(0, 2000) });
    await measure(`plan of ${count} records`, () => call(control, "POST", `${path}?plan=1`, { records }));
    let id = "";
    await measure(`import of ${count} records`, async () => {
      const { change } = (await call(control, "POST", path, { records })) as { change: { id: string } };
      ({ id } = change);
    });
    await measure("the same import again, refused", async () => {
      await call(control, "POST", path, { records }).catch(() => {});
    });
    await measure(`undo of ${count} records`, () => call(control, "POST", `/v1/changes/${id}/undo`, {}));
    sent = count;
  }
  while (sent < count) {
    const to = Math.min(sent + perUpdate, count);
    const message = updateOf(sent, to);
    const run = async (): Promise<void> => {
      const rcode = await names.update(message);
      if (rcode !== 0) throw new Error(`the update was answered ${rcode}`);
    };
    // The first of all warms up the program.
    if (step < 2 || to === count || step % 10 === 0)
      await measure(`UPDATE of ${to - sent} names beside ${sent}`, run);
    else await run();
    sent = to;
    step++;
  }
  const full = await memory();
  print(`${((full - empty) / count).toFixed(0)} octets a name (${((full - empty) / 1e6).toFixed(1)} MB)`);
  const edits = Array.from({ length: 500 }, (_, i) => ({
    name: `edit-${i}`,
    type: "A",
    expected: null,
    put: { ttl: 300, records: ["192.0.2.77"] },
  }));
  await measure("500 record sets by one command", () =>
    call(control, "POST", `/v1/zones/${zone}/rrsets/edits`, { edits }),
  );
  await measure("one record", () => names.update(updateOf(count, count + 1)));
  await control.close();
  await measure("started anew", async () => {
    ({ control, names } = await open());
  });
  print(`${(((await memory()) - empty) / count).toFixed(0)} octets a name after a start`);
  await control.close();
} finally {
  await bulk.close();
  rmSync(folder, { recursive: true, force: true });
}
