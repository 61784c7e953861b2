// Finds the principal of a request from what it carries: the first key, a bearer key, a signature, or a user's e-mail that a session
// stands for. What a key may is looked up anew with each request, so a key ends with its user, its expiry or its deletion at once.

import { createHash, timingSafeEqual } from "node:crypto";
import { PlatformError } from "#contract";
import type { Secrets } from "#store";
import type { ControlConfig } from "../config.ts";
import type { Clock } from "../ports.ts";
import type { State } from "../state.ts";
import type { AccessKeyFact, UserFact } from "./facts.ts";
import { accessKeyPurpose, isSecretOf, readBearer } from "./keys.ts";
import { lesserRole, type Principal } from "./principal.ts";
import { checkSignature, readCredential, type SignedRequest } from "./sigv4.ts";
import { UsedSignatures } from "./used-signatures.ts";

/** What principals are found with. */
export class Access {
  readonly #state: State;
  readonly #secrets: Secrets;
  readonly #clock: Clock;
  readonly #used = new UsedSignatures();
  /** When each key was last used, in milliseconds since 1970; what it was before a restart is not kept. */
  readonly #lastUsed = new Map<string, number>();
  readonly #firstKeys: readonly { readonly actor: string; readonly digest: Buffer }[];

  constructor(state: State, secrets: Secrets, clock: Clock, { keys }: Pick<ControlConfig, "keys">) {
    this.#state = state;
    this.#secrets = secrets;
    this.#clock = clock;
    this.#firstKeys = keys.map(({ actor, key }) => ({ actor, digest: sha256(key) }));
  }

  /** The principal of a bearer key. Throws `key-wrong`. */
  byBearer(text: string): Principal {
    const digest = sha256(text);
    let actor: string | undefined;
    // Every key is compared, each in constant time, so that time tells nothing.
    for (const key of this.#firstKeys) if (timingSafeEqual(key.digest, digest)) actor = key.actor;
    const parts = readBearer(text);
    const fact = parts && this.#state.value("access-key", parts.id);
    const isKnown = isSecretOf(fact, parts?.secret ?? "");
    if (actor !== undefined) return { kind: "key", id: actor, name: actor, actor, role: "owner" };
    if (!fact || !isKnown || fact.type !== "bearer") throw wrongKey();
    const principal = this.#principalOf(fact);
    this.#note(fact);
    return principal;
  }

  /** When a key was last used since control was started, in milliseconds since 1970; undefined where it was not. */
  lastUsed(id: string): number | undefined {
    return this.#lastUsed.get(id);
  }

  #note({ id }: AccessKeyFact): void {
    // A key that is gone takes its entry along when there are more than there are keys.
    if (this.#lastUsed.size > this.#state.all("access-key").size)
      for (const known of this.#lastUsed.keys())
        if (!this.#state.get("access-key", known)) this.#lastUsed.delete(known);
    this.#lastUsed.set(id, this.#clock.wall());
  }

  /**
   * The principal of a signed request.
   * @param read  gives the request; called only where the key is one of this platform's
   * @param isWrite  whether it changes something: then its signature is good once
   * Throws `signature-wrong` with what is wrong, `key-wrong`.
   */
  async bySignature(
    authorization: string,
    read: () => Promise<SignedRequest>,
    isWrite: boolean,
  ): Promise<Principal> {
    const credential = readCredential(authorization);
    if (!credential.ok) throw wrongSignature(credential.reason);
    const fact = this.#state.value("access-key", credential.value.accessKeyId);
    if (fact?.type !== "aws") throw wrongKey();
    const principal = this.#principalOf(fact);
    const secret = await this.#secrets.get(accessKeyPurpose, fact.id);
    // It is deleted after the fact, so it is there unless the two crossed.
    if (!secret) throw wrongKey();
    const now = this.#clock.wall();
    const reason = checkSignature(credential.value, await read(), new TextDecoder().decode(secret), now);
    if (reason !== undefined) throw wrongSignature(reason);
    if (isWrite && !this.#used.take(credential.value.signature, now))
      throw wrongSignature("its signature was used before; sign every request anew");
    this.#note(fact);
    return principal;
  }

  /**
   * Tells whether a principal that was found before still is one.
   * @param hasSession  tells whether the session of a user is still there
   */
  async isGood({ kind, id }: Principal, hasSession: () => Promise<boolean>): Promise<boolean> {
    if (kind === "user") return this.activeUser(id) !== undefined && hasSession();
    const fact = this.#state.value("access-key", id);
    return fact ? this.#isInForce(fact) : this.#firstKeys.some(({ actor }) => actor === id);
  }

  /** The principal that a signed-in user is; undefined where there is no such user, or they are disabled. */
  byUser(email: string, sessionId: string): Principal | undefined {
    const user = this.activeUser(email);
    if (!user) return undefined;
    const { role } = user;
    return { kind: "user", id: email, name: email, actor: `user:${email}`, role, user: email, sessionId };
  }

  /** A user who may enter. */
  activeUser(email: string): UserFact | undefined {
    const user = this.#state.value("user", email);
    return user && !user.isDisabled ? user : undefined;
  }

  #isInForce({ user, expiresAt, isDisabled }: AccessKeyFact): boolean {
    const isOver = expiresAt !== undefined && expiresAt <= this.#clock.wall();
    return !isDisabled && !isOver && (user === undefined || this.activeUser(user) !== undefined);
  }

  /** Throws `key-wrong` for a key that is no longer good, in the same words as for one that never was. */
  #principalOf(fact: AccessKeyFact): Principal {
    if (!this.#isInForce(fact)) throw wrongKey();
    const { id, name, verbs, zones, user: owner, expiresAt } = fact;
    const user = owner === undefined ? undefined : this.activeUser(owner);
    return {
      kind: "key",
      id,
      name,
      actor: `key:${name} (${owner ?? "first-key"})`,
      role: user ? lesserRole(fact.role, user.role) : fact.role,
      ...(owner === undefined ? {} : { user: owner }),
      ...(verbs ? { verbs } : {}),
      ...(zones ? { zones } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }
}

function wrongKey(): PlatformError {
  return new PlatformError("key-wrong", "Cannot serve the request: its key is not one of this platform");
}

function wrongSignature(reason: string): PlatformError {
  return new PlatformError("signature-wrong", `Cannot serve the request: ${reason}`);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
