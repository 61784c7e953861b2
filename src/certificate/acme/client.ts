// The steps of RFC 8555: account, order, authorizations, challenges, finalisation, certificate, revocation; and renewal information (RFC
// 9773). Each polls for a bounded time, whatever the server says. What they are put together to is in obtain.ts.

import { thumbprintOf, bindAccount, type ExternalAccount } from "./jws.ts";
import { AcmeFailure, readProblem } from "./failure.ts";
import { AcmeSession, type AcmeSettings, type Answered } from "./session.ts";
import {
  accountSchema,
  authorizationSchema,
  orderSchema,
  renewalSchema,
  type AuthorizationObject,
  type Challenge,
  type OrderObject,
} from "./shapes.ts";

/** An authorization: a name with the ways to prove that it is ours. */
export type Authorization = AuthorizationObject & { readonly url: string };
/** An order. */
export type Order = OrderObject & { readonly url: string };

/** Who an account is for. */
export interface AccountRequest {
  /** Such as `mailto:hostmaster@example.org`. */
  readonly contact: readonly string[];
  /** True where the operator has agreed to the server's terms. */
  readonly termsOfServiceAgreed: boolean;
  readonly externalAccount?: ExternalAccount;
}

/** When a certificate should be renewed, as its issuer sees it. */
export interface RenewalWindow {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** When to ask again, in milliseconds from now. */
  readonly retryAfterMs: number;
}

/** How long an authorization or an order may take. The slowest authorities look after some minutes. */
const maxPollMs = 15 * 60_000;
/** Polls in that time, whatever the server's Retry-After says. */
const maxPolls = 200;
const firstPollMs = 1000;
const longestPollMs = 15_000;
/** Chains that are offered beside the first one. */
const maxAlternates = 5;
/** How often renewal information is asked for. @see RFC 9773 section 4.3.1 */
const renewalAgain = { least: 60_000, usual: 6 * 3_600_000, most: 86_400_000 };

/** An ACME client for one account. */
export class AcmeClient {
  readonly session: AcmeSession;

  /** Throws {@link AcmeFailure} for a directory URL that is not https. */
  constructor(settings: AcmeSettings) {
    this.session = new AcmeSession(settings);
  }

  /**
   * Finds the account of the key, or makes it.
   * @returns its URL
   * @see RFC 8555 sections 7.3 and 7.3.1
   */
  async account(request: AccountRequest): Promise<string> {
    const { session } = this;
    if (session.accountUrl !== undefined) return session.accountUrl;
    const { newAccount, meta } = await session.directory();
    const existing = await session.post(newAccount, { onlyReturnExisting: true });
    if (existing.response.status < 300) return this.#takeAccount(existing);
    if (readProblem(existing.json).type !== "accountDoesNotExist")
      throw session.failure("find the account", existing);
    if (meta?.termsOfService !== undefined && !request.termsOfServiceAgreed) {
      throw new AcmeFailure(
        "userActionRequired",
        `Cannot make an account: the terms at ${meta.termsOfService} have not been agreed to`,
      );
    }
    if (meta?.externalAccountRequired === true && !request.externalAccount) {
      throw new AcmeFailure(
        "externalAccountRequired",
        "Cannot make an account: the authority wants one that is bound to an account with it, by key id and HMAC key",
      );
    }
    const { externalAccount, contact, termsOfServiceAgreed } = request;
    const made = await session.expect("make an account", newAccount, {
      contact,
      termsOfServiceAgreed,
      ...(externalAccount
        ? {
            externalAccountBinding: bindAccount(
              session.settings.key,
              externalAccount,
              session.check(newAccount),
            ),
          }
        : {}),
    });
    return this.#takeAccount(made);
  }

  #takeAccount({ response, json }: Answered): string {
    const { location } = response.headers;
    const { status } = this.session.parse(accountSchema, json, "account");
    if (location === undefined) throw new AcmeFailure("protocol", "Cannot read the account: it has no URL");
    if (status !== "valid") throw new AcmeFailure("unauthorized", `Cannot use the account: it is ${status}`);
    this.session.accountUrl = this.session.check(location);
    return this.session.accountUrl;
  }

  /**
   * Orders a certificate.
   * @param replaces  the certificate that it renews, by renewalId; left out where the server has no renewal information
   * @see RFC 8555 section 7.4; RFC 9773 section 5
   */
  async order(names: readonly string[], replaces?: string): Promise<Order> {
    const { session } = this;
    const { newOrder, renewalInfo } = await session.directory();
    const identifiers = names.map((value) => ({ type: "dns", value }));
    const asked = replaces === undefined || renewalInfo === undefined ? {} : { replaces };
    let found = await session.post(newOrder, { identifiers, ...asked });
    // What it replaces is a courtesy: an order without it is as good.
    if (found.response.status >= 400 && "replaces" in asked && isAboutReplacement(found))
      found = await session.post(newOrder, { identifiers });
    if (found.response.status >= 300)
      throw session.failure(`order a certificate for ${names.join(", ")}`, found);
    const { location } = found.response.headers;
    if (location === undefined) throw new AcmeFailure("protocol", "Cannot read the order: it has no URL");
    return { ...session.parse(orderSchema, found.json, "order"), url: session.check(location) };
  }

  /** Reads an authorization. @see RFC 8555 section 7.5 */
  async authorization(address: string): Promise<Authorization> {
    const { json } = await this.session.expect("read an authorization", address, undefined);
    return { ...this.session.parse(authorizationSchema, json, "authorization"), url: address };
  }

  /** What proves to the server that whoever publishes it holds the account's key. @see RFC 8555 section 8.1 */
  keyAuthorization(token: string): string {
    return `${token}.${thumbprintOf(this.session.settings.key)}`;
  }

  /** Says that a challenge is published. @see RFC 8555 section 7.5.1 */
  async respond(challenge: Challenge): Promise<void> {
    await this.session.expect(`answer the ${challenge.type} challenge`, challenge.url, {});
  }

  /** Waits until an authorization is valid. Throws with the server's reason where it comes to something else. */
  async awaitAuthorization(address: string): Promise<void> {
    const authorization = await this.#poll(`prove a name`, address, (answer) => {
      const read = this.session.parse(authorizationSchema, answer.json, "authorization");
      return read.status === "pending" ? undefined : read;
    });
    const { status, identifier: name, challenges } = authorization;
    if (status === "valid") return;
    const failed = challenges.find(({ error }) => error !== undefined && error !== null);
    const { type, detail } = readProblem(failed?.error);
    throw new AcmeFailure(
      type || "unauthorized",
      `Cannot prove "${name.value}" by ${failed?.type ?? "any challenge"}: ${failed ? `${type} ${detail}`.trim() : `the authorization is ${status}`}`,
    );
  }

  /** Hands in the signing request and waits for the certificate's URL. @see RFC 8555 section 7.4 */
  async finalize(order: Order, signingRequest: Uint8Array): Promise<string> {
    const { session } = this;
    const isReady = (answer: Answered): Order | undefined => {
      const read = { ...session.parse(orderSchema, answer.json, "order"), url: order.url };
      return read.status === "pending" ? undefined : read;
    };
    const ready = order.status === "ready" ? order : await this.#poll("finish the order", order.url, isReady);
    if (ready.status === "ready") {
      const csr = Buffer.from(signingRequest).toString("base64url");
      const found = await session.post(order.finalize, { csr });
      // Somebody else may have finished it in between: what the order says decides.
      if (found.response.status >= 300 && readProblem(found.json).type !== "orderNotReady")
        throw session.failure("finish the order", found);
    }
    const done = await this.#poll("finish the order", order.url, (answer) => {
      const read = session.parse(orderSchema, answer.json, "order");
      return read.status === "valid" || read.status === "invalid" ? read : undefined;
    });
    if (done.status === "invalid") {
      const { type, detail } = readProblem(done.error);
      throw new AcmeFailure(type || "protocol", `Cannot finish the order: ${detail}`);
    }
    if (done.certificate === undefined)
      throw new AcmeFailure("protocol", "Cannot read the order: it is valid and has no certificate");
    return done.certificate;
  }

  /**
   * Fetches the certificate with its chain, and the other chains that are offered.
   * @returns PEM texts, the server's own choice first
   * @see RFC 8555 section 7.4.2
   */
  async download(address: string): Promise<string[]> {
    const fetch = async (at: string): Promise<{ text: string; links: string }> => {
      const action = "fetch the certificate";
      const { response } = await this.session.expect(
        action,
        at,
        undefined,
        "application/pem-certificate-chain",
      );
      return { text: new TextDecoder().decode(response.body), links: response.headers["link"] ?? "" };
    };
    const first = await fetch(address);
    const texts = [first.text];
    for (const alternate of alternatesOf(first.links).slice(0, maxAlternates)) {
      texts.push((await fetch(new URL(alternate, this.session.check(address)).href)).text);
    }
    return texts;
  }

  /**
   * Revokes a certificate of this account's.
   * @param reason  a code of RFC 5280 section 5.3.1; 0 unspecified, 4 superseded, 1 key compromise
   * @see RFC 8555 section 7.6
   */
  async revoke(der: Uint8Array, reason: number = 0): Promise<void> {
    const { revokeCert } = await this.session.directory();
    if (revokeCert === undefined)
      throw new AcmeFailure("protocol", "Cannot revoke: the authority does not offer it");
    const payload = { certificate: Buffer.from(der).toString("base64url"), reason };
    const found = await this.session.post(revokeCert, payload);
    if (found.response.status >= 300 && readProblem(found.json).type !== "alreadyRevoked")
      throw this.session.failure("revoke the certificate", found);
  }

  /**
   * When the server wants a certificate renewed; undefined where it does not say.
   * @param id  renewalId of the certificate
   * @see RFC 9773 section 4
   */
  async renewalInfo(id: string): Promise<RenewalWindow | undefined> {
    const { renewalInfo } = await this.session.directory();
    if (renewalInfo === undefined) return undefined;
    const found = await this.session.get(`${renewalInfo.replace(/\/$/, "")}/${id}`);
    if (found.response.status !== 200) throw this.session.failure("read the renewal information", found);
    const { suggestedWindow } = this.session.parse(renewalSchema, found.json, "renewal information");
    const [start, end] = [Date.parse(suggestedWindow.start), Date.parse(suggestedWindow.end)];
    if (!(end > start))
      throw new AcmeFailure("protocol", "Cannot read the renewal information: its window is none");
    const { least, usual, most } = renewalAgain;
    const retryAfterMs = Math.min(Math.max(this.session.retryAfter(found.response) ?? usual, least), most);
    return { start, end, retryAfterMs };
  }

  /** Asks for something again and again until it has come to an end. */
  async #poll<T>(action: string, address: string, look: (answer: Answered) => T | undefined): Promise<T> {
    const { time } = this.session.settings;
    const until = time.wall() + maxPollMs;
    let wait = firstPollMs;
    for (let polls = 0; polls < maxPolls && time.wall() < until; polls++) {
      const answer = await this.session.expect(action, address, undefined);
      const found = look(answer);
      if (found !== undefined) return found;
      const told = this.session.retryAfter(answer.response);
      await time.wait(Math.min(Math.max(told ?? wait, 100), longestPollMs));
      wait = Math.min(wait * 2, longestPollMs);
    }
    throw new AcmeFailure(
      "timeout",
      `Cannot ${action}: the authority has come to no end in ${maxPollMs / 60_000} minutes`,
    );
  }
}

function isAboutReplacement({ response, json }: Answered): boolean {
  const { type } = readProblem(json);
  return (
    type === "alreadyReplaced" || (response.status < 500 && (type === "malformed" || type === "unauthorized"))
  );
}

/** The alternate chains of a Link field. @see RFC 8288 section 3 */
function alternatesOf(field: string): string[] {
  const found: string[] = [];
  for (const [, target = "", parameters = ""] of field.matchAll(/<([^<>]{1,2000})>((?:\s*;[^,<]{0,200})*)/g))
    if (/;\s*rel="?alternate"?/i.test(parameters)) found.push(target);
  return found;
}
