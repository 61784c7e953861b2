// The port that control reaches people by: accounts of e-mail address and password, a second factor, sessions, one-time links. What a
// person may do is no matter of it; an account without a user in control's log is nobody.
//
// Cookies go in as the Cookie field of a request and come out as values of Set-Cookie fields: the caller passes both on unread.

import type { Link, LinkKind, MadeLink } from "./links.ts";

/** Whom a request comes from. */
export interface Client {
  /** The address it came from, in text; empty where it is not known. */
  readonly address: string;
  /** The User-Agent field; empty where there is none. */
  readonly userAgent: string;
}

/** A session of a person who signed in. */
export interface Session {
  readonly id: string;
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly userAgent: string;
}

/** What came of a sign-in. `refused` says nothing of why. */
export type SignInOutcome =
  | { readonly outcome: "signed-in"; readonly email: string; readonly setCookies: readonly string[] }
  | { readonly outcome: "code-needed"; readonly setCookies: readonly string[] }
  | { readonly outcome: "refused" };

/** A second factor that is to be confirmed. */
export interface Enrolment {
  /** `otpauth://totp/…` for an authenticator. */
  readonly uri: string;
  /** The same key to type, in base32 (RFC 4648 section 6). */
  readonly secret: string;
  /** Each opens the account once in place of a code. Shown this once. */
  readonly backupCodes: readonly string[];
}

/** One-time links. What was made is known by its digest only. */
export interface OneTimeLinks {
  /** Makes a link; it ends those of the same kind for the same address. */
  make(link: { kind: LinkKind; email?: string; role: string; by: string }, lifetimeMs: number): MadeLink;
  /** The link of a token, which stays. Undefined where there is none any more. */
  look(token: string): Link | undefined;
  /** The link of a token, which is used up with this: of two calls at once one gets it. */
  take(token: string): Link | undefined;
  /** Puts a link back that could not be used after all. */
  restore(token: string, link: Link): void;
  /** Links that are not used up, the latest first. */
  list(): Link[];
  /** Ends a link. @returns false where there is none */
  remove(id: string): boolean;
}

/** Accounts, sessions and links. E-mail addresses are in lower case. */
export interface Identity {
  readonly links: OneTimeLinks;
  /** Makes an account, in place of one of the same address; its sessions and second factor are gone. Throws `password-weak`. */
  putAccount(email: string, password: string): Promise<void>;
  /** Throws `password-weak` for a password that no account may have. */
  checkPassword(email: string, password: string): void;
  /** Removes an account with its sessions; nothing where there is none. */
  removeAccount(email: string): Promise<void>;
  /** Addresses of all accounts. */
  accounts(): Promise<string[]>;
  /** First step of a sign-in. Throws `too-many-attempts`. */
  signIn(email: string, password: string, client: Client): Promise<SignInOutcome>;
  /** Second step: a code of the authenticator or a backup code. Throws `too-many-attempts`. */
  verifyCode(cookies: string, code: string, client: Client): Promise<SignInOutcome>;
  /** The session that cookies stand for; undefined where it is over. */
  session(cookies: string): Promise<Session | undefined>;
  /** Ends the session of cookies. @returns what clears them */
  signOut(cookies: string): Promise<string[]>;
  /** All sessions of an account, the latest first. */
  sessions(email: string): Promise<Session[]>;
  /** Ends one session. @returns false where there is none of that account */
  endSession(email: string, id: string): Promise<boolean>;
  /** Ends all sessions of an account. */
  endSessions(email: string): Promise<void>;
  /** Changes the password and ends all other sessions. Throws `sign-in-refused` for a wrong one, `password-weak`, `too-many-attempts`. */
  changePassword(cookies: string, current: string, next: string, client: Client): Promise<string[]>;
  /** Tells whether an account has a second factor that is confirmed. */
  hasSecondFactor(email: string): Promise<boolean>;
  /** Begins to add a second factor. Throws `sign-in-refused` for a wrong password, `resource-exists`, `too-many-attempts`. */
  enrol(cookies: string, password: string, client: Client): Promise<Enrolment>;
  /** Confirms it with a first code. Throws `sign-in-refused`, `too-many-attempts`. @returns cookies of a new session */
  confirmEnrolment(cookies: string, code: string, client: Client): Promise<string[]>;
  /** Takes the second factor away. Throws as `enrol`. @returns cookies of a new session */
  removeSecondFactor(cookies: string, password: string, client: Client): Promise<string[]>;
  close(): Promise<void>;
}
