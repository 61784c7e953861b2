// One-time links: the first owner's, invitations, and new passwords for who lost theirs. A token has 256 bits of chance; the table
// holds its digest, so that who reads the table cannot use it. Taking one is one statement: of two at once, one gets it.

import { createHash, randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { OneTimeLinks } from "./port.ts";

/** `setup`: makes the first owner. `invitation`: makes a user. `reset`: gives a user a new password. */
export type LinkKind = "setup" | "invitation" | "reset";

/** What a link is good for. */
export interface Link {
  /** Names it to people: part of the digest. */
  readonly id: string;
  readonly kind: LinkKind;
  /** Whom it is for; absent for the first owner, who chooses. */
  readonly email?: string;
  readonly role: string;
  /** Who made it, as the history names them. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A link with what it is opened by. */
export interface MadeLink extends Link {
  readonly token: string;
}

const tokenOctets = 32;
/** Digits of the digest that name a link. */
const idLength = 16;

interface Row {
  digest: string;
  kind: LinkKind;
  email: string | null;
  role: string;
  made_by: string;
  expires_at: number;
}

/** Makes the links over a database. @param now  wall time in milliseconds */
export function createLinks(database: DatabaseSync, now: () => number): OneTimeLinks {
  database.exec(
    `CREATE TABLE IF NOT EXISTS one_time_link (digest TEXT PRIMARY KEY, kind TEXT NOT NULL, email TEXT, role TEXT NOT NULL,
       made_by TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT`,
  );
  const put = database.prepare("INSERT INTO one_time_link VALUES (?, ?, ?, ?, ?, ?)");
  const end = database.prepare("DELETE FROM one_time_link WHERE kind = ? AND email IS ?");
  const sweep = database.prepare("DELETE FROM one_time_link WHERE expires_at <= ?");
  const look = database.prepare("SELECT * FROM one_time_link WHERE digest = ? AND expires_at > ?");
  const take = database.prepare("DELETE FROM one_time_link WHERE digest = ? AND expires_at > ? RETURNING *");
  const list = database.prepare("SELECT * FROM one_time_link WHERE expires_at > ? ORDER BY expires_at DESC");
  const remove = database.prepare("DELETE FROM one_time_link WHERE substr(digest, 1, ?) = ?");
  return {
    make({ kind, email, role, by }, lifetimeMs) {
      const token = randomBytes(tokenOctets).toString("base64url");
      const digest = digestOf(token);
      const expiresAt = now() + lifetimeMs;
      sweep.run(now());
      end.run(kind, email ?? null);
      put.run(digest, kind, email ?? null, role, by, expiresAt);
      const link = { id: digest.slice(0, idLength), kind, role, by, expiresAt };
      return { ...link, ...(email === undefined ? {} : { email }), token };
    },
    look: (token) => linkOf(look.get(digestOf(token), now())),
    take: (token) => linkOf(take.get(digestOf(token), now())),
    restore(token, { kind, email, role, by, expiresAt }) {
      put.run(digestOf(token), kind, email ?? null, role, by, expiresAt);
    },
    list: () => list.all(now()).flatMap((row) => linkOf(row) ?? []),
    remove: (id) => id.length === idLength && Number(remove.run(idLength, id).changes) > 0,
  };
}

function linkOf(row: unknown): Link | undefined {
  if (row === undefined) return undefined;
  const { digest, kind, email, role, made_by: by, expires_at: expiresAt } = row as Row;
  const id = digest.slice(0, idLength);
  return { id, kind, role, by, expiresAt, ...(email === null ? {} : { email }) };
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
