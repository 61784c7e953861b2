// Accounts on the library as it is, in memory: passwords, second factors by RFC 6238, sessions and how they end, and bounds on guessing.
// The library's clock is the system's, so only what ours decides is moved in time.

import { createSealer } from "#store";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attemptWindowMs, maxFailuresOfAccount, maxFailuresOfAddress } from "./attempts.ts";
import { openIdentity } from "./identity.ts";
import type { Client, Identity } from "./port.ts";
import { codeOf, CookieJar, decodeBase32, nextCodeOf, quickHashing, totpCode } from "./testing.ts";

const sealer = createSealer(new Uint8Array(32).fill(3));
const email = "ada@example.org";
const password = "correct horse battery";
const client: Client = { address: "192.0.2.1", userAgent: "test" };
const refused = expect.objectContaining({ code: "sign-in-refused" });
const tooMany = expect.objectContaining({ code: "too-many-attempts" });

let later: number;
let identity: Identity;

function open(file: string = ":memory:", baseUrl: string = "http://127.0.0.1:7700"): Identity {
  return openIdentity({ file, sealer, baseUrl, now: () => Date.now() + later, hashing: quickHashing });
}

beforeEach(async () => {
  later = 0;
  identity = open();
  await identity.putAccount(email, password);
});
afterEach(() => identity.close());

async function signedIn(of: Identity = identity): Promise<CookieJar> {
  const jar = new CookieJar();
  const answer = await of.signIn(email, password, client);
  if (answer.outcome !== "signed-in") throw new Error(answer.outcome);
  jar.take(answer.setCookies);
  return jar;
}

/** Adds a second factor. @returns what an authenticator would keep, backup codes, and the cookies afterwards */
async function enrolled(): Promise<{
  secret: Uint8Array;
  backupCodes: readonly string[];
  jar: CookieJar;
  first: string;
}> {
  const jar = await signedIn();
  const { uri, secret: text, backupCodes } = await identity.enrol(String(jar), password, client);
  expect(new URL(uri)).toMatchObject({
    protocol: "otpauth:",
    host: "totp",
    pathname: "/Fairlead:ada%40example.org",
  });
  const secret = decodeBase32(text);
  const first = codeOf(secret);
  jar.take(await identity.confirmEnrolment(String(jar), first, client));
  return { secret, backupCodes, jar, first };
}

test("passwords are hashed with scrypt", async () => {
  const own = openIdentity({ file: ":memory:", sealer, baseUrl: "http://127.0.0.1:7700", now: Date.now });
  await own.putAccount(email, password);
  expect(await own.signIn(email, password, client)).toMatchObject({ outcome: "signed-in" });
  expect(await own.signIn(email, "wrong horse battery", client)).toEqual({ outcome: "refused" });
  await own.close();
});

test("RFC 6238 appendix B: the authenticator of these tests gives the codes of its table", () => {
  const secret = new TextEncoder().encode("12345678901234567890");
  for (const [seconds, code] of [
    [59, "287082"],
    [1111111109, "081804"],
    [20000000000, "353130"],
  ] as const)
    expect(totpCode(secret, seconds * 1000)).toBe(code);
  expect(new TextDecoder().decode(decodeBase32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))).toBe(
    "12345678901234567890",
  );
});

describe("sign-in", () => {
  test("gives a session by a cookie that scripts and other sites never see", async () => {
    const answer = await identity.signIn(email, password, client);
    if (answer.outcome !== "signed-in") throw new Error(answer.outcome);
    for (const field of answer.setCookies)
      expect(field).toMatch(/^fairlead-7700\..*; HttpOnly; SameSite=Strict$/);
    const jar = new CookieJar();
    jar.take(answer.setCookies);
    expect(await identity.session(String(jar))).toMatchObject({ email, userAgent: "test" });
    expect(await identity.session("")).toBeUndefined();
    const secure = open(":memory:", "https://fairlead.example:8443");
    await secure.putAccount(email, password);
    const overTls = await secure.signIn(email, password, client);
    expect(overTls).toMatchObject({
      setCookies: [expect.stringMatching(/^__Secure-fairlead-8443\..*; HttpOnly; Secure; SameSite=Strict$/)],
    });
    await secure.close();
  });

  test("is refused in the same way for a wrong password and for nobody", async () => {
    expect(await identity.signIn(email, "wrong horse battery", client)).toEqual({ outcome: "refused" });
    expect(await identity.signIn("eve@example.org", password, client)).toEqual({ outcome: "refused" });
    expect(await identity.signIn("no address", password, client)).toEqual({ outcome: "refused" });
    expect(await identity.signIn(email, "", client)).toEqual({ outcome: "refused" });
  });

  test.each([
    "",
    "a=b",
    "fairlead-7700.session_token=x.y",
    `fairlead-7700.session_token=${"x".repeat(5000)}`,
    "fairlead-7700.session_token=%",
  ])("has no session for the cookies %j", async (cookies) => {
    expect(await identity.session(cookies)).toBeUndefined();
    expect(await identity.verifyCode(cookies, "123456", client)).toEqual({ outcome: "refused" });
    await expect(identity.changePassword(cookies, password, "another long one", client)).rejects.toEqual(
      refused,
    );
    await expect(identity.enrol(cookies, password, client)).rejects.toEqual(refused);
  });

  test("makes a new session each time: one that was planted before stays what it was", async () => {
    const planted = await signedIn();
    const before = String(planted);
    const again = await identity.signIn(email, password, client);
    if (again.outcome === "signed-in") planted.take(again.setCookies);
    expect(String(planted)).not.toBe(before);
    expect(await identity.sessions(email)).toHaveLength(2);
  });

  test("is bounded for an account, also where all attempts come at once, and for an address", async () => {
    const attempts = Array.from({ length: 30 }, () => identity.signIn(email, "wrong horse battery", client));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(
      maxFailuresOfAccount,
    );
    for (let i = 0; i < maxFailuresOfAccount; i++)
      await identity.signIn(email, "wrong horse battery", client).catch(() => {});
    await expect(identity.signIn(email, password, client)).rejects.toEqual(tooMany);
    await expect(identity.signIn(email, password, { ...client, address: "192.0.2.9" })).rejects.toEqual(
      tooMany,
    );
    // Others are not locked out by it.
    expect(await identity.signIn("bob@example.org", password, client)).toEqual({ outcome: "refused" });
    later = attemptWindowMs + 1;
    expect(await identity.signIn(email, password, client)).toMatchObject({ outcome: "signed-in" });
    for (let i = 0; i < maxFailuresOfAddress; i++) await identity.signIn(`u${i}@example.org`, "", client);
    await expect(identity.signIn(email, password, client)).rejects.toEqual(tooMany);
    expect(await identity.signIn(email, password, { ...client, address: "192.0.2.9" })).toMatchObject({
      outcome: "signed-in",
    });
  });
});

describe("session", () => {
  test("ends by signing out, wherever the cookie was copied to", async () => {
    const jar = await signedIn();
    const stolen = String(jar);
    jar.take(await identity.signOut(stolen));
    expect(String(jar)).toBe("");
    expect(await identity.session(stolen)).toBeUndefined();
  });

  test("ends with a new password, except the one that changed it, which is a new one", async () => {
    const [jar, other] = [await signedIn(), await signedIn()];
    const stolen = String(jar);
    await expect(
      identity.changePassword(stolen, "wrong horse battery", "another long one", client),
    ).rejects.toEqual(refused);
    await expect(identity.changePassword(stolen, password, "short", client)).rejects.toMatchObject({
      code: "password-weak",
    });
    jar.take(await identity.changePassword(stolen, password, "another long one", client));
    expect(await identity.session(stolen)).toBeUndefined();
    expect(await identity.session(String(other))).toBeUndefined();
    expect(await identity.session(String(jar))).toMatchObject({ email });
    expect(await identity.signIn(email, password, client)).toEqual({ outcome: "refused" });
    expect(await identity.signIn(email, "another long one", client)).toMatchObject({ outcome: "signed-in" });
  });

  test("is listed and ended one by one, all at once, or with its account", async () => {
    const jars = [await signedIn(), await signedIn(), await signedIn()];
    const list = await identity.sessions(email);
    expect(list).toHaveLength(3);
    expect(await identity.endSession(email, "none")).toBe(false);
    expect(await identity.endSession("bob@example.org", list[0]?.id ?? "")).toBe(false);
    const own = await identity.session(String(jars[0]));
    expect(await identity.endSession(email, own?.id ?? "")).toBe(true);
    expect(await identity.session(String(jars[0]))).toBeUndefined();
    expect(await identity.session(String(jars[1]))).toBeDefined();
    await identity.endSessions(email);
    expect(await identity.session(String(jars[1]))).toBeUndefined();
    const jar = await signedIn();
    expect(await identity.accounts()).toEqual([email]);
    await identity.removeAccount(email);
    expect(await identity.session(String(jar))).toBeUndefined();
    expect(await identity.accounts()).toEqual([]);
    expect(await identity.signIn(email, password, client)).toEqual({ outcome: "refused" });
  });

  test("is over after a week", async () => {
    const jar = await signedIn();
    later = 7 * 86_400_000 - 10_000;
    expect(await identity.session(String(jar))).toBeDefined();
    later = 7 * 86_400_000 + 1;
    expect(await identity.session(String(jar))).toBeUndefined();
  });
});

describe("second factor", () => {
  test("is asked for after the password, and a code is good once", async () => {
    const { secret, first } = await enrolled();
    expect(await identity.hasSecondFactor(email)).toBe(true);
    const jar = new CookieJar();
    const begun = await identity.signIn(email, password, client);
    if (begun.outcome !== "code-needed") throw new Error(begun.outcome);
    jar.take(begun.setCookies);
    expect(await identity.session(String(jar))).toBeUndefined();
    // The one that confirmed the enrolment is used up (RFC 6238 section 5.2).
    expect(await identity.verifyCode(String(jar), first, client)).toEqual({ outcome: "refused" });
    const code = nextCodeOf(secret);
    expect(await identity.verifyCode(String(jar), wrong(code), client)).toEqual({ outcome: "refused" });
    const done = await identity.verifyCode(String(jar), code, client);
    expect(done).toMatchObject({ outcome: "signed-in", email });
    const stolen = String(jar);
    if (done.outcome === "signed-in") jar.take(done.setCookies);
    expect(await identity.session(String(jar))).toMatchObject({ email });
    // Neither the challenge nor the code is good again.
    expect(await identity.verifyCode(stolen, code, client)).toEqual({ outcome: "refused" });
    const again = await identity.signIn(email, password, client);
    const next = new CookieJar();
    if (again.outcome === "code-needed") next.take(again.setCookies);
    expect(await identity.verifyCode(String(next), code, client)).toEqual({ outcome: "refused" });
  });

  test("can be replaced by a backup code, each once", async () => {
    const { backupCodes } = await enrolled();
    expect(backupCodes).toHaveLength(10);
    const attempt = async (code: string): Promise<string> => {
      const begun = await identity.signIn(email, password, client);
      const jar = new CookieJar();
      if (begun.outcome === "code-needed") jar.take(begun.setCookies);
      return (await identity.verifyCode(String(jar), code, client)).outcome;
    };
    expect(await attempt(backupCodes[0] ?? "")).toBe("signed-in");
    expect(await attempt(backupCodes[0] ?? "")).toBe("refused");
    expect(await attempt(backupCodes[1] ?? "")).toBe("signed-in");
    expect(await attempt("")).toBe("refused");
  });

  test("is bounded over challenges: a guesser with the password gets no further", async () => {
    await enrolled();
    let refusals = 0;
    for (let i = 0; i < 3 * maxFailuresOfAccount; i++) {
      const begun = await identity.signIn(email, password, client);
      const jar = new CookieJar();
      if (begun.outcome === "code-needed") jar.take(begun.setCookies);
      const outcome = await identity
        .verifyCode(String(jar), "000000", client)
        .catch((error: unknown) => error);
      if ((outcome as { outcome?: string }).outcome === "refused") refusals++;
      else expect(outcome).toEqual(tooMany);
    }
    expect(refusals).toBeLessThanOrEqual(maxFailuresOfAccount);
  });

  test("that was not confirmed asks for nothing, and one that was is added once and taken away with the password", async () => {
    const jar = await signedIn();
    await expect(identity.enrol(String(jar), "wrong horse battery", client)).rejects.toEqual(refused);
    await identity.enrol(String(jar), password, client);
    await expect(identity.confirmEnrolment(String(jar), "000000", client)).rejects.toEqual(refused);
    expect(await identity.hasSecondFactor(email)).toBe(false);
    await signedIn();
    const { jar: own } = await enrolled();
    await expect(identity.enrol(String(own), password, client)).rejects.toMatchObject({
      code: "resource-exists",
    });
    await expect(identity.removeSecondFactor(String(own), "wrong horse battery", client)).rejects.toEqual(
      refused,
    );
    const before = String(own);
    own.take(await identity.removeSecondFactor(before, password, client));
    expect(await identity.session(before)).toBeUndefined();
    expect(await identity.hasSecondFactor(email)).toBe(false);
    await signedIn();
  });

  test("of another account is not answered with a session of one's own", async () => {
    await enrolled();
    await identity.putAccount("bob@example.org", password);
    const bob = await identity.signIn("bob@example.org", password, client);
    const jar = new CookieJar();
    if (bob.outcome === "signed-in") jar.take(bob.setCookies);
    const ada = await identity.signIn(email, password, client);
    if (ada.outcome === "code-needed") jar.take(ada.setCookies);
    expect(await identity.verifyCode(String(jar), "000000", client)).toEqual({ outcome: "refused" });
  });

  test("goes with a new account of the same address", async () => {
    const { jar } = await enrolled();
    await identity.putAccount(email, password);
    expect(await identity.session(String(jar))).toBeUndefined();
    expect(await identity.hasSecondFactor(email)).toBe(false);
    await signedIn();
  });
});

function wrong(code: string): string {
  return code === "123456" ? "654321" : "123456";
}

test.each([
  ["new@example.org", "short", "fewer than 12"],
  ["new@example.org", "aaaaaaaaaaaaaaaa", "too few different"],
  ["new@example.org", "x".repeat(10) + "y".repeat(300), "more than 256"],
  ["new@example.org", "my New@example.org pass", "e-mail"],
])("for %s a password like %j is refused", async (of, weak, why) => {
  await expect(identity.putAccount(of, weak)).rejects.toMatchObject({
    code: "password-weak",
    message: expect.stringContaining(why),
  });
  expect(await identity.accounts()).toEqual([email]);
});

describe("one-time links", () => {
  const wanted = { kind: "invitation", email: "bob@example.org", role: "operator", by: "user:ada" } as const;

  test("are good once, for their time, and until there is a newer one", () => {
    const { links } = identity;
    const first = links.make(wanted, 1000);
    expect(first.token).toMatch(/^[\w-]{43}$/);
    const { token } = links.make(wanted, 1000);
    expect(links.look(first.token)).toBeUndefined();
    expect(links.look(token)).toMatchObject(wanted);
    expect(links.list()).toEqual([links.look(token)]);
    expect(links.take(token)).toMatchObject(wanted);
    expect(links.take(token)).toBeUndefined();
    const short = links.make(wanted, 1000);
    later = 1001;
    expect([links.look(short.token), links.take(short.token), links.list()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    for (const text of ["", "x", first.id, "'; DROP TABLE one_time_link; --"])
      expect(links.take(text)).toBeUndefined();
  });

  test("can be put back and taken away", () => {
    const { links } = identity;
    const { token, id } = links.make(wanted, 1000);
    const link = links.take(token);
    if (link) links.restore(token, link);
    expect(links.look(token)).toEqual(link);
    expect(links.remove("")).toBe(false);
    expect(links.remove(id)).toBe(true);
    expect(links.look(token)).toBeUndefined();
  });

  test("one of two that open it at once gets it", async () => {
    const { token } = identity.links.make(wanted, 1000);
    const taken = await Promise.all([1, 2, 3].map(async () => Promise.resolve(identity.links.take(token))));
    expect(taken.filter((link) => link !== undefined)).toHaveLength(1);
  });
});

describe("file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fairlead-identity-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = (): string => join(folder, "identity.sqlite");

  test("keeps accounts and sessions, and neither tokens, codes nor passwords in clear", async () => {
    const first = open(file());
    expect(await first.accounts()).toEqual([]);
    await first.putAccount(email, password);
    const jar = await signedIn(first);
    const enrolment = await first.enrol(String(jar), password, client);
    const { token } = first.links.make({ kind: "setup", role: "owner", by: "x" }, 1000);
    const written = (): string =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), "latin1"))
        .join();
    const session = decodeURIComponent(String(jar).split("=")[1] ?? "").split(".")[0] ?? "";
    expect(session).toMatch(/^\w{32}$/);
    const secrets = [session, enrolment.secret, ...enrolment.backupCodes, password, token];
    expect(written()).toContain(email);
    for (const secret of secrets) expect(written()).not.toContain(secret);
    await first.close();
    const second = open(file());
    expect(await second.accounts()).toEqual([email]);
    expect(await second.session(String(jar))).toMatchObject({ email });
    for (const secret of secrets) expect(written()).not.toContain(secret);
    await second.close();
    const other = openIdentity({
      file: file(),
      sealer: createSealer(new Uint8Array(32)),
      baseUrl: "http://127.0.0.1:7700",
      now: Date.now,
    });
    expect(await other.session(String(jar))).toBeUndefined();
    await other.close();
  });

  test("that is damaged, or of a newer program, is refused and left as it is", async () => {
    writeFileSync(file(), "nothing of ours".repeat(200));
    expect(() => open(file())).toThrow(expect.objectContaining({ code: "data-damaged" }));
    rmSync(file());
    const database = new DatabaseSync(file());
    database.exec("PRAGMA user_version=99");
    database.close();
    expect(() => open(file())).toThrow(expect.objectContaining({ code: "data-newer" }));
  });
});
