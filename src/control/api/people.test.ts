// People: how one becomes a user, signs in, and ends; by the JSON routes, with cookies as a browser sends them.

import { codeOf, CookieJar, decodeBase32, nextCodeOf } from "#identity/testing";
import type { Change, ErrorBody, LinkAnswer, Me, MintedKey, User, WriteAnswer } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
const origin = "http://127.0.0.1:7700";
const password = "correct horse battery";

beforeEach(api.start);

/** A browser: keeps cookies, sends its origin, and forms or JSON. */
class Browser {
  readonly jar: CookieJar = new CookieJar();

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const isForm = body instanceof URLSearchParams;
    const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
    const response = await api.control.fetch(
      new Request(`${origin}${path}`, {
        method,
        headers: {
          host: "127.0.0.1:7700",
          cookie: String(this.jar),
          ...(method === "GET" ? {} : { origin }),
          ...(body === undefined ? {} : { "content-type": type }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isForm ? String(body) : JSON.stringify(body) }),
      }),
    );
    this.jar.take(response.headers.getSetCookie());
    return response;
  }

  form(path: string, fields: Record<string, string>): Promise<Response> {
    return this.send("POST", path, new URLSearchParams(fields));
  }

  async code(method: string, path: string, body?: unknown): Promise<string> {
    const response = await this.send(method, path, body);
    return response.ok ? "ok" : ((await response.json()) as ErrorBody).code;
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, body);
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  }
}

const tokenOf = ({ url }: LinkAnswer): string => new URL(url).searchParams.get("token") ?? "";

/** Makes the first owner. */
async function owner(email: string = "ada@example.org"): Promise<Browser> {
  const browser = new Browser();
  const token = tokenOf(await json("POST", "/v1/setup", {}));
  expect((await browser.form("/setup", { token, email, password })).status).toBe(303);
  return browser;
}

/** Invites somebody and lets them in. */
async function invited(email: string, role: string): Promise<Browser> {
  const browser = new Browser();
  const token = tokenOf(await json("POST", "/v1/invitations", { email, role }));
  expect((await browser.form("/setup", { token, email: "ignored@example.org", password })).status).toBe(303);
  return browser;
}

describe("the first owner", () => {
  test("comes about by a link that is good once, and the history says so", async () => {
    expect(await json("GET", "/v1/setup")).toEqual({ needsOwner: true });
    const browser = await owner("Ada@Example.org");
    expect(await browser.json<Me>("GET", "/v1/me")).toEqual({
      kind: "user",
      name: "ada@example.org",
      actor: "user:ada@example.org",
      role: "owner",
      user: "ada@example.org",
    });
    expect(await json("GET", "/v1/setup")).toEqual({ needsOwner: false });
    expect(await refused("POST", "/v1/setup", {})).toMatchObject({ code: "resource-exists" });
    const { changes } = await browser.json<{ changes: Change[] }>("GET", "/v1/changes?limit=1");
    expect(changes).toMatchObject([
      { actor: "user:ada@example.org", title: "Create user ada@example.org as owner" },
    ]);
    await browser.json("POST", "/v1/domains", { name: "own.test" });
    const later = await browser.json<{ changes: Change[] }>("GET", "/v1/changes?limit=1");
    expect(later.changes).toMatchObject([{ actor: "user:ada@example.org", title: "Register own.test" }]);
  });

  test("is one of those who open the link at once", async () => {
    const token = tokenOf(await json("POST", "/v1/setup", {}));
    const browsers = Array.from({ length: 5 }, () => new Browser());
    const statuses = await Promise.all(
      browsers.map(
        async (browser, i) =>
          (await browser.form("/setup", { token, email: `u${i}@example.org`, password })).status,
      ),
    );
    expect(statuses.sort((a, b) => a - b)).toEqual([303, 404, 404, 404, 404]);
    expect((await json<{ users: User[] }>("GET", "/v1/users")).users).toHaveLength(1);
  });

  test("comes by no link that is older, used, expired, made up, or opened from elsewhere", async () => {
    const browser = new Browser();
    const old = tokenOf(await json("POST", "/v1/setup", {}));
    const token = tokenOf(await json("POST", "/v1/setup", {}));
    for (const wrong of [old, "", "x", `${token}x`, token.slice(1)]) {
      expect((await browser.send("GET", `/setup?token=${wrong}`)).status).toBe(404);
      expect(
        (await browser.form("/setup", { token: wrong, email: "eve@example.org", password })).status,
      ).toBe(404);
    }
    const fields = new URLSearchParams({ token, email: "eve@example.org", password });
    for (const headers of [
      { host: "rebound.example:7700" },
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "http://127.0.0.1:9999" },
    ]) {
      expect((await browser.send("POST", "/setup", fields, headers)).status).toBe(403);
    }
    expect(
      (await browser.send("GET", `/setup?token=${token}`, undefined, { host: "rebound.example:7700" }))
        .status,
    ).toBe(403);
    expect((await browser.send("POST", "/setup", { token, email: "eve@example.org", password })).status).toBe(
      400,
    );
    api.time.advance(3_600_001);
    expect((await browser.form("/setup", { token, email: "eve@example.org", password })).status).toBe(404);
    expect((await json<{ users: User[] }>("GET", "/v1/users")).users).toEqual([]);
  });

  test("may try again with a better password or address: the link is as good as before", async () => {
    const browser = new Browser();
    const token = tokenOf(await json("POST", "/v1/setup", {}));
    const weak = await browser.form("/setup", { token, email: "ada@example.org", password: "short" });
    expect([weak.status, await weak.text()]).toEqual([
      400,
      expect.stringContaining("fewer than 12 characters"),
    ]);
    expect((await browser.form("/setup", { token, email: "ada", password })).status).toBe(400);
    expect((await browser.form("/setup", { token, email: "ada@example.org", password })).status).toBe(303);
  });

  test("cannot be demoted, disabled or removed while there is no other, by nobody", async () => {
    const browser = await owner();
    await invited("bob@example.org", "operator");
    for (const body of [{ role: "viewer" }, { isDisabled: true }])
      expect(await browser.code("PUT", "/v1/users/ada@example.org", body)).toBe("last-owner");
    expect(await browser.code("DELETE", "/v1/users/ada@example.org")).toBe("last-owner");
    expect(await refused("DELETE", "/v1/users/ADA@example.org")).toMatchObject({ code: "last-owner" });
    expect(await browser.code("PUT", "/v1/users/bob@example.org", { role: "owner" })).toBe("ok");
    expect(await browser.code("PUT", "/v1/users/ada@example.org", { role: "viewer" })).toBe("ok");
    expect(await browser.code("PUT", "/v1/users/bob@example.org", { role: "viewer" })).toBe("access-denied");
    expect((await browser.json<Me>("GET", "/v1/me")).role).toBe("viewer");
  });
});

describe("users", () => {
  test.each([
    ["viewer", "access-denied", "access-denied"],
    ["operator", "ok", "access-denied"],
    ["owner", "ok", "ok"],
  ])("a %s who was invited: writes %s, invites %s", async (role, writes, invites) => {
    const browser = await invited("bob@example.org", role);
    expect((await browser.json<Me>("GET", "/v1/me")).name).toBe("bob@example.org");
    expect(await browser.code("GET", "/v1/status")).toBe("ok");
    expect(await browser.code("POST", "/v1/domains", { name: "bob.test" })).toBe(writes);
    for (const [method, path, body] of [
      ["POST", "/v1/invitations", { email: "eve@example.org", role: "owner" }],
      ["GET", "/v1/invitations", undefined],
      ["GET", "/v1/users", undefined],
      ["POST", "/v1/users/bob@example.org/reset", {}],
    ] as const)
      expect(await browser.code(method, path, body), path).toBe(invites);
  });

  test("are invited once an address, by links that can be ended", async () => {
    await owner();
    await invited("bob@example.org", "viewer");
    expect(
      await refused("POST", "/v1/invitations", { email: "Bob@example.org", role: "owner" }),
    ).toMatchObject({ code: "resource-exists" });
    const link = await json<LinkAnswer>("POST", "/v1/invitations", {
      email: "eve@example.org",
      role: "owner",
    });
    const { links } = await json<{ links: { id: string; email: string }[] }>("GET", "/v1/invitations");
    expect(links).toMatchObject([{ id: link.id, email: "eve@example.org", by: "first" }]);
    expect(JSON.stringify(links)).not.toContain(tokenOf(link));
    await json("DELETE", `/v1/invitations/${link.id}`);
    expect(
      (await new Browser().form("/setup", { token: tokenOf(link), email: "eve@example.org", password }))
        .status,
    ).toBe(404);
  });

  test("who are disabled or removed have no session, no key and no way in from that moment", async () => {
    const ada = await owner();
    for (const end of ["disable", "remove"]) {
      const bob = await invited(`${end}@example.org`, "operator");
      const { accessKey } = await bob.json<WriteAnswer>("POST", "/v1/keys", { name: "laptop" });
      const byKey = async (): Promise<number> =>
        (await api.callAs(`Bearer ${(accessKey as MintedKey).secret}`, "GET", "/v1/me")).status;
      expect(await byKey()).toBe(200);
      const path = `/v1/users/${end}@example.org`;
      await ada.json(
        end === "disable" ? "PUT" : "DELETE",
        path,
        end === "disable" ? { isDisabled: true } : undefined,
      );
      expect(await byKey()).toBe(401);
      expect(await bob.code("GET", "/v1/me")).toBe("key-missing");
      expect(await bob.code("POST", "/v1/session", { email: `${end}@example.org`, password })).toBe(
        "sign-in-refused",
      );
      if (end === "remove") continue;
      // Enabled again, the key is good, and the session of before is not.
      await ada.json("PUT", path, { isDisabled: false });
      expect(await byKey()).toBe(200);
      expect(await bob.code("GET", "/v1/me")).toBe("key-missing");
      expect(await bob.code("POST", "/v1/session", { email: `${end}@example.org`, password })).toBe("ok");
    }
    const { keys } = await json<{ keys: { user: string }[] }>("GET", "/v1/keys");
    expect(keys.map(({ user }) => user)).toEqual(["disable@example.org"]);
  });

  test("have sessions that an owner sees and ends, and nobody else", async () => {
    const ada = await owner();
    const bob = await invited("bob@example.org", "operator");
    type Sessions = { sessions: { id: string; isCurrent: boolean }[] };
    const { sessions } = await ada.json<Sessions>("GET", "/v1/users/Bob@example.org/sessions");
    expect(sessions).toMatchObject([{ isCurrent: false }]);
    expect(await bob.code("GET", "/v1/users/ada@example.org/sessions")).toBe("access-denied");
    const path = `/v1/users/bob@example.org/sessions/${sessions[0]?.id}`;
    expect(await bob.code("DELETE", path)).toBe("access-denied");
    expect(await ada.code("DELETE", path)).toBe("ok");
    expect(await ada.code("DELETE", path)).toBe("not-found");
    expect(await bob.code("GET", "/v1/me")).toBe("key-missing");
    expect(await ada.json<Sessions>("GET", "/v1/users/ada@example.org/sessions")).toMatchObject({
      sessions: [{ isCurrent: true }],
    });
  });

  test("make keys of their own, at most as strong as they are by then", async () => {
    const ada = await owner();
    const bob = await invited("bob@example.org", "operator");
    const { accessKey } = await bob.json<WriteAnswer>("POST", "/v1/keys", { name: "laptop" });
    const byKey = async (method: string, path: string, body?: unknown): Promise<number> =>
      (await api.callAs(`Bearer ${(accessKey as MintedKey).secret}`, method, path, body)).status;
    expect(await byKey("POST", "/v1/domains", { name: "k.test" })).toBe(200);
    const { changes } = await json<{ changes: Change[] }>("GET", "/v1/changes?limit=1");
    expect(changes).toMatchObject([{ actor: "key:laptop (bob@example.org)" }]);
    await ada.json("PUT", "/v1/users/bob@example.org", { role: "viewer" });
    expect(await byKey("POST", "/v1/domains", { name: "l.test" })).toBe(403);
    expect(await byKey("GET", "/v1/status")).toBe(200);
    expect(await bob.code("DELETE", `/v1/keys/${accessKey?.id}`)).toBe("access-denied");
    expect(await ada.code("DELETE", `/v1/keys/${accessKey?.id}`)).toBe("ok");
  });

  test("who lost their password get a new one by a link, and lose their second factor and sessions", async () => {
    await owner();
    const bob = await invited("bob@example.org", "operator");
    await secondFactor(bob);
    expect(await refused("POST", "/v1/users/nobody@example.org/reset", {})).toMatchObject({
      code: "resource-not-found",
    });
    const token = tokenOf(await json("POST", "/v1/users/bob@example.org/reset", {}));
    const other = new Browser();
    expect((await other.form("/setup", { token, email: "", password: "another long one" })).status).toBe(303);
    expect(await bob.code("GET", "/v1/me")).toBe("key-missing");
    expect((await other.json<Me>("GET", "/v1/me")).role).toBe("operator");
    expect(await other.json("GET", "/v1/me/second-factor")).toEqual({ isEnabled: false });
    expect(await bob.code("POST", "/v1/session", { email: "bob@example.org", password })).toBe(
      "sign-in-refused",
    );
  });
});

/** Adds a second factor. @returns its key */
async function secondFactor(browser: Browser): Promise<Uint8Array> {
  const { secret: text } = await browser.json<{ secret: string }>("POST", "/v1/me/second-factor", {
    password,
  });
  const secret = decodeBase32(text);
  await browser.json("PUT", "/v1/me/second-factor", { code: codeOf(secret) });
  return secret;
}

describe("session", () => {
  test("takes two steps where there is a second factor", async () => {
    const browser = await owner();
    const secret = await secondFactor(browser);
    await browser.json("DELETE", "/v1/session");
    expect(await browser.code("GET", "/v1/me")).toBe("key-missing");
    expect(await browser.json("POST", "/v1/session", { email: "ada@example.org", password })).toEqual({
      outcome: "code-needed",
    });
    expect(await browser.code("GET", "/v1/me")).toBe("key-missing");
    expect(await browser.code("POST", "/v1/session/code", { code: "000000" })).toBe("sign-in-refused");
    expect(await browser.json("POST", "/v1/session/code", { code: nextCodeOf(secret) })).toEqual({
      outcome: "signed-in",
    });
    expect(await browser.code("GET", "/v1/me")).toBe("ok");
  });

  test("writes only with the platform's own Origin, which a page elsewhere cannot send", async () => {
    const browser = await owner();
    const body = { name: "x.test" };
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "http://127.0.0.1:8080" },
    ]) {
      expect((await browser.send("POST", "/v1/domains", body, headers)).status).toBe(403);
    }
    const bare = await api.control.fetch(
      new Request(`${origin}/v1/domains`, {
        method: "POST",
        headers: { host: "127.0.0.1:7700", cookie: String(browser.jar), "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    expect([bare.status, ((await bare.json()) as ErrorBody).code]).toEqual([403, "host-refused"]);
    expect(await browser.code("POST", "/v1/domains", body)).toBe("ok");
    // With a key, what a browser adds by itself counts for nothing.
    expect(
      (await browser.send("GET", "/v1/me", undefined, { authorization: "Bearer nonsense" })).status,
    ).toBe(401);
  });

  test("is listed, ended from another, and ends with a changed password", async () => {
    const browser = await owner();
    const other = new Browser();
    await other.json("POST", "/v1/session", { email: "ADA@example.org", password });
    const { sessions } = await browser.json<{ sessions: { id: string; isCurrent: boolean }[] }>(
      "GET",
      "/v1/me/sessions",
    );
    expect(sessions.map(({ isCurrent }) => String(isCurrent)).sort()).toEqual(["false", "true"]);
    const theirs = sessions.find(({ isCurrent }) => !isCurrent)?.id;
    expect(await browser.code("DELETE", `/v1/me/sessions/${theirs}`)).toBe("ok");
    expect(await other.code("GET", "/v1/me")).toBe("key-missing");
    await other.json("POST", "/v1/session", { email: "ada@example.org", password });
    const stolen = String(browser.jar);
    await browser.json("POST", "/v1/me/password", { current: password, next: "another long one" });
    for (const cookie of [stolen, String(other.jar)])
      expect((await new Browser().send("GET", "/v1/me", undefined, { cookie })).status).toBe(401);
    expect(await browser.code("GET", "/v1/me")).toBe("ok");
  });

  test("is no key's to have, and needs none to begin", async () => {
    expect(await refused("GET", "/v1/me/sessions")).toMatchObject({ code: "access-denied" });
    expect(await refused("POST", "/v1/me/second-factor", { password })).toMatchObject({
      code: "access-denied",
    });
    const browser = new Browser();
    expect(await browser.code("POST", "/v1/session", { email: "ada@example.org", password })).toBe(
      "sign-in-refused",
    );
    expect(await browser.code("GET", "/v1/session")).toBe("key-missing");
    expect((await browser.send("POST", "/v1/session", undefined, { host: "rebound.example" })).status).toBe(
      403,
    );
  });

  test("is guessed at a bounded rate, and the answer says until when", async () => {
    await owner();
    const browser = new Browser();
    const outcomes: string[] = [];
    for (let i = 0; i < 14; i++)
      outcomes.push(
        await browser.code("POST", "/v1/session", {
          email: "ada@example.org",
          password: "wrong horse battery",
        }),
      );
    expect(new Set(outcomes)).toEqual(new Set(["sign-in-refused", "too-many-attempts"]));
    expect(outcomes.filter((code) => code === "sign-in-refused")).toHaveLength(10);
    expect(await browser.code("POST", "/v1/session", { email: "ada@example.org", password })).toBe(
      "too-many-attempts",
    );
  });

  test("an account that a crash left without its user opens nothing, and is swept away", async () => {
    const { identity } = api;
    await identity.putAccount("ghost@example.org", password);
    const browser = new Browser();
    expect(await browser.code("POST", "/v1/session", { email: "ghost@example.org", password })).toBe(
      "sign-in-refused",
    );
    await api.restart();
    expect(await identity.accounts()).toEqual([]);
  });
});

describe("pages", () => {
  test("lead through setup, second factor, sign-out and sign-in without any script", async () => {
    const browser = new Browser();
    expect((await browser.send("GET", "/")).headers.get("location")).toBe("/sign-in");
    const token = tokenOf(await json("POST", "/v1/setup", {}));
    const form = await browser.send("GET", `/setup?token=${token}`);
    expect(form.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'.*frame-ancestors 'none'/,
    );
    expect(form.headers.get("cache-control")).toBe("no-store");
    expect(await form.text()).not.toMatch(/<script|\son\w+=|style=/);
    expect(
      (await browser.form("/setup", { token, email: "ada@example.org", password })).headers.get("location"),
    ).toBe("/account?new=1");
    expect(await (await browser.send("GET", "/account?new=1")).text()).toContain("Your account is ready");
    const enrolment = await (await browser.form("/account/second-factor", { password })).text();
    const key = /class="key">([A-Z2-7 ]+)</.exec(enrolment)?.[1]?.replaceAll(" ", "") ?? "";
    const secret = decodeBase32(key);
    expect(enrolment).toContain("<svg");
    const confirmed = await browser.form("/account/second-factor/confirm", {
      code: codeOf(secret).replace(/(...)/, "$1 "),
    });
    expect(confirmed.headers.get("location")).toBe("/account?done=added");
    expect((await browser.form("/sign-out", {})).headers.get("location")).toBe("/sign-in");
    expect((await browser.send("GET", "/account")).headers.get("location")).toBe("/sign-in");
    const wrong = await browser.form("/sign-in", { email: "ada@example.org", password: "wrong" });
    expect([wrong.status, await wrong.text()]).toEqual([401, expect.stringContaining("is not right")]);
    expect(
      (await browser.form("/sign-in", { email: "ada@example.org", password })).headers.get("location"),
    ).toBe("/sign-in/code");
    expect((await browser.form("/sign-in/code", { code: "000000" })).status).toBe(401);
    expect((await browser.form("/sign-in/code", { code: nextCodeOf(secret) })).headers.get("location")).toBe(
      "/account",
    );
    expect((await browser.form("/account/second-factor/remove", { password: "wrong" })).status).toBe(401);
    expect((await browser.form("/account/second-factor/remove", { password })).headers.get("location")).toBe(
      "/account?done=removed",
    );
    expect((await browser.form("/account/password", { current: password, password: "short" })).status).toBe(
      400,
    );
    expect(
      (
        await browser.form("/account/password", { current: password, password: "another long one" })
      ).headers.get("location"),
    ).toBe("/account?done=password");
    expect((await browser.send("GET", "/page.css")).headers.get("content-type")).toContain("text/css");
  });

  test("show what they are given as text", async () => {
    const browser = new Browser();
    const token = tokenOf(await json("POST", "/v1/setup", {}));
    const shown = await (
      await browser.form("/setup", { token, email: `"><script>alert(1)</script>`, password })
    ).text();
    expect(shown).not.toContain("<script>");
    expect(shown).toContain("&lt;script&gt;");
    const signIn = await (
      await browser.form("/sign-in", { email: `"><img src=x onerror=alert(1)>`, password })
    ).text();
    expect(signIn).not.toContain("<img");
    await browser.form("/setup", { token, email: "ada@example.org", password });
    await browser.send(
      "POST",
      "/v1/session",
      { email: "ada@example.org", password },
      { "user-agent": "<b>browser</b>" },
    );
    expect(await (await browser.send("GET", "/account")).text()).toContain("&lt;b&gt;browser&lt;/b&gt;");
  });

  test("refuse forms from elsewhere, of another type, and too large ones", async () => {
    const browser = await owner();
    const fields = new URLSearchParams({ current: password, password: "another long one" });
    expect(
      (await browser.send("POST", "/account/password", fields, { origin: "http://evil.example" })).status,
    ).toBe(403);
    expect(
      (await browser.send("POST", "/account/password", fields, { "content-type": "text/plain" })).status,
    ).toBe(400);
    expect(
      (await browser.form("/account/password", { current: password, password: "x".repeat(40_000) })).status,
    ).toBe(413);
    expect((await browser.send("GET", "/account", undefined, { host: "rebound.example" })).status).toBe(403);
    expect((await browser.send("GET", "/account/nothing")).status).toBe(404);
    expect(
      (
        await new Browser().form("/account/password", { current: password, password: "another long one" })
      ).headers.get("location"),
    ).toBe("/sign-in");
    expect(await browser.code("GET", "/v1/me")).toBe("ok");
  });
});
