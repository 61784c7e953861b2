// The port over better-auth, with its tables and ours in one SQLite file. The library is loaded when somebody signs in for the first
// time: a platform that only programs use never loads it. It reaches no network, its own routes are not served, and sessions and what is
// under way go to sealed-storage.ts; passwords are kept as scrypt hashes, second factors encrypted by the library under a secret that
// follows from the data key. Its own clock is the system's.

import { DatabaseSync } from "node:sqlite";
import { PlatformError } from "#contract";
import type { Sealer } from "#store";
import { Attempts } from "./attempts.ts";
import { loadLibrary, type Library, type PasswordHashing } from "./library.ts";
import { createLinks } from "./links.ts";
import { checkPassword } from "./password.ts";
import type { Client, Enrolment, Identity, OneTimeLinks, Session, SignInOutcome } from "./port.ts";
import { createSealedStorage, type SealedStorage } from "./sealed-storage.ts";

/** What accounts are kept with. */
export interface IdentityOptions {
  /** The database file, or `:memory:`. */
  readonly file: string;
  readonly sealer: Sealer;
  /** Where people reach the platform, such as `http://127.0.0.1:7700`. Cookies are named by its port, since they know none. */
  readonly baseUrl: string;
  /** Wall time in milliseconds. */
  readonly now: () => number;
  /** How passwords are hashed; the library's own scrypt where absent. */
  readonly hashing?: PasswordHashing;
}

/** The version of the tables, of the library's too. */
const dataVersion = 1;
/** How long a code that was used is remembered: it is good for three periods of 30 s (RFC 6238 section 5.2). */
const usedCodeSeconds = 120;

/**
 * Opens the accounts in a file, creating it where there is none.
 * Throws `data-damaged` where it cannot be read, `data-newer` where a newer program wrote it.
 */
export function openIdentity(options: IdentityOptions): Identity {
  return new LibraryIdentity(openDatabase(options.file), options);
}

function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 5000 });
    database.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF",
    );
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > dataVersion)
      throw new PlatformError(
        "data-newer",
        `Cannot open "${file}": its data is of version ${version}, this program knows ${dataVersion}`,
      );
    const verdict = String(Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0]);
    if (verdict !== "ok") throw new Error(verdict);
    database.exec(`PRAGMA user_version=${dataVersion}`);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof PlatformError) throw cause;
    throw new PlatformError("data-damaged", `Cannot open "${file}": ${(cause as Error).message}`, { cause });
  }
}

class LibraryIdentity implements Identity {
  readonly links: OneTimeLinks;
  readonly #database: DatabaseSync;
  readonly #storage: SealedStorage;
  readonly #options: IdentityOptions;
  readonly #attempts: Attempts;
  #library: Promise<Library> | undefined;

  constructor(database: DatabaseSync, options: IdentityOptions) {
    this.#database = database;
    this.#options = options;
    this.links = createLinks(database, options.now);
    this.#storage = createSealedStorage(database, options.sealer, options.now);
    this.#attempts = new Attempts(options.now);
  }

  checkPassword(email: string, password: string): void {
    checkPassword(email, password);
  }

  async putAccount(email: string, password: string): Promise<void> {
    checkPassword(email, password);
    const library = await this.#load();
    await library.removeAccount(email);
    await library.createAccount(email, password);
    this.#attempts.forget(email);
  }

  async removeAccount(email: string): Promise<void> {
    await (await this.#load()).removeAccount(email);
  }

  async accounts(): Promise<string[]> {
    // Asked at each start: without accounts the library is not loaded for it.
    const has = this.#database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'user'").get();
    if (!has) return [];
    return this.#database
      .prepare('SELECT email FROM "user" ORDER BY email')
      .all()
      .map(({ email }) => String(email));
  }

  async signIn(email: string, password: string, client: Client): Promise<SignInOutcome> {
    const library = await this.#load();
    return this.#attempts.attempt(
      email,
      client.address,
      () => library.signIn(email, password, client),
      // Who needs a code yet has not failed; the code has its own bound.
      ({ outcome }) => outcome !== "refused",
    );
  }

  async verifyCode(cookies: string, code: string, client: Client): Promise<SignInOutcome> {
    const library = await this.#load();
    const email = await library.challenged(cookies);
    if (email === undefined) return { outcome: "refused" };
    return this.#attempts.attempt(
      `${email} code`,
      client.address,
      async () =>
        this.#isUsed(email, code) ? { outcome: "refused" } : library.verifyCode(cookies, code, client),
      ({ outcome }) => {
        if (outcome === "signed-in") this.#use(email, code);
        return outcome === "signed-in";
      },
    );
  }

  async session(cookies: string): Promise<Session | undefined> {
    if (!cookies.includes(cookiePrefix(this.#options))) return undefined;
    return (await this.#load()).session(cookies);
  }

  async signOut(cookies: string): Promise<string[]> {
    return (await this.#load()).signOut(cookies);
  }

  async sessions(email: string): Promise<Session[]> {
    return (await this.#load()).sessions(email);
  }

  async endSession(email: string, id: string): Promise<boolean> {
    return (await this.#load()).endSession(email, id);
  }

  async endSessions(email: string): Promise<void> {
    await (await this.#load()).endSessions(email);
  }

  async changePassword(cookies: string, current: string, next: string, client: Client): Promise<string[]> {
    const session = await this.#required(cookies);
    checkPassword(session.email, next);
    return this.#withPassword(session.email, client, (library) =>
      library.changePassword(cookies, current, next),
    );
  }

  async hasSecondFactor(email: string): Promise<boolean> {
    return (await this.#load()).hasSecondFactor(email);
  }

  async enrol(cookies: string, password: string, client: Client): Promise<Enrolment> {
    const { email } = await this.#required(cookies);
    if (await this.hasSecondFactor(email))
      throw new PlatformError(
        "resource-exists",
        `Cannot add a second factor for "${email}": there is one already`,
      );
    return this.#withPassword(email, client, (library) => library.enrol(cookies, password));
  }

  async confirmEnrolment(cookies: string, code: string, client: Client): Promise<string[]> {
    const { email } = await this.#required(cookies);
    const setCookies = await this.#withPassword(email, client, (library) =>
      library.confirmEnrolment(cookies, code),
    );
    this.#use(email, code);
    return setCookies;
  }

  async removeSecondFactor(cookies: string, password: string, client: Client): Promise<string[]> {
    const { email } = await this.#required(cookies);
    return this.#withPassword(email, client, (library) => library.removeSecondFactor(cookies, password));
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
    return Promise.resolve();
  }

  async #required(cookies: string): Promise<Session> {
    const session = await this.session(cookies);
    if (!session) throw refused();
    return session;
  }

  /** Runs what wants a password or code that may be guessed. @returns what it came to; throws `sign-in-refused` where it was wrong */
  async #withPassword<T>(
    email: string,
    client: Client,
    run: (library: Library) => Promise<T | undefined>,
  ): Promise<T> {
    const library = await this.#load();
    const value = await this.#attempts.attempt(
      email,
      client.address,
      () => run(library),
      (found) => found !== undefined,
    );
    if (value === undefined) throw refused();
    return value;
  }

  /** A code is good once. @see RFC 6238 section 5.2 */
  #isUsed(email: string, code: string): boolean {
    return this.#storage.get(`used-code ${email} ${code}`) !== null;
  }

  #use(email: string, code: string): void {
    this.#storage.set(`used-code ${email} ${code}`, "", usedCodeSeconds);
  }

  #load(): Promise<Library> {
    return (this.#library ??= loadLibrary({
      database: this.#database,
      storage: this.#storage,
      secret: Buffer.from(this.#options.sealer.derive("identity-library")).toString("base64url"),
      baseUrl: this.#options.baseUrl,
      cookiePrefix: cookiePrefix(this.#options),
      ...(this.#options.hashing ? { hashing: this.#options.hashing } : {}),
    }));
  }
}

/** Cookies are sent to every port of a host: a name for each keeps two platforms of one machine apart. */
function cookiePrefix({ baseUrl }: Pick<IdentityOptions, "baseUrl">): string {
  const { port, protocol } = new URL(baseUrl);
  return `fairlead-${port || (protocol === "https:" ? "443" : "80")}`;
}

function refused(): PlatformError {
  return new PlatformError(
    "sign-in-refused",
    "Cannot sign in: e-mail address, password or code are not right",
  );
}
