// Reads of who may do what: users, keys, one-time links, the asker's own sessions.

import type { AccessKey, User } from "#contract";
import { read } from "./queries.ts";

/** All users; owners alone may ask. */
export const usersQuery = read<{ users: User[] }>("users");
/** The asker's keys; for owners everybody's. */
export const keysQuery = read<{ keys: AccessKey[] }>("keys");

/** One-time links that were not used yet. */
export interface OpenLink {
  readonly id: string;
  readonly kind: "setup" | "invitation" | "reset";
  readonly email?: string;
  readonly role: string;
  readonly by: string;
  readonly expiresAt: string;
}
/** One-time links that were not used yet; owners alone may ask. */
export const linksQuery = read<{ links: OpenLink[] }>("invitations");

/** One of the asker's sessions. */
export interface OwnSession {
  readonly id: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly userAgent: string;
  readonly isCurrent: boolean;
}
/** The asker's own sessions, the latest first. */
export const sessionsQuery = read<{ sessions: OwnSession[] }>("me", "sessions");
/** The sessions of a user; owners alone may ask. */
export const sessionsOfQuery = (email: string) =>
  read<{ sessions: OwnSession[] }>("users", email, "sessions");
/** Whether the asker has a second factor. */
export const secondFactorQuery = read<{ isEnabled: boolean }>("me", "second-factor");
