// What every store must do, run against each implementation: `runStoreContract(make)`.

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry, Store, StoreSchema } from "./port.ts";

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

/** Declares the tests. `make` gives an empty store each time it is called. */
export function runStoreContract(make: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await make();
  });
  afterEach(() => store.close());

  const put = async (key: string, value: unknown, kind?: string): Promise<number> => {
    const result = await store.commit([], [contractEntry(key, value, kind)], 1000);
    return result.ok ? result.revision : -1;
  };

  test("commit() numbers revisions from 1 without gaps, a conflict uses none", async () => {
    expect(await store.head()).toBe(0);
    expect(await put("a", 1)).toBe(1);
    const refused = await store.commit(
      [{ kind: "thing", key: "a", revision: 0 }],
      [contractEntry("b", 1)],
      1,
    );
    expect(refused).toEqual({ ok: false, conflicts: [{ kind: "thing", key: "a", expected: 0, actual: 1 }] });
    expect(await store.get({ kind: "thing", key: "b" })).toBeUndefined();
    expect(await put("b", 2)).toBe(2);
    expect(await store.head()).toBe(2);
  });

  test("commit() lists every precondition that does not hold", async () => {
    await put("a", 1);
    const result = await store.commit(
      [
        { kind: "thing", key: "a", revision: 1 },
        { kind: "thing", key: "b", revision: 4 },
        { kind: "other", key: "a", revision: 9 },
      ],
      [contractEntry("a", 2)],
      1,
    );
    expect(result).toMatchObject({
      ok: false,
      conflicts: [
        { key: "b", actual: 0 },
        { kind: "other", actual: 0 },
      ],
    });
  });

  test("commit() gives concurrent commits one winner for each precondition", async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        store.commit([{ kind: "thing", key: "a", revision: 0 }], [contractEntry("a", i)], 1),
      ),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(await store.head()).toBe(1);
  });

  test("commit() refuses an unknown kind and an object named twice, writing nothing", async () => {
    await expect(store.commit([], [contractEntry("a", 1, "no-such")], 1)).rejects.toMatchObject({
      code: "internal",
    });
    await expect(store.commit([], [contractEntry("a", 1), contractEntry("a", 2)], 1)).rejects.toMatchObject({
      code: "internal",
    });
    expect(await store.head()).toBe(0);
  });

  test("get() tells identity, value and revision; a removed object is gone", async () => {
    await put("a", { text: "ü\u0000", list: [1, null] });
    expect(await store.get({ kind: "thing", key: "a" })).toEqual({
      ...contractEntry("a"),
      value: { text: "ü\u0000", list: [1, null] },
      revision: 1,
    });
    await put("a", undefined);
    expect(await store.get({ kind: "thing", key: "a" })).toBeUndefined();
  });

  test("getAt() tells what an object was", async () => {
    await put("a", 1);
    await put("b", 1);
    await put("a", 2);
    await put("a", undefined);
    const values: unknown[] = [];
    for (const revision of [0, 1, 2, 3, 4, 5]) {
      const row = await store.getAt({ kind: "thing", key: "a" }, revision);
      values.push(row === "forgotten" ? row : row?.value);
    }
    expect(values).toEqual([undefined, 1, 1, 2, undefined, undefined]);
  });

  test("list() is in key order, by prefix, in pages, of one kind", async () => {
    for (const key of ["b x", "a", "b", "b y", "c", "b\u{10ffff}"]) await put(key, key);
    await put("b z", 0, "other");
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- reads best beside its rows
    const keys = async (options?: Parameters<Store["list"]>[1]): Promise<string[]> =>
      (await store.list("thing", options)).map((row) => row.key);
    expect(await keys()).toEqual(["a", "b", "b x", "b y", "b\u{10ffff}", "c"]);
    expect(await keys({ prefix: "b " })).toEqual(["b x", "b y"]);
    expect(await keys({ prefix: "b\u{10ffff}" })).toEqual(["b\u{10ffff}"]);
    expect(await keys({ prefix: "b", limit: 2 })).toEqual(["b", "b x"]);
    expect(await keys({ prefix: "b", after: "b x", limit: 2 })).toEqual(["b y", "b\u{10ffff}"]);
  });

  test("log() tells all entries in order, in pages that may cut a commit", async () => {
    await store.commit([], [contractEntry("a", 1), contractEntry("b", 1)], 5);
    await store.commit([], [contractEntry("a")], 6);
    const all = await store.log({ revision: 0 }, 100);
    expect(all).toMatchObject([
      { key: "a", value: 1, revision: 1, ordinal: 0, at: 5 },
      { key: "b", value: 1, revision: 1, ordinal: 1, at: 5 },
      { key: "a", revision: 2, ordinal: 0, at: 6 },
    ]);
    expect(all).not.toHaveProperty("2.value");
    expect(await store.log({ revision: 1, ordinal: 0 }, 1)).toMatchObject([{ key: "b" }]);
    expect(await store.log({ revision: 2 }, 100)).toEqual([]);
  });

  test("compact() keeps the tables and all later revisions, and forgets the earlier ones", async () => {
    await put("a", 1);
    await put("gone", 1);
    await put("gone", undefined);
    await put("a", 2);
    await put("a", 3);
    expect(await store.compact(4)).toBe(4);
    expect(await store.compact(2)).toBe(4);
    expect(await store.getAt({ kind: "thing", key: "a" }, 3)).toBe("forgotten");
    expect(await store.getAt({ kind: "thing", key: "a" }, 4)).toMatchObject({ value: 2 });
    expect(await store.getAt({ kind: "thing", key: "gone" }, 4)).toBeUndefined();
    expect(await store.get({ kind: "thing", key: "a" })).toMatchObject({ value: 3 });
    expect(await store.log({ revision: 3 }, 10)).toBe("forgotten");
    expect(await store.log({ revision: 4 }, 10)).toMatchObject([{ value: 3 }]);
    expect(await store.verify()).toEqual([]);
    expect(await store.compact(99)).toBe(5);
    expect(await store.verify()).toEqual([]);
    expect(await put("a", 4)).toBe(6);
  });

  test("close() ends what comes after", async () => {
    await store.close();
    await expect(store.head()).rejects.toMatchObject({ code: "internal" });
  });
}
