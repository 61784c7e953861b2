// What every store must do, run against each implementation: `runStoreContract(make)`.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type {
  Entry,
  ListOptions,
  ObjectRef,
  SealedSecret,
  SignatureRow,
  Store,
  StoreSchema,
} from "./port.ts";

/** The schema the contract's stores are opened with. */
export const contractSchema: StoreSchema = {
  dataVersion: 2,
  kinds: { thing: { version: 1 }, other: { version: 1 } },
};

/** Makes an entry of the contract's kinds. */
export function contractEntry(key: string, value?: unknown, kind: string = "thing"): Entry {
  return {
    kind,
    key,
    id: `id-${key}`,
    arn: `arn:aws:lightsail:global:000000000000:${kind}/${key}`,
    accountId: "000000000000",
    region: "global",
    ...(value === undefined ? {} : { value }),
  };
}

/**
 * Declares the tests. They share one store, each with keys of its own and in any order; those that need an empty one, or end it,
 * have their own.
 *
 * @param make  gives an empty store each time
 */
export function runStoreContract(make: () => Promise<Store>): void {
  let store: Store;
  let base: number;
  let tests = 0;
  beforeAll(async () => {
    store = await make();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    tests++;
    base = await store.head();
  });

  const keyOf = (key: string): string => `${tests} ${key}`;
  const entry = (key: string, value?: unknown, kind?: string): Entry =>
    contractEntry(keyOf(key), value, kind);
  const ref = (key: string, kind: string = "thing"): ObjectRef => ({ kind, key: keyOf(key) });
  const put = async (key: string, value: unknown, kind?: string): Promise<number> => {
    const result = await store.commit([], [entry(key, value, kind)], 1000);
    return result.ok ? result.revision - base : -1;
  };

  test("commit() numbers revisions from 1 without gaps, a conflict uses none", async () => {
    const empty = await make();
    expect(await empty.head()).toBe(0);
    expect(await empty.commit([], [entry("a", 1)], 1)).toEqual({ ok: true, revision: 1 });
    const refused = await empty.commit([{ ...ref("a"), revision: 0 }], [entry("b", 1)], 1);
    expect(refused).toEqual({ ok: false, conflicts: [{ ...ref("a"), expected: 0, actual: 1 }] });
    expect(await empty.get(ref("b"))).toBeUndefined();
    expect(await empty.commit([], [entry("b", 2)], 1)).toEqual({ ok: true, revision: 2 });
    expect(await empty.head()).toBe(2);
    await empty.close();
  });

  test("commit() lists every precondition that does not hold", async () => {
    await put("a", 1);
    const result = await store.commit(
      [
        { ...ref("a"), revision: base + 1 },
        { ...ref("b"), revision: 4 },
        { ...ref("a", "other"), revision: 9 },
      ],
      [entry("a", 2)],
      1,
    );
    const conflicts = [
      { ...ref("b"), expected: 4, actual: 0 },
      { ...ref("a", "other"), expected: 9, actual: 0 },
    ];
    expect(result).toEqual({ ok: false, conflicts });
  });

  test("commit() gives concurrent commits one winner for each precondition", async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => store.commit([{ ...ref("a"), revision: 0 }], [entry("a", i)], 1)),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(await store.head()).toBe(base + 1);
  });

  test("commit() refuses an unknown kind and an object named twice, writing nothing", async () => {
    const unknown = store.commit([], [entry("a", 1, "no-such")], 1);
    await expect(unknown).rejects.toMatchObject({ code: "internal" });
    const twice = store.commit([], [entry("a", 1), entry("a", 2)], 1);
    await expect(twice).rejects.toMatchObject({ code: "internal" });
    expect(await store.head()).toBe(base);
  });

  test("get() tells identity, value and revision; a removed object is gone", async () => {
    const value = { text: "ü\u0000", list: [1, null] };
    await put("a", value);
    expect(await store.get(ref("a"))).toEqual({ ...entry("a"), value, revision: base + 1 });
    await put("a", undefined);
    expect(await store.get(ref("a"))).toBeUndefined();
  });

  test("getAt() tells what an object was", async () => {
    await put("a", 1);
    await put("b", 1);
    await put("a", 2);
    await put("a", undefined);
    const values: unknown[] = [];
    for (const revision of [0, 1, 2, 3, 4, 5]) {
      const row = await store.getAt(ref("a"), base + revision);
      values.push(row === "forgotten" ? row : row?.value);
    }
    expect(values).toEqual([undefined, 1, 1, 2, undefined, undefined]);
  });

  test("lastWritten() tells who wrote or removed an object last, from the log and from the snapshot", async () => {
    await put("a", 1);
    await put("b", 1);
    await put("a", undefined);
    const last = (key: string): Promise<number | undefined> => store.lastWritten(ref(key));
    expect([await last("a"), await last("b"), await last("c")]).toEqual([base + 3, base + 2, undefined]);
    await store.compact(base + 3);
    expect([await last("a"), await last("b")]).toEqual([undefined, base + 2]);
  });

  test("list() is in key order, by prefix, in pages, of one kind", async () => {
    for (const key of ["b x", "a", "b", "b y", "c", "b\u{10ffff}"]) await put(key, key);
    await put("b z", 0, "other");
    const own = keyOf("");
    const keys = async (prefix: string, options: ListOptions = {}): Promise<string[]> =>
      (await store.list("thing", { ...options, prefix: own + prefix })).map((row) =>
        row.key.slice(own.length),
      );
    expect(await keys("")).toEqual(["a", "b", "b x", "b y", "b\u{10ffff}", "c"]);
    expect(await keys("b ")).toEqual(["b x", "b y"]);
    expect(await keys("b\u{10ffff}")).toEqual(["b\u{10ffff}"]);
    expect(await keys("b", { limit: 2 })).toEqual(["b", "b x"]);
    expect(await keys("b", { after: keyOf("b x"), limit: 2 })).toEqual(["b y", "b\u{10ffff}"]);
    expect((await store.list("other")).map(({ key }) => key)).toEqual([keyOf("b z")]);
  });

  test("log() tells all entries in order, in pages that may cut a commit", async () => {
    await store.commit([], [entry("a", 1), entry("b", 1)], 5);
    await store.commit([], [entry("a")], 6);
    const all = await store.log({ revision: base }, 100);
    expect(all).toEqual([
      { ...entry("a", 1), revision: base + 1, ordinal: 0, at: 5 },
      { ...entry("b", 1), revision: base + 1, ordinal: 1, at: 5 },
      { ...entry("a"), revision: base + 2, ordinal: 0, at: 6 },
    ]);
    expect(all).not.toHaveProperty("2.value");
    expect(await store.log({ revision: base + 1, ordinal: 0 }, 1)).toMatchObject([{ key: keyOf("b") }]);
    expect(await store.log({ revision: base + 2 }, 100)).toEqual([]);
  });

  test("compact() keeps the tables and all later revisions, and forgets the earlier ones", async () => {
    await put("a", 1);
    await put("gone", 1);
    await put("gone", undefined);
    await put("a", 2);
    await put("a", 3);
    expect(await store.compact(base + 4)).toBe(base + 4);
    expect(await store.compact(base + 2)).toBe(base + 4);
    expect(await store.getAt(ref("a"), base + 3)).toBe("forgotten");
    expect(await store.getAt(ref("a"), base + 4)).toMatchObject({ value: 2 });
    expect(await store.getAt(ref("gone"), base + 4)).toBeUndefined();
    expect(await store.get(ref("a"))).toMatchObject({ value: 3 });
    expect(await store.log({ revision: base + 3 }, 10)).toBe("forgotten");
    expect(await store.log({ revision: base + 4 }, 10)).toMatchObject([{ value: 3 }]);
    expect(await store.verify()).toEqual([]);
    expect(await store.compact(base + 99)).toBe(base + 5);
    expect(await store.verify()).toEqual([]);
    expect(await put("a", 4)).toBe(6);
  });

  test("secrets are put, replaced, listed by purpose and deleted, and the log hears nothing of it", async () => {
    const secret = (id: string, purpose: string, sealed: string): SealedSecret => ({
      id: keyOf(id),
      purpose: keyOf(purpose),
      sealed,
      at: 1_800_000_000_000,
    });
    const { secrets } = store;
    for (const id of ["b", "a", "c"]) await secrets.put(secret(id, "p", `1.${id}`));
    await secrets.put(secret("d", "q", "1.d"));
    await secrets.put(secret("b", "p", "1.later"));
    expect(await secrets.get(keyOf("b"))).toEqual(secret("b", "p", "1.later"));
    expect((await secrets.list(keyOf("p"))).map(({ sealed }) => sealed)).toEqual(["1.a", "1.later", "1.c"]);
    await secrets.delete(keyOf("b"));
    await secrets.delete(keyOf("none"));
    expect(await secrets.get(keyOf("b"))).toBeUndefined();
    expect(await secrets.list(keyOf("q"))).toEqual([secret("d", "q", "1.d")]);
    expect(await store.head()).toBe(base);
  });

  test("signatures are put, replaced, listed in order page by page, and removed one by one or by zone", async () => {
    const { signatures } = store;
    const row = (zone: string, name: string, rdata: string): SignatureRow => ({
      zone: keyOf(zone),
      name,
      digest: "d",
      rdata,
    });
    await signatures.put([row("z", "1 b", "x"), row("z", "1 a", "x"), row("y", "6 c", "x")]);
    await signatures.put([row("z", "1 b", "later"), row("z", "1 a", ""), row("y", "none", "")]);
    const all = async (limit: number): Promise<SignatureRow[]> => {
      const found: SignatureRow[] = [];
      for (;;) {
        const page = await signatures.list(found.at(-1), limit);
        found.push(...page);
        if (page.length < limit)
          return found.filter(({ zone }) => zone === keyOf("y") || zone === keyOf("z"));
      }
    };
    expect(await all(1)).toEqual([row("y", "6 c", "x"), row("z", "1 b", "later")]);
    const many = Array.from({ length: 450 }, (_, i) => row("z", `1 n${String(i).padStart(3, "0")}`, "x"));
    await signatures.put(many);
    expect(await all(1000)).toHaveLength(452);
    await signatures.deleteZone(keyOf("z"));
    expect(await all(1000)).toEqual([row("y", "6 c", "x")]);
    expect(await store.head()).toBe(base);
  });

  test("counts of queries: one row a minute, those of an hour, none of times to come", async () => {
    const { queries } = store;
    const minute = 60_000;
    const from = 30_000_000 * minute;
    const all = async (): Promise<string[]> => {
      const found: string[] = [];
      for (let row = await queries.next(0); row; row = await queries.next(row.at)) found.push(row.told);
      return found;
    };
    for (let i = 0; i < 4; i++) await queries.put({ at: from + i * minute + 40, told: `m${i}` }, from);
    expect(await all()).toEqual(["m0", "m1", "m2", "m3"]);
    await queries.put({ at: from + 3 * minute + 59_999, told: "later" }, from + minute);
    expect(await all()).toEqual(["m1", "m2", "later"]);
    expect(await queries.next(from + minute + 39)).toEqual({ at: from + minute + 40, told: "m1" });
    expect(await queries.next(from + minute + 40)).toEqual({ at: from + 2 * minute + 40, told: "m2" });
    expect(await queries.next(from + 4 * minute)).toBeUndefined();
    // A clock that was put back.
    await queries.put({ at: from + 2 * minute, told: "again" }, from - minute);
    expect(await all()).toEqual(["m1", "again"]);
    expect(await store.head()).toBe(base);
  });

  test("close() ends what comes after", async () => {
    const own = await make();
    await own.close();
    await expect(own.head()).rejects.toMatchObject({ code: "internal" });
    await expect(own.secrets.get("a")).rejects.toMatchObject({ code: "internal" });
  });
}
