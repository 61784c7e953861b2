// Where the sign-in library keeps sessions and what is under way: keys as digests under a key that follows from the data key, values
// sealed. Who reads the file finds neither a session's token nor whose it is.

import { createHmac } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Sealer } from "#store";

const purpose = "identity-storage";
/** How often what has expired is removed, in milliseconds. */
const sweepMs = 60_000;

/** The library's own interface for such a store; a `ttl` is in seconds. */
export interface SealedStorage {
  get(key: string): string | null;
  set(key: string, value: string, ttl?: number): void;
  delete(key: string): void;
  /** Gives a value and removes it: of two calls at once one gets it. */
  getAndDelete(key: string): string | null;
  /** Counts. Its time to live begins with the first. */
  increment(key: string, ttl: number): number;
}

/** Makes the storage over a database. @param now  wall time in milliseconds */
export function createSealedStorage(
  database: DatabaseSync,
  sealer: Sealer,
  now: () => number,
): SealedStorage {
  database.exec(
    "CREATE TABLE IF NOT EXISTS sealed (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at INTEGER) STRICT",
  );
  const find = database.prepare(
    "SELECT value FROM sealed WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)",
  );
  const put = database.prepare(
    "INSERT INTO sealed VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
  );
  const remove = database.prepare("DELETE FROM sealed WHERE key = ?");
  const take = database.prepare(
    "DELETE FROM sealed WHERE key = ? AND (expires_at IS NULL OR expires_at > ?) RETURNING value",
  );
  const sweep = database.prepare("DELETE FROM sealed WHERE expires_at <= ?");
  const secret = sealer.derive(purpose);
  const nameOf = (key: string): string => createHmac("sha256", secret).update(key).digest("base64url");
  const open = (name: string, row: unknown): string | null =>
    row === undefined
      ? null
      : new TextDecoder().decode(sealer.open(purpose, name, (row as { value: string }).value));
  let sweptAt = -Infinity;

  function set(key: string, value: string, ttl?: number): void {
    const name = nameOf(key);
    const at = now();
    if (at - sweptAt > sweepMs) {
      sweep.run(at);
      sweptAt = at;
    }
    const sealed = sealer.seal(purpose, name, new TextEncoder().encode(value));
    put.run(name, sealed, ttl === undefined ? null : Math.round(at + ttl * 1000));
  }
  function get(key: string): string | null {
    const name = nameOf(key);
    return open(name, find.get(name, now()));
  }
  return {
    get,
    set,
    delete: (key) => void remove.run(nameOf(key)),
    getAndDelete(key) {
      const name = nameOf(key);
      return open(name, take.get(name, now()));
    },
    increment(key, ttl) {
      const [count, until] = (get(key) ?? "").split(" ").map(Number);
      const expiresAt = count ? (until ?? 0) : now() + ttl * 1000;
      const next = (count || 0) + 1;
      set(key, `${next} ${expiresAt}`, (expiresAt - now()) / 1000);
      return next;
    },
  };
}
