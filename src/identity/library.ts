// better-auth behind few calls: how it is set up, and what its answers and refusals come to here. Loaded when it is needed.

import type { DatabaseSync } from "node:sqlite";
import type { Client, Enrolment, Session, SignInOutcome } from "./port.ts";
import type { SealedStorage } from "./sealed-storage.ts";

/** What the library is set up with. */
export interface LibraryOptions {
  readonly database: DatabaseSync;
  readonly storage: SealedStorage;
  /** For signatures of cookies and for what is encrypted in its tables. */
  readonly secret: string;
  readonly baseUrl: string;
  readonly cookiePrefix: string;
  readonly hashing?: PasswordHashing;
}

/** How passwords are hashed. */
export interface PasswordHashing {
  readonly hash: (password: string) => Promise<string>;
  readonly verify: (given: { readonly hash: string; readonly password: string }) => Promise<boolean>;
}

/** What is asked of it. Where it says undefined, a password or code was wrong. */
export interface Library {
  createAccount(email: string, password: string): Promise<void>;
  removeAccount(email: string): Promise<void>;
  signIn(email: string, password: string, client: Client): Promise<SignInOutcome>;
  /** Whose code is waited for. */
  challenged(cookies: string): Promise<string | undefined>;
  verifyCode(cookies: string, code: string, client: Client): Promise<SignInOutcome>;
  session(cookies: string): Promise<Session | undefined>;
  signOut(cookies: string): Promise<string[]>;
  sessions(email: string): Promise<Session[]>;
  endSession(email: string, id: string): Promise<boolean>;
  endSessions(email: string): Promise<void>;
  changePassword(cookies: string, current: string, next: string): Promise<string[] | undefined>;
  hasSecondFactor(email: string): Promise<boolean>;
  enrol(cookies: string, password: string): Promise<Enrolment | undefined>;
  confirmEnrolment(cookies: string, code: string): Promise<string[] | undefined>;
  removeSecondFactor(cookies: string, password: string): Promise<string[] | undefined>;
}

/** How long a session lasts, in seconds: seven days from the sign-in. */
const sessionSeconds = 7 * 86_400;
/** How long a code may be entered after the password, in seconds. */
const challengeSeconds = 300;
/** The longest header fields that are kept of a session. */
const maxUserAgentLength = 200;

/** Loads and sets up the library, and brings its tables up to date. */
export async function loadLibrary(options: LibraryOptions): Promise<Library> {
  const [{ betterAuth }, { twoFactor }, { getMigrations }] = await Promise.all([
    import("better-auth"),
    import("better-auth/plugins/two-factor"),
    import("better-auth/db/migration"),
  ]);
  const { database, storage, secret, baseUrl, cookiePrefix } = options;
  const isSecure = baseUrl.startsWith("https:");
  const settings = {
    appName: "Fairlead",
    baseURL: baseUrl,
    basePath: "/sign-in-library", // its routes are not served
    database,
    // Both, so that no variable of the environment takes their place.
    secret,
    secrets: [{ version: 1, value: secret }],
    trustedOrigins: [],
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      maxPasswordLength: 1024,
      ...(options.hashing ? { password: options.hashing } : {}),
    },
    session: { expiresIn: sessionSeconds, disableSessionRefresh: true, cookieCache: { enabled: false } },
    secondaryStorage: storage,
    rateLimit: { enabled: false }, // src/identity/attempts.ts: its own looks at served routes only
    advanced: {
      cookiePrefix,
      useSecureCookies: isSecure,
      defaultCookieAttributes: { httpOnly: true, sameSite: "strict" as const, secure: isSecure, path: "/" },
    },
    plugins: [twoFactor({ issuer: "Fairlead", twoFactorCookieMaxAge: challengeSeconds })],
  };
  await (await getMigrations(settings)).runMigrations();
  const { api, $context } = betterAuth(settings);
  const context = await $context;
  const accounts = context.internalAdapter;
  const sessionCookie = context.authCookies.sessionToken.name;
  const challengeCookie = context.createAuthCookie("two_factor").name;

  const idOf = async (email: string): Promise<string | undefined> =>
    (await accounts.findUserByEmail(email))?.user.id;
  const sessionOf = (email: string, held: StoredSession): Session => ({
    id: held.id,
    email,
    createdAt: held.createdAt.getTime(),
    expiresAt: held.expiresAt.getTime(),
    userAgent: held.userAgent ?? "",
  });
  const stored = async (email: string): Promise<(StoredSession & { token: string })[]> => {
    const id = await idOf(email);
    const list = id === undefined ? [] : await accounts.listSessions(id);
    return list.map((one) => ({ ...one, createdAt: new Date(one.createdAt) }));
  };

  return {
    async createAccount(email, password) {
      const user = await accounts.createUser(
        { email, name: email, emailVerified: true },
        { method: "email-password" },
      );
      const hash = await context.password.hash(password);
      await accounts.linkAccount({
        userId: user.id,
        providerId: "credential",
        accountId: user.id,
        password: hash,
      });
    },
    async removeAccount(email) {
      const id = await idOf(email);
      if (id === undefined) return;
      await accounts.deleteUserSessions(id);
      await context.adapter.deleteMany({ model: "twoFactor", where: [{ field: "userId", value: id }] });
      await accounts.deleteUser(id);
    },
    async signIn(email, password, client) {
      // No cookies go in: what a browser held before has no part in the new session.
      const headers = headersOf(client);
      const answer = await taken(
        api.signInEmail({ body: { email, password }, headers, returnHeaders: true }),
      );
      if (!answer) return { outcome: "refused" };
      const setCookies = answer.headers.getSetCookie();
      return "twoFactorRedirect" in answer.response
        ? { outcome: "code-needed", setCookies }
        : { outcome: "signed-in", email, setCookies };
    },
    async challenged(cookies) {
      const identifier = await signedValue(cookies, challengeCookie, secret);
      const found = identifier === undefined ? null : await accounts.findVerificationValue(identifier);
      const user = found && (await accounts.findUserById(found.value));
      return user?.email;
    },
    async verifyCode(cookies, code, client) {
      // A session of before is not asked: it would answer for another account.
      const headers = headersOf(client, without(cookies, sessionCookie));
      const body = { code };
      const verify = /^\d{6}$/.test(code)
        ? api.verifyTOTP({ body, headers, returnHeaders: true })
        : api.verifyBackupCode({ body, headers, returnHeaders: true });
      const answer = await taken(verify);
      if (!answer) return { outcome: "refused" };
      const { user } = answer.response as { user: { email: string } };
      return { outcome: "signed-in", email: user.email, setCookies: answer.headers.getSetCookie() };
    },
    async session(cookies) {
      const found = await taken(api.getSession({ headers: new Headers({ cookie: cookies }) }));
      return found ? sessionOf(found.user.email, found.session) : undefined;
    },
    async signOut(cookies) {
      const answer = await taken(
        api.signOut({ headers: new Headers({ cookie: cookies }), returnHeaders: true }),
      );
      return answer?.headers.getSetCookie() ?? [];
    },
    async sessions(email) {
      const list = (await stored(email)).map((one) => sessionOf(email, one));
      return list.sort((a, b) => b.createdAt - a.createdAt);
    },
    async endSession(email, id) {
      const found = (await stored(email)).find((one) => one.id === id);
      if (found) await accounts.deleteSession(found.token);
      return found !== undefined;
    },
    async endSessions(email) {
      for (const { token } of await stored(email)) await accounts.deleteSession(token);
    },
    async changePassword(cookies, current, next) {
      const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
      const headers = new Headers({ cookie: cookies });
      return (
        await taken(api.changePassword({ body, headers, returnHeaders: true }))
      )?.headers.getSetCookie();
    },
    async hasSecondFactor(email) {
      // The plugin's own member, which the library's type knows nothing of here.
      const found = (await accounts.findUserByEmail(email)) as {
        user: { twoFactorEnabled?: unknown };
      } | null;
      return Boolean(found?.user.twoFactorEnabled);
    },
    async enrol(cookies, password) {
      const headers = new Headers({ cookie: cookies });
      const answer = await taken(api.enableTwoFactor({ body: { password, method: "totp" }, headers }));
      if (!answer || !("totpURI" in answer)) return undefined;
      const { totpURI: uri, backupCodes } = answer as { totpURI: string; backupCodes: string[] };
      return { uri, secret: new URL(uri).searchParams.get("secret") ?? "", backupCodes };
    },
    async confirmEnrolment(cookies, code) {
      const headers = new Headers({ cookie: cookies });
      const answer = await taken(api.verifyTOTP({ body: { code }, headers, returnHeaders: true }));
      return answer?.headers.getSetCookie();
    },
    async removeSecondFactor(cookies, password) {
      const headers = new Headers({ cookie: cookies });
      const answer = await taken(api.disableTwoFactor({ body: { password }, headers, returnHeaders: true }));
      return answer?.headers.getSetCookie();
    },
  };
}

interface StoredSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly userAgent?: string | null | undefined;
}

/** What the library answered; undefined where it refused what was given. Its own failures stay what they are. */
async function taken<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const status = (error as { statusCode?: unknown }).statusCode;
    if (typeof status === "number" && status < 500) return undefined;
    throw error;
  }
}

function headersOf({ userAgent }: Client, cookies?: string): Headers {
  const headers = new Headers();
  if (userAgent !== "") headers.set("user-agent", userAgent.slice(0, maxUserAgentLength));
  if (cookies !== undefined && cookies !== "") headers.set("cookie", cookies);
  return headers;
}

/** A Cookie field without one cookie. */
function without(cookies: string, name: string): string {
  return cookies
    .split(";")
    .filter((cookie) => cookie.trim().split("=", 1)[0] !== name)
    .join(";");
}

/** The value of a cookie that the library signed: `VALUE.SIGNATURE`, HMAC-SHA256 in base64. Undefined where it is not its own. */
async function signedValue(cookies: string, name: string, secret: string): Promise<string | undefined> {
  const { createHmac, timingSafeEqual } = await import("node:crypto");
  for (const cookie of cookies.split(";")) {
    const [found, text = ""] = cookie.trim().split("=", 2);
    if (found !== name) continue;
    const [, value = "", signature = ""] = /^(.*)\.([^.]+)$/.exec(decode(text)) ?? [];
    const expected = createHmac("sha256", secret).update(value).digest();
    const given = Buffer.from(signature, "base64");
    if (given.length === expected.length && timingSafeEqual(given, expected)) return value;
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // no value of ours is malformed
  }
}
