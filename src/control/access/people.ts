// People: the accounts of src/identity together with the users of the change log. An account opens nothing without its user, and a user
// who is disabled or gone has no session and no key that works.

import { PlatformError, role as roleSchema, type Role } from "#contract";
import type { Client, Identity, Link, MadeLink, SignInOutcome } from "#identity";
import type { Clock, Log } from "../ports.ts";
import { countOwners } from "../plan-user.ts";
import type { State } from "../state.ts";
import type { UserFact } from "./facts.ts";
import type { Principal } from "./principal.ts";

/** How long links are good, in milliseconds: the first owner's an hour from the start, others three days. */
const lifetimesMs: Readonly<Record<Link["kind"], number>> = {
  setup: 3_600_000,
  invitation: 3 * 86_400_000,
  reset: 86_400_000,
};

/** What people are managed with. */
export interface PeopleOptions {
  readonly identity: Identity;
  readonly state: State;
  readonly clock: Clock;
  readonly log: Log;
  /** Where links lead to, such as `http://127.0.0.1:7700`. */
  readonly baseUrl: string;
  /** Creates a user in the change log. Throws `resource-exists`. */
  readonly admit: (email: string, role: Role, by: Principal) => Promise<void>;
}

/** A link to be given to somebody. */
export interface PersonalLink {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: number;
}

/** People of the platform. */
export class People {
  readonly identity: Identity;
  readonly #options: PeopleOptions;

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.identity = options.identity;
  }

  /** Removes accounts that a crash left without their user. */
  async sweep(): Promise<void> {
    for (const email of await this.identity.accounts())
      if (!this.#user(email)) await this.identity.removeAccount(email);
  }

  /** Tells whether nobody can sign in as an owner yet. */
  async needsOwner(): Promise<boolean> {
    const accounts = new Set(await this.identity.accounts());
    return ![...this.#options.state.all("user").values()].some(
      ({ value }) => value.role === "owner" && !value.isDisabled && accounts.has(value.email),
    );
  }

  /** A link for the first owner, in place of one that was made before. Throws `resource-exists` where there is an owner. */
  async setupLink(by: Principal): Promise<PersonalLink> {
    if (!(await this.needsOwner()))
      throw new PlatformError(
        "resource-exists",
        "Cannot set up the first owner: there is one, who can invite others",
      );
    return this.#make({ kind: "setup", role: "owner", by: by.actor });
  }

  /** A link that makes a user. Throws `resource-exists`. */
  invite(email: string, role: Role, by: Principal): PersonalLink {
    if (this.#user(email))
      throw new PlatformError("resource-exists", `Cannot invite "${email}": there is a user of that address`);
    return this.#make({ kind: "invitation", email, role, by: by.actor });
  }

  /** A link that gives a user a new password and takes the second factor away. Throws `resource-not-found`. */
  reset(email: string, by: Principal): PersonalLink {
    const user = this.#user(email);
    if (!user)
      throw new PlatformError(
        "resource-not-found",
        `Cannot reset user "${email}": there is none of that address`,
      );
    return this.#make({ kind: "reset", email, role: user.role, by: by.actor });
  }

  #make(link: Parameters<Identity["links"]["make"]>[0]): PersonalLink {
    const made: MadeLink = this.identity.links.make(link, lifetimesMs[link.kind]);
    this.#options.log.info(
      { kind: link.kind, email: link.email, by: link.by, link: made.id },
      "a one-time link is made",
    );
    return {
      id: made.id,
      url: `${this.#options.baseUrl}/setup?token=${made.token}`,
      expiresAt: made.expiresAt,
    };
  }

  /** What a link is good for. Throws `link-invalid` where it is not, or no longer. */
  look(token: string): Link {
    const link = this.identity.links.look(token);
    if (!link || !this.#isUsable(link)) throw invalid();
    return link;
  }

  /**
   * Uses a link: the person has an account from now on. Of two at once one succeeds.
   * @param chosen  the address, where the link names none
   * @returns the address
   * Throws `link-invalid`, `password-weak`, `resource-exists`; after the last two the link is as good as before.
   */
  async redeem(token: string, chosen: string, password: string): Promise<string> {
    const seen = this.look(token);
    const email = seen.email ?? chosen.toLowerCase();
    this.identity.checkPassword(email, password);
    const isNew = seen.kind !== "reset" && !(await this.#isHalf(email, seen));
    if (isNew && this.#user(email))
      throw new PlatformError("resource-exists", `Cannot create user "${email}": there is one already`);
    const link = this.identity.links.take(token);
    if (!link) throw invalid();
    let left = link;
    try {
      // The user first: the log lets one of an address in, whatever else is under way.
      if (isNew) await this.#options.admit(email, roleSchema.parse(link.role), principalOf(email, link));
      left = { ...link, kind: "reset", email };
      await this.identity.putAccount(email, password);
    } catch (error) {
      // Once there is a user, the link is good for the password that is missing.
      this.identity.links.restore(token, left);
      throw error;
    }
    this.#options.log.info({ kind: link.kind, email, by: link.by, link: link.id }, "a one-time link is used");
    return email;
  }

  /** A user whom a crash left without an account: whose link is good for it still. */
  async #isHalf(email: string, link: Link): Promise<boolean> {
    return this.#user(email)?.role === link.role && !(await this.identity.accounts()).includes(email);
  }

  /** First step of a sign-in. An account whose user may not enter is refused as a wrong password is. */
  async signIn(email: string, password: string, client: Client): Promise<SignInOutcome> {
    const answer = await this.identity.signIn(email.toLowerCase(), password, client);
    return answer.outcome === "signed-in" ? this.#admitted(answer) : answer;
  }

  /** Second step of a sign-in. */
  async verifyCode(cookies: string, code: string, client: Client): Promise<SignInOutcome> {
    return this.#admitted(await this.identity.verifyCode(cookies, code.replaceAll(/\s/g, ""), client));
  }

  async #admitted(answer: SignInOutcome): Promise<SignInOutcome> {
    if (answer.outcome !== "signed-in") return answer;
    const user = this.#user(answer.email);
    if (user && !user.isDisabled) return answer;
    await this.identity.endSessions(answer.email);
    return { outcome: "refused" };
  }

  /** What follows from a change of users: who may no longer enter has no session left. */
  async follow(emails: readonly string[]): Promise<void> {
    for (const email of emails) {
      const user = this.#user(email);
      if (!user) await this.identity.removeAccount(email);
      else if (user.isDisabled) await this.identity.endSessions(email);
    }
  }

  #isUsable({ kind, email }: Link): boolean {
    if (kind === "setup") return countOwners(this.#options.state) === 0;
    return kind === "invitation" || this.#user(email ?? "") !== undefined;
  }

  #user(email: string): UserFact | undefined {
    return this.#options.state.value("user", email);
  }
}

function invalid(): PlatformError {
  return new PlatformError(
    "link-invalid",
    "Cannot use that link: it was used, it is too old, or there is a newer one",
  );
}

/** The person who uses a link, as the history names them; their role is what the link gives. */
function principalOf(email: string, { role, kind, by }: Link): Principal {
  const invited = kind === "invitation" ? ` (invited by ${by})` : "";
  return {
    kind: "user",
    id: email,
    name: email,
    actor: `user:${email}${invited}`,
    role: roleSchema.parse(role),
    user: email,
  };
}
