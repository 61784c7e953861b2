import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { runMetricTableContract } from "./metric-table.contract.ts";
import type { Store, StoreSchema } from "./port.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { contractEntry, contractSchema, runStoreContract } from "./store.contract.ts";

// Each test starts threads, one a whole process: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 240_000 });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-store-"));
  file = join(folder, "store.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("SQLite store", () => {
  let own: string;
  beforeAll(() => {
    own = mkdtempSync(join(tmpdir(), "fairlead-store-"));
  });
  afterAll(() => rmSync(own, { recursive: true, force: true }));
  let stores = 0;
  const opened: Store[] = [];
  afterAll(() => Promise.all(opened.map((store) => store.close())));
  runStoreContract(() => openSqliteStore(join(own, `${++stores}.sqlite`), contractSchema));
  runMetricTableContract(async () => {
    const store = await openSqliteStore(join(own, `${++stores}.sqlite`), contractSchema);
    opened.push(store);
    return store.metrics;
  });
});

async function write(schema: StoreSchema, values: Record<string, unknown>): Promise<void> {
  const store = await openSqliteStore(file, schema);
  await store.commit(
    [],
    Object.entries(values).map(([key, value]) => contractEntry(key, value)),
    1,
  );
  await store.close();
}

test("openSqliteStore() finds what was committed before", async () => {
  await write(contractSchema, { a: 1 });
  const store = await openSqliteStore(file, contractSchema);
  expect(await store.get({ kind: "thing", key: "a" })).toMatchObject({ value: 1, revision: 1 });
  await store.close();
});

test("openSqliteStore() refuses a newer data version and leaves every octet as it was", async () => {
  await write({ ...contractSchema, dataVersion: 3 }, { a: 1 });
  const before = readFileSync(file);
  const names = readdirSync(folder);
  await expect(openSqliteStore(file, contractSchema)).rejects.toMatchObject({
    code: "data-newer",
    message: `Cannot open "${file}": its data is of version 3, this program knows 2`,
  });
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(names);
});

test("openSqliteStore() refuses a newer data version that only the write-ahead log holds", async () => {
  await write(contractSchema, { a: 1 });
  const other = new DatabaseSync(file);
  other.exec("PRAGMA journal_mode=WAL; PRAGMA user_version=3");
  await expect(openSqliteStore(file, contractSchema)).rejects.toMatchObject({ code: "data-newer" });
  other.close();
});

test("openSqliteStore() lifts values of an older version", async () => {
  await write(contractSchema, { a: { n: 1 } });
  const upcasters = {
    1: (value: unknown) => ({ n: (value as { n: number }).n + 1 }),
    2: (value: unknown) => ({ m: (value as { n: number }).n }),
  };
  const store = await openSqliteStore(file, {
    dataVersion: 3,
    kinds: { ...contractSchema.kinds, thing: { version: 3, upcasters } },
  });
  expect(await store.get({ kind: "thing", key: "a" })).toMatchObject({ value: { m: 2 } });
  expect(await store.log({ revision: 0 }, 1)).toMatchObject([{ value: { m: 2 } }]);
  await store.close();
  await expect(openSqliteStore(file, contractSchema)).rejects.toMatchObject({ code: "data-newer" });
});

describe("openSqliteStore() says that a file is damaged that", () => {
  let whole: Buffer;
  test.each([
    ["is text", () => Buffer.from("not a database".repeat(100))],
    ["is cut to half a header", () => whole.subarray(0, 50)],
    ["has a page of zeros", () => Buffer.from(whole).fill(0, 4096, 12_288)],
    ["is cut in the middle", () => whole.subarray(0, 9000)],
  ])("%s", async (_, damage) => {
    if (whole) writeFileSync(file, whole);
    else
      await write(
        contractSchema,
        Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key ${i}`, "x".repeat(100)])),
      );
    whole ??= readFileSync(file);
    writeFileSync(file, damage());
    await expect(openSqliteStore(file, contractSchema)).rejects.toMatchObject({ code: "data-damaged" });
  });
});

test("openSqliteStore() says that a folder in its place is no database", async () => {
  mkdirSync(file);
  await expect(openSqliteStore(file, contractSchema)).rejects.toMatchObject({ code: "data-damaged" });
});

test("get() says that a value is damaged that cannot be read", async () => {
  await write(contractSchema, { a: 1 });
  const other = new DatabaseSync(file);
  other.exec("UPDATE object_row SET value = '{'");
  other.close();
  const store = await openSqliteStore(file, contractSchema);
  await expect(store.get({ kind: "thing", key: "a" })).rejects.toMatchObject({ code: "data-damaged" });
  expect(await store.verify()).toEqual([{ kind: "thing", key: "a" }]);
  await store.close();
});

test("what commit() and secrets.put() returned is there after kill -9", async () => {
  const program = `
    import { openSqliteStore } from ${JSON.stringify(new URL("./sqlite-store.ts", import.meta.url).href)};
    const store = await openSqliteStore(${JSON.stringify(file)}, ${JSON.stringify(contractSchema)});
    const entry = ${JSON.stringify(contractEntry("x", 0))};
    for (let i = 1; ; i++) {
      const entries = [{ ...entry, key: "a " + i, value: i }, { ...entry, key: "b " + i, value: "y".repeat(3000) }];
      await store.secrets.put({ id: "s " + (i % 7), purpose: "p", sealed: "1." + i, at: i });
      const { revision } = await store.commit([], entries, i);
      process.stdout.write(revision + "\\n");
    }`;
  const child = spawn(
    process.execPath,
    ["--conditions=fairlead-source", "--input-type=module", "-e", program],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === 60) child.kill("SIGKILL");
  }
  expect(last).toBeGreaterThanOrEqual(60);
  const store = await openSqliteStore(file, contractSchema);
  const head = await store.head();
  expect(head).toBeGreaterThanOrEqual(last);
  for (let i = 1; i <= head; i++) {
    expect(await store.get({ kind: "thing", key: `a ${i}` })).toMatchObject({ value: i, revision: i });
    expect(await store.get({ kind: "thing", key: `b ${i}` })).toMatchObject({ revision: i });
  }
  expect(await store.verify()).toEqual([]);
  const kept = await store.secrets.list("p");
  expect(kept.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `s ${i}`));
  for (const { sealed, at } of kept) expect([sealed, at > last - 7]).toEqual([`1.${at}`, true]);
  await store.close();
});
