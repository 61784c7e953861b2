// Routes of people: signing in and out, the asker's own sessions, password and second factor, one-time links. The first two want no key:
// they are how one comes by a session.

import type { z } from "@hono/zod-openapi";
import { PlatformError } from "#contract";
import {
  codeBody,
  enrolment,
  inviteBody,
  linkAnswer,
  linkList,
  passwordBody,
  secondFactorState,
  sessionList,
  setupState,
  signInAnswer,
  signInBody,
  withPasswordBody,
} from "#contract";
import type { Client, SignInOutcome } from "#identity";
import type { Context } from "hono";
import { deny } from "../access/authorise.ts";
import type { PersonalLink } from "../access/people.ts";
import type { ControlCore } from "../control.ts";
import { isoTime } from "../views.ts";
import type { ApiEnvironment } from "./guard.ts";
import { qrPath } from "./qr-code.ts";
import { declare, type Api } from "./routes.ts";

/** Declares the routes of people. */
export function declareSessionRoutes(api: Api, core: ControlCore): void {
  declareSignIn(api, core);
  declareOwn(api, core);
  declareOthers(api, core);
  declareSecondFactor(api, core);
  declareLinks(api, core);
}

function declareSignIn(api: Api, { people }: ControlCore): void {
  declare(
    api,
    {
      method: "post",
      path: "/v1/session",
      summary: "Sign in with e-mail address and password; the session is a cookie",
      access: "nobody",
      body: signInBody,
      answer: signInAnswer,
    },
    async ({ body }, c) => answerSignIn(c, await people.signIn(body.email, body.password, clientOf(c))),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/session/code",
      summary: "The second step, where one is needed: a code of the authenticator, or a backup code",
      access: "nobody",
      body: codeBody,
      answer: signInAnswer,
    },
    async ({ body }, c) => answerSignIn(c, await people.verifyCode(cookiesOf(c), body.code, clientOf(c))),
  );
  declare(
    api,
    { method: "delete", path: "/v1/session", summary: "Sign out", access: "anybody", answer: signInAnswer },
    async (_, c) => {
      setCookies(c, await people.identity.signOut(cookiesOf(c)));
      return { outcome: "signed-out" as const };
    },
  );
}

function declareOwn(api: Api, { people }: ControlCore): void {
  const { identity } = people;
  declare(
    api,
    { method: "get", path: "/v1/me/sessions", summary: "The asker's own sessions", answer: sessionList },
    async (_, c) => {
      const { email, sessionId } = ownSession(c);
      return { sessions: viewSessions(await identity.sessions(email), sessionId) };
    },
  );
  declare(
    api,
    {
      method: "delete",
      path: "/v1/me/sessions/{id}",
      summary: "End one of the asker's own sessions",
      access: "anybody",
      answer: signInAnswer,
    },
    async ({ params }, c) => {
      if (!(await identity.endSession(ownSession(c).email, params["id"] ?? "")))
        throw new PlatformError("not-found", `Cannot end session "${params["id"]}": there is none`);
      return { outcome: "signed-out" as const };
    },
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/me/password",
      summary: "Change the asker's password; all other sessions end",
      access: "anybody",
      body: passwordBody,
      answer: signInAnswer,
    },
    async ({ body }, c) => {
      ownSession(c);
      setCookies(c, await identity.changePassword(cookiesOf(c), body.current, body.next, clientOf(c)));
      return { outcome: "signed-in" as const };
    },
  );
}

function declareOthers(api: Api, { people: { identity } }: ControlCore): void {
  const path = "/v1/users/{email}/sessions";
  declare(
    api,
    { method: "get", path, summary: "The sessions of a user", access: "owner", answer: sessionList },
    async ({ params }, c) => ({
      sessions: viewSessions(
        await identity.sessions((params["email"] ?? "").toLowerCase()),
        c.get("principal").sessionId,
      ),
    }),
  );
  declare(
    api,
    {
      method: "delete",
      path: `${path}/{id}`,
      summary: "End a session of a user",
      access: "owner",
      answer: signInAnswer,
    },
    async ({ params: { email = "", id = "" } }) => {
      if (!(await identity.endSession(email.toLowerCase(), id)))
        throw new PlatformError("not-found", `Cannot end session "${id}": there is none`);
      return { outcome: "signed-out" as const };
    },
  );
}

function viewSessions(
  sessions: Awaited<ReturnType<ControlCore["people"]["identity"]["sessions"]>>,
  current: string | undefined,
): z.infer<typeof sessionList>["sessions"] {
  return sessions.map(({ id, createdAt, expiresAt, userAgent }) => ({
    id,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    userAgent,
    isCurrent: id === current,
  }));
}

function declareSecondFactor(api: Api, { people: { identity } }: ControlCore): void {
  const path = "/v1/me/second-factor";
  declare(
    api,
    { method: "get", path, summary: "Whether the asker has a second factor", answer: secondFactorState },
    async (_, c) => ({ isEnabled: await identity.hasSecondFactor(ownSession(c).email) }),
  );
  declare(
    api,
    {
      method: "post",
      path,
      summary: "Begin to add a second factor (TOTP, RFC 6238); the key and backup codes are shown this once",
      access: "anybody",
      body: withPasswordBody,
      answer: enrolment,
    },
    async ({ body }, c) => {
      ownSession(c);
      const { uri, secret, backupCodes } = await identity.enrol(cookiesOf(c), body.password, clientOf(c));
      const picture = qrPath(uri);
      return { uri, ...(picture ? { picture: { ...picture } } : {}), secret, backupCodes: [...backupCodes] };
    },
  );
  declare(
    api,
    {
      method: "put",
      path,
      summary: "Confirm the second factor with a first code",
      access: "anybody",
      body: codeBody,
      answer: secondFactorState,
    },
    async ({ body }, c) => {
      ownSession(c);
      setCookies(c, await identity.confirmEnrolment(cookiesOf(c), body.code, clientOf(c)));
      return { isEnabled: true };
    },
  );
  declare(
    api,
    {
      method: "post",
      path: `${path}/removal`,
      summary: "Take the second factor away",
      access: "anybody",
      body: withPasswordBody,
      answer: secondFactorState,
    },
    async ({ body }, c) => {
      ownSession(c);
      setCookies(c, await identity.removeSecondFactor(cookiesOf(c), body.password, clientOf(c)));
      return { isEnabled: false };
    },
  );
}

function declareLinks(api: Api, { people }: ControlCore): void {
  const { links } = people.identity;
  declare(
    api,
    {
      method: "get",
      path: "/v1/setup",
      summary: "Whether there is an owner",
      access: "owner",
      answer: setupState,
    },
    async () => ({ needsOwner: await people.needsOwner() }),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/setup",
      summary: "A one-time link for the first owner",
      access: "owner",
      answer: linkAnswer,
    },
    async (_, c) => viewLink(await people.setupLink(c.get("principal"))),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/invitations",
      summary: "One-time links that were not used yet",
      access: "owner",
      answer: linkList,
    },
    () => ({
      links: links.list().map(({ id, kind, email, role, by, expiresAt }) => ({
        id,
        kind,
        ...(email === undefined ? {} : { email }),
        role,
        by,
        expiresAt: isoTime(expiresAt),
      })),
    }),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/invitations",
      summary: "Invite a user: a one-time link to choose a password with",
      access: "owner",
      body: inviteBody,
      answer: linkAnswer,
    },
    ({ body }, c) => viewLink(people.invite(body.email.toLowerCase(), body.role, c.get("principal"))),
  );
  declare(
    api,
    {
      method: "delete",
      path: "/v1/invitations/{id}",
      summary: "End a one-time link",
      access: "owner",
      answer: linkList,
    },
    ({ params }) => {
      if (!links.remove(params["id"] ?? ""))
        throw new PlatformError("not-found", `Cannot end link "${params["id"]}": there is none`);
      return { links: [] };
    },
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/users/{email}/reset",
      summary: "A one-time link for a new password; the second factor goes with the old one",
      access: "owner",
      answer: linkAnswer,
    },
    ({ params }, c) => viewLink(people.reset((params["email"] ?? "").toLowerCase(), c.get("principal"))),
  );
}

function viewLink({ id, url, expiresAt }: PersonalLink): { id: string; url: string; expiresAt: string } {
  return { id, url, expiresAt: isoTime(expiresAt) };
}

/** Turns what came of a sign-in into an answer. Throws `sign-in-refused`. */
function answerSignIn(c: Context, answer: SignInOutcome): { outcome: "signed-in" | "code-needed" } {
  if (answer.outcome === "refused")
    throw new PlatformError(
      "sign-in-refused",
      "Cannot sign in: e-mail address, password or code are not right",
    );
  setCookies(c, answer.setCookies);
  return { outcome: answer.outcome };
}

/** The person whose session a request is of. Throws `access-denied` for a key. */
function ownSession(c: Context<ApiEnvironment>): { email: string; sessionId: string } {
  const principal = c.get("principal");
  const { user, sessionId } = principal;
  if (user === undefined || sessionId === undefined)
    deny(principal, "do that", "it is for people in a session");
  return { email: user, sessionId };
}

/** The Cookie field. */
export function cookiesOf(c: Context): string {
  return c.req.header("cookie") ?? "";
}

/** Adds Set-Cookie fields. */
export function setCookies(c: Context, fields: readonly string[]): void {
  for (const field of fields) c.header("set-cookie", field, { append: true });
}

/** Whom a request comes from. */
export function clientOf(c: Context): Client {
  // What the server of Node's puts there; absent where a request is made without one.
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return { address: incoming?.socket?.remoteAddress ?? "", userAgent: c.req.header("user-agent") ?? "" };
}
