// The HTML of the pages: whole documents without any script, so that the strictest policy holds. What is put into them is escaped by the
// tag that makes them.

import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Enrolment, Session } from "#identity";
import { qrPath } from "./qr-code.ts";

/** A piece of a page. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Something to tell above a form. */
export interface Told {
  readonly text: string;
  readonly isGood?: boolean;
}

/** A whole page. @param aside  what stands at the end of its first line */
export function layOut(title: string, content: Markup, aside: Markup | "" = ""): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Fairlead</title>
        <link rel="stylesheet" href="/page.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header>
          <a class="mark" href="/console/">fair<span>lead</span></a
          >${aside}
        </header>
        <main>${content}</main>
      </body>
    </html>`;
}

function tell(told: Told | undefined): Markup | "" {
  if (!told) return "";
  return told.isGood
    ? html`<p class="told good" role="status">${told.text}</p>`
    : html`<p class="told bad" role="alert">${told.text}</p>`;
}

/** The page behind a one-time link. */
export function setupPage(
  link: { readonly kind: string; readonly role: string; readonly email?: string },
  token: string,
  given: { readonly email: string },
  told?: Told,
): Markup {
  const titles: Readonly<Record<string, string>> = {
    setup: "Set up the owner",
    invitation: "Welcome",
    reset: "Choose a new password",
  };
  const intros: Readonly<Record<string, string>> = {
    setup: "This platform has no owner yet. Whoever opens this link first becomes it, and can invite others.",
    invitation: `You were invited as ${link.role}. Choose a password, and you are in.`,
    reset: "Your old password and your second factor end with it, and so do all your sessions.",
  };
  const title = titles[link.kind] ?? "Welcome";
  const fixed = link.email;
  return layOut(
    title,
    html`<section>
      <h1>${title}</h1>
      <p class="soft">${intros[link.kind] ?? ""}</p>
      ${tell(told)}
      <form method="post" action="/setup" autocomplete="on">
        <input type="hidden" name="token" value="${token}" />
        ${emailField(fixed ?? given.email, fixed !== undefined)}
        ${newPassword("Password", fixed !== undefined)}
        <button>${link.kind === "reset" ? "Change password" : "Create account"}</button>
      </form>
    </section>`,
  );
}

function emailField(value: string | undefined, isFixed: boolean): Markup {
  return html`<label
    >E-mail address
    <input
      name="email"
      type="email"
      autocomplete="username"
      maxlength="254"
      required
      value="${value}"
      ${isFixed ? raw("readonly") : raw("autofocus")}
    />
  </label>`;
}

function newPassword(label: string, hasFocus: boolean): Markup {
  return html`<label
    >${label}
    <span class="hint">At least 12 characters; a few unrelated words are good and easy to keep.</span>
    <input
      name="password"
      type="password"
      autocomplete="new-password"
      minlength="12"
      maxlength="256"
      required
      ${hasFocus ? raw("autofocus") : ""}
    />
  </label>`;
}

/** What a link that is no good leads to. */
export function spentLinkPage(): Markup {
  return layOut(
    "This link is used up",
    html`<section>
      <h1>This link is used up</h1>
      <p>It was opened before, it is too old, or there is a newer one. Each link is good once.</p>
      <p class="soft">
        On the platform's machine <code>fairlead setup</code> makes one for the first owner, and
        <code>fairlead user invite</code> or <code>fairlead user reset</code> one for somebody else.
      </p>
      <p><a href="/sign-in">To the sign-in</a></p>
    </section>`,
  );
}

/** The sign-in. */
export function signInPage(given: { readonly email: string }, told?: Told): Markup {
  return layOut(
    "Sign in",
    html`<section>
      <h1>Sign in</h1>
      ${tell(told)}
      <form method="post" action="/sign-in">
        ${emailField(given.email, false)}
        <label
          >Password
          <input name="password" type="password" autocomplete="current-password" maxlength="256" required />
        </label>
        <button>Sign in</button>
      </form>
    </section>`,
  );
}

/** The second step of the sign-in. */
export function codePage(told?: Told): Markup {
  return layOut(
    "Your code",
    html`<section>
      <h1>Your code</h1>
      <p class="soft">From your authenticator, or one of your backup codes.</p>
      ${tell(told)}
      <form method="post" action="/sign-in/code">
        <label
          >Code
          <input
            name="code"
            autocomplete="one-time-code"
            autocapitalize="off"
            spellcheck="false"
            maxlength="64"
            required
            autofocus
          />
        </label>
        <button>Go on</button>
      </form>
      <p><a href="/sign-in">Begin again</a></p>
    </section>`,
  );
}

/** What the account page shows. */
export interface AccountView {
  readonly email: string;
  readonly role: string;
  readonly sessionId: string;
  readonly hasSecondFactor: boolean;
  readonly sessions: readonly Session[];
}

/** The asker's own page. */
export function accountPage(view: AccountView, told?: Told): Markup {
  return layOut(
    "Your account",
    html`<section>
        <h1>${view.email}</h1>
        <p class="soft">
          Role: ${view.role}. Keys for programs are made with <code>fairlead key create</code>.
        </p>
        ${tell(told)}
        <p><a href="/console/">Open the console</a></p>
      </section>
      <section>
        <h2>Second factor</h2>
        ${
          view.hasSecondFactor
            ? html`<p>An authenticator is asked for at each sign-in.</p>
                ${passwordForm("/account/second-factor/remove", view.email, "Take it away")}`
            : html`<p>
                  An authenticator app gives a new code every 30 seconds; a stolen password alone is then
                  worth nothing.
                </p>
                ${passwordForm("/account/second-factor", view.email, "Add an authenticator")}`
        }
      </section>
      <section>
        <h2>Password</h2>
        <form method="post" action="/account/password">
          ${userName(view.email)}
          <label
            >Password of today
            <input name="current" type="password" autocomplete="current-password" maxlength="256" required />
          </label>
          ${newPassword("New password", false)}
          <button>Change password</button>
          <p class="soft">All your other sessions end with it.</p>
        </form>
      </section>
      <section>
        <h2>Sessions</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">Since (UTC)</th>
              <th scope="col">With</th>
              <th scope="col"><span class="soft">End</span></th>
            </tr>
          </thead>
          <tbody>
            ${view.sessions.map((session) => sessionRow(session, session.id === view.sessionId))}
          </tbody>
        </table>
      </section>`,
    html`<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>`,
  );
}

function passwordForm(action: string, email: string, button: string): Markup {
  return html`<form method="post" action="${action}">
    ${userName(email)}
    <label
      >Your password
      <input name="password" type="password" autocomplete="current-password" maxlength="256" required />
    </label>
    <button>${button}</button>
  </form>`;
}

/** Whose password it is, for keepers of passwords; nobody else sees it. */
function userName(email: string): Markup {
  return html`<input name="username" autocomplete="username" value="${email}" readonly hidden />`;
}

function sessionRow({ id, createdAt, userAgent }: Session, isCurrent: boolean): Markup {
  return html`<tr>
    <td>${new Date(createdAt).toISOString().slice(0, 16).replace("T", " ")}</td>
    <td><span class="agent">${userAgent || "unknown"}</span></td>
    <td>
      ${
        isCurrent
          ? html`<span class="soft">this one</span>`
          : html`<form method="post" action="/account/sessions/end">
              <input type="hidden" name="id" value="${id}" /><button class="quiet">End</button>
            </form>`
      }
    </td>
  </tr>`;
}

/** The key of a second factor that is to be confirmed. It is shown this once. */
export function enrolmentPage({ uri, secret, backupCodes }: Enrolment): Markup {
  const picture = qrPath(uri);
  return layOut(
    "Add an authenticator",
    html`<section>
      <h1>Add an authenticator</h1>
      <p>Scan this with your authenticator app, <a href="${uri}">open it there</a>, or type the key.</p>
      ${
        picture
          ? html`<svg
              class="picture"
              viewBox="0 0 ${picture.size} ${picture.size}"
              role="img"
              aria-label="QR code of the key below"
            >
              <path d="${picture.path}" fill="#000" />
            </svg>`
          : ""
      }
      <code class="key">${secret.match(/.{1,4}/g)?.join(" ") ?? secret}</code>
      <h2>Backup codes</h2>
      <p>
        Each opens your account once where the authenticator is not at hand. They are shown this once: print
        them or put them away.
      </p>
      <ul class="codes">
        ${backupCodes.map((code) => html`<li>${code}</li>`)}
      </ul>
      <form method="post" action="/account/second-factor/confirm">
        <label
          >Code of the authenticator
          <input
            name="code"
            inputmode="numeric"
            autocomplete="one-time-code"
            pattern="[0-9 ]*"
            maxlength="10"
            required
          />
        </label>
        <button>Confirm</button>
      </form>
      <p><a href="/account">Leave it</a></p>
    </section>`,
  );
}

/** What went wrong, where there is no form to tell it above. */
export function failurePage(message: string, help: string): Markup {
  return layOut(
    "That did not work",
    html`<section>
      <h1>That did not work</h1>
      <p>${message}.</p>
      <p class="soft">${help}</p>
      <p><a href="/account">Back</a></p>
    </section>`,
  );
}
