// Pages for people: what a one-time link opens, the sign-in, and one's own account. Forms and whole pages, no script; the console
// (console.ts) is another matter. Host and Origin are looked at as for the API, and a form is taken from the platform's own pages only.

import { PlatformError } from "#contract";
import { email as emailSchema } from "#contract";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Principal } from "../access/principal.ts";
import type { ControlCore } from "../control.ts";
import { requireOwnPlace } from "./guard.ts";
import {
  accountPage,
  codePage,
  enrolmentPage,
  failurePage,
  setupPage,
  signInPage,
  spentLinkPage,
  type Markup,
  type Told,
} from "./page-parts.ts";
import { pageStyle } from "./page-style.ts";
import { clientOf, cookiesOf, setCookies } from "./session-routes.ts";

/** Largest form, in octets. */
const maxFormOctets = 16_384;

/** No script, no frame, nothing from elsewhere, forms to this origin only. */
const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not no-referrer: with that, browsers send forms with the Origin "null".
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Tells whether a path is a page's. */
export function isPage(path: string): boolean {
  return /^\/(?:page\.css|setup|sign-in(?:\/code)?|sign-out|account(?:\/.*)?)?$/.test(path);
}

/** Makes the pages. */
export function createPages(core: ControlCore): Hono {
  const pages = new Hono();
  pages.onError((error, c) => {
    const failure =
      error instanceof PlatformError
        ? error
        : new PlatformError("internal", "Cannot serve the page: something went wrong inside", {
            cause: error,
          });
    if (failure.row.kind === "Service")
      core.host.log.error({ path: c.req.path, error: error.stack ?? error.message }, failure.message);
    return show(c, failurePage(failure.message, failure.row.help), failure.row.httpStatus);
  });
  pages.use(async (c, next) => {
    requireOwnPlace(c, core.config, c.req.method !== "GET" && c.req.method !== "HEAD");
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    await next();
  });
  pages.use(bodyLimit({ maxSize: maxFormOctets, onError: tooLarge }));
  pages.get("/page.css", (c) => c.body(pageStyle, 200, { "content-type": "text/css; charset=utf-8" }));
  pages.get("/", async (c) => {
    if (core.host.console.get("index.html")) return c.redirect("/console/", 303);
    return c.redirect((await asker(core, c)) ? "/account" : "/sign-in", 303);
  });
  declareSetup(pages, core);
  declareSignIn(pages, core);
  declareAccount(pages, core);
  pages.notFound((c) => show(c, failurePage("There is no such page", "Go back to your account."), 404));
  return pages;
}

function declareSetup(pages: Hono, { people }: ControlCore): void {
  pages.get("/setup", (c) => {
    const token = c.req.query("token") ?? "";
    const link = attempt(() => people.look(token));
    return link.ok
      ? show(c, setupPage(link.value, token, { email: "" }))
      : show(c, spentLinkPage(), link.failure.row.httpStatus);
  });
  pages.post("/setup", async (c) => {
    const { token, email, password } = await form(c, ["token", "email", "password"]);
    const link = attempt(() => people.look(token));
    if (!link.ok) return show(c, spentLinkPage(), link.failure.row.httpStatus);
    const again = (told: Told, status: number): Response =>
      show(c, setupPage(link.value, token, { email }, told), status);
    if (link.value.email === undefined && !emailSchema.safeParse(email).success)
      return again({ text: "That is no e-mail address." }, 400);
    const used = await attemptLater(() => people.redeem(token, email, password));
    if (!used.ok) {
      if (used.failure.code === "link-invalid") return show(c, spentLinkPage(), used.failure.row.httpStatus);
      return again({ text: sentence(used.failure) }, used.failure.row.httpStatus);
    }
    const answer = await people.signIn(used.value, password, clientOf(c));
    if (answer.outcome !== "signed-in") return c.redirect("/sign-in", 303);
    setCookies(c, answer.setCookies);
    return c.redirect("/account?new=1", 303);
  });
}

function declareSignIn(pages: Hono, core: ControlCore): void {
  const { people } = core;
  pages.get("/sign-in", async (c) => {
    if (await asker(core, c)) return c.redirect("/account", 303);
    return show(c, signInPage({ email: "" }));
  });
  pages.post("/sign-in", async (c) => {
    const { email, password } = await form(c, ["email", "password"]);
    const answer = await attemptLater(() => people.signIn(email, password, clientOf(c)));
    if (!answer.ok)
      return show(
        c,
        signInPage({ email }, { text: sentence(answer.failure) }),
        answer.failure.row.httpStatus,
      );
    if (answer.value.outcome === "refused")
      return show(c, signInPage({ email }, { text: "E-mail address or password is not right." }), 401);
    setCookies(c, answer.value.setCookies);
    return c.redirect(answer.value.outcome === "signed-in" ? "/account" : "/sign-in/code", 303);
  });
  pages.get("/sign-in/code", (c) => show(c, codePage()));
  pages.post("/sign-in/code", async (c) => {
    const { code } = await form(c, ["code"]);
    const answer = await attemptLater(() => people.verifyCode(cookiesOf(c), code, clientOf(c)));
    if (!answer.ok)
      return show(c, codePage({ text: sentence(answer.failure) }), answer.failure.row.httpStatus);
    if (answer.value.outcome !== "signed-in")
      return show(c, codePage({ text: "That code is not right, or was used before." }), 401);
    setCookies(c, answer.value.setCookies);
    return c.redirect("/account", 303);
  });
  pages.post("/sign-out", async (c) => {
    setCookies(c, await people.identity.signOut(cookiesOf(c)));
    return c.redirect("/sign-in", 303);
  });
}

function declareAccount(pages: Hono, core: ControlCore): void {
  const { identity } = core.people;
  const account = async (c: Context, by: Principal, told?: Told, status: number = 200): Promise<Response> =>
    show(
      c,
      accountPage(
        {
          email: by.id,
          role: by.role,
          sessionId: by.sessionId ?? "",
          hasSecondFactor: await identity.hasSecondFactor(by.id),
          sessions: await identity.sessions(by.id),
        },
        told,
      ),
      status,
    );
  /** Declares a form of the account page: what it does, and what is told then. */
  const post = (
    path: string,
    names: readonly string[],
    run: (c: Context, by: Principal, fields: Record<string, string>) => Promise<string | Markup>,
  ): void => {
    pages.post(path, async (c) => {
      const by = await asker(core, c);
      if (!by) return c.redirect("/sign-in", 303);
      const fields = await form(c, names);
      const done = await attemptLater(async () => ({ shown: await run(c, by, fields) }));
      if (!done.ok) return account(c, by, { text: sentence(done.failure) }, done.failure.row.httpStatus);
      const { shown } = done.value;
      return typeof shown === "string" && shown in toldAfter
        ? c.redirect(`/account?done=${shown}`, 303)
        : show(c, shown as Markup);
    });
  };
  pages.get("/account", async (c) => {
    const by = await asker(core, c);
    if (!by) return c.redirect("/sign-in", 303);
    const done = toldAfter[c.req.query("done") ?? (c.req.query("new") === undefined ? "" : "new")];
    return account(c, by, done === undefined ? undefined : { text: done, isGood: true });
  });
  post("/account/second-factor", ["password"], async (c, _by, { password = "" }) =>
    enrolmentPage(await identity.enrol(cookiesOf(c), password, clientOf(c))),
  );
  post("/account/second-factor/confirm", ["code"], async (c, _by, { code = "" }) => {
    setCookies(c, await identity.confirmEnrolment(cookiesOf(c), code.replaceAll(/\s/g, ""), clientOf(c)));
    return "added";
  });
  post("/account/second-factor/remove", ["password"], async (c, _by, { password = "" }) => {
    setCookies(c, await identity.removeSecondFactor(cookiesOf(c), password, clientOf(c)));
    return "removed";
  });
  post("/account/password", ["current", "password"], async (c, _by, { current = "", password = "" }) => {
    setCookies(c, await identity.changePassword(cookiesOf(c), current, password, clientOf(c)));
    return "password";
  });
  post("/account/sessions/end", ["id"], async (_c, by, { id = "" }) => {
    await identity.endSession(by.id, id);
    return "ended";
  });
}

/** What is told after something was done, by the word in the address. */
const toldAfter: Readonly<Record<string, string>> = {
  new: "Your account is ready. Add an authenticator below, so that a stolen password alone is worth nothing.",
  added: "The authenticator is asked for from now on.",
  removed: "The authenticator is no longer asked for.",
  password: "Your password is another one now, and all other sessions have ended.",
  ended: "The session has ended.",
};

/** Who is signed in. */
async function asker({ people, access }: ControlCore, c: Context): Promise<Principal | undefined> {
  const session = await people.identity.session(cookiesOf(c));
  return session && access.byUser(session.email, session.id);
}

/** The fields of a form; absent ones are empty. Throws `input-malformed`. */
async function form<Name extends string>(c: Context, names: readonly Name[]): Promise<Record<Name, string>> {
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded")
    throw new PlatformError(
      "input-malformed",
      "Cannot read the form: expected application/x-www-form-urlencoded",
    );
  const fields = new URLSearchParams(await c.req.text());
  return Object.fromEntries(names.map((name) => [name, fields.get(name) ?? ""])) as Record<Name, string>;
}

function tooLarge(): never {
  throw new PlatformError(
    "input-too-large",
    `Cannot take the form: it has more than ${maxFormOctets} octets`,
  );
}

function show(c: Context, markup: Markup, status: number = 200): Response {
  return c.html(markup as string, status as 200);
}

/** A failure for somebody in front of a form. */
function sentence({ message, code, row }: PlatformError): string {
  if (code === "sign-in-refused") return "The password or the code is not right.";
  if (code === "too-many-attempts") return `There were too many attempts lately. ${row.help}`;
  return `${message.replace(/^Cannot /, "Could not ")}. ${row.help}`;
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: PlatformError };

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    return { ok: false, failure: ownFailure(error) };
  }
}

async function attemptLater<T>(run: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, failure: ownFailure(error) };
  }
}

/** Failures of the platform's own; what else was thrown goes on. */
function ownFailure(error: unknown): PlatformError {
  if (error instanceof PlatformError && error.row.kind !== "Service") return error;
  throw error;
}
