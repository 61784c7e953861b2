// A small ACME server within the process, for tests: it checks signatures, nonces and URLs as RFC 8555 wants, looks at what is published
// through a function it is given, and issues from an authority of its own. It can be made slow, busy, out of order or hostile.

import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { makePrivateKey } from "./key.ts";
import { issueLeaf, makeAuthorityPair, type AuthorityPair, type CertificateAuthority } from "./authority.ts";
import type { AcmeRequest, AcmeResponse, AcmeTime, AcmeTransport } from "./acme/transport.ts";

/** What a server looks at to see whether a name is proven: the texts at `_acme-challenge.NAME`, or the page at a token. */
export interface PublishedProofs {
  texts(name: string): readonly string[];
  page(name: string, token: string): string | undefined;
}

interface FakeAuthorization {
  readonly name: string;
  readonly isWildcard: boolean;
  readonly account: string;
  status: "pending" | "valid" | "invalid";
  readonly tokens: Readonly<Record<"dns-01" | "http-01", string>>;
  /** The challenge that failed, and why. */
  failed?: { readonly kind: string; readonly problem: unknown };
}

interface FakeOrder {
  readonly names: readonly string[];
  readonly authorizations: readonly number[];
  certificate?: string;
  polls: number;
}

const origin = "https://acme.example.org";

/** The server. Everything that it does wrong is switched on by its members. */
export class FakeAcmeServer implements AcmeTransport {
  readonly directoryUrl: string = `${origin}/dir`;
  readonly root: CertificateAuthority;
  readonly #issuing: CertificateAuthority;
  readonly #time: { wall(): number };
  readonly #proofs: PublishedProofs;
  readonly #nonces: Set<string> = new Set();
  readonly #accounts: Map<string, KeyObject> = new Map();
  readonly #authorizations: FakeAuthorization[] = [];
  readonly #orders: FakeOrder[] = [];
  #counter = 0;
  /** Every request, as `POST /order`. */
  readonly requests: string[] = [];
  /** Certificates that were issued, the latest last. */
  readonly issued: string[] = [];
  readonly revoked: string[] = [];
  /** Orders that said what they replace. */
  readonly replaced: string[] = [];
  /** Of all nonces, every so-manieth is refused; 0: none. */
  refusesEveryNonce = 0;
  /** Why nothing can be had, where nothing can: an HTTP status and a problem document. */
  refusal: { readonly status: number; readonly problem: unknown; readonly retryAfter?: string } | undefined;
  /** True where it does not answer at all. */
  isAway = false;
  /** How often an order is looked at before it is finished. */
  pollsBeforeValid = 1;
  /** Days that certificates live. */
  lifeDays = 90;
  /** Renewal information, as it is answered; none where undefined. */
  renewal: { readonly start: number; readonly end: number } | undefined;
  /** Called with every answer before it is given; it may be replaced. */
  twist: ((path: string, response: AcmeResponse) => AcmeResponse) | undefined;

  constructor(time: { wall(): number }, proofs: PublishedProofs) {
    this.#time = time;
    this.#proofs = proofs;
    ({ root: this.root, issuing: this.#issuing } = keptAuthorityPair(
      ["test", "example", "org"],
      time.wall(),
    ));
  }

  async send(request: AcmeRequest, { maxOctets }: { maxOctets: number }): Promise<AcmeResponse> {
    await Promise.resolve();
    const path = new URL(request.url).pathname;
    this.requests.push(`${request.method} ${path}`);
    if (this.isAway) throw new Error("connection refused");
    const plain = this.#answer(request, path);
    const response = this.twist ? this.twist(path, plain) : plain;
    if (response.body.length > maxOctets) throw new Error(`its answer has more than ${maxOctets} octets`);
    return response;
  }

  #answer(request: AcmeRequest, path: string): AcmeResponse {
    if (path === "/dir") return json(200, this.#directory());
    if (path === "/nonce")
      return { status: 200, headers: { "replay-nonce": this.#nonce() }, body: new Uint8Array() };
    if (path.startsWith("/renewal/")) {
      const { start = 0, end = 0 } = this.renewal ?? {};
      const window = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
      return json(200, { suggestedWindow: window }, { "retry-after": "21600" });
    }
    const fresh = { "replay-nonce": this.#nonce() };
    if (this.refusal) {
      const { status, problem, retryAfter } = this.refusal;
      return json(status, problem, {
        ...fresh,
        ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
      });
    }
    const read = this.#verify(request);
    if (typeof read === "string") return json(400, { type: `${prefix}${read}`, detail: read }, fresh);
    const { payload, account, key } = read;
    const answer = this.#serve(path, payload, account, key);
    return { ...answer, headers: { ...answer.headers, ...fresh } };
  }

  #directory(): unknown {
    return {
      newNonce: `${origin}/nonce`,
      newAccount: `${origin}/account`,
      newOrder: `${origin}/order`,
      revokeCert: `${origin}/revoke`,
      ...(this.renewal ? { renewalInfo: `${origin}/renewal` } : {}),
      meta: { termsOfService: `${origin}/terms` },
    };
  }

  #nonce(): string {
    const nonce = `nonce-${++this.#counter}`;
    this.#nonces.add(nonce);
    return nonce;
  }

  #verify({
    body = "",
    url,
    headers,
  }: AcmeRequest): { payload: unknown; account: string; key: KeyObject } | string {
    if (headers["content-type"] !== "application/jose+json") return "malformed";
    const jws = JSON.parse(body) as { protected: string; payload: string; signature: string };
    const decode = (text: string): unknown => JSON.parse(Buffer.from(text, "base64url").toString());
    const header = decode(jws.protected) as {
      alg: string;
      kid?: string;
      jwk?: Record<string, string>;
      nonce: string;
      url: string;
    };
    if (header.url !== url) return "unauthorized";
    const refuses = this.refusesEveryNonce > 0 && this.#counter % this.refusesEveryNonce === 0;
    if (!this.#nonces.delete(header.nonce) || refuses) return "badNonce";
    const account = header.kid ?? createHash("sha256").update(JSON.stringify(header.jwk)).digest("hex");
    const key = header.jwk
      ? createPublicKey({ key: header.jwk, format: "jwk" })
      : this.#accounts.get(header.kid ?? "");
    if (!key) return "accountDoesNotExist";
    const octets = Buffer.from(`${jws.protected}.${jws.payload}`);
    const signature = Buffer.from(jws.signature, "base64url");
    const isGood =
      header.alg === "EdDSA"
        ? verify(null, octets, key, signature)
        : verify("sha256", octets, { key, dsaEncoding: "ieee-p1363" }, signature);
    if (!isGood) return "unauthorized";
    return { payload: jws.payload === "" ? undefined : decode(jws.payload), account, key };
  }

  #serve(path: string, payload: unknown, account: string, key: KeyObject): AcmeResponse {
    const [, what = "", id = "", kind = ""] = path.split("/");
    const index = Number(id);
    switch (what) {
      case "account": {
        const at = `${origin}/account/${createHash("sha256")
          .update(JSON.stringify(key.export({ format: "jwk" })))
          .digest("hex")}`;
        if (
          !this.#accounts.has(at) &&
          (payload as { onlyReturnExisting?: boolean }).onlyReturnExisting === true
        )
          return json(400, { type: `${prefix}accountDoesNotExist` });
        const status = this.#accounts.has(at) ? 200 : 201;
        this.#accounts.set(at, key);
        return json(status, { status: "valid" }, { location: at });
      }
      case "order":
        return id === "" ? this.#newOrder(payload, account) : this.#order(index);
      case "authorization":
        return this.#authorization(index);
      case "challenge":
        return this.#challenge(index, kind as "dns-01" | "http-01", account);
      case "finalize":
        return this.#finalize(index, payload);
      case "certificate": {
        const pem = `${this.#orders[index]?.certificate}${this.#issuing.certificate}`;
        return {
          status: 200,
          headers: { "content-type": "application/pem-certificate-chain" },
          body: octets(pem),
        };
      }
      case "revoke":
        this.revoked.push((payload as { certificate: string }).certificate);
        return json(200, {});
      default:
        return json(404, { type: `${prefix}malformed` });
    }
  }

  #newOrder(payload: unknown, account: string): AcmeResponse {
    const { identifiers, replaces } = payload as { identifiers: { value: string }[]; replaces?: string };
    if (replaces !== undefined) this.replaced.push(replaces);
    const names = identifiers.map(({ value }) => value);
    const authorizations = names.map((name) => {
      const token = (): string => `token-${++this.#counter}`;
      return (
        this.#authorizations.push({
          name: name.replace(/^\*\./, ""),
          isWildcard: name.startsWith("*."),
          account,
          status: "pending",
          tokens: { "dns-01": token(), "http-01": token() },
        }) - 1
      );
    });
    const index = this.#orders.push({ names, authorizations, polls: 0 }) - 1;
    return json(201, this.#orderBody(index), { location: `${origin}/order/${index}` });
  }

  #orderBody(index: number): unknown {
    const order = this.#orders[index];
    if (!order) return {};
    const all = order.authorizations.map((id) => this.#authorizations[id]?.status);
    const isReady = all.every((status) => status === "valid");
    const status =
      order.certificate === undefined
        ? isReady
          ? "ready"
          : all.includes("invalid")
            ? "invalid"
            : "pending"
        : order.polls < this.pollsBeforeValid
          ? "processing"
          : "valid";
    return {
      status,
      authorizations: order.authorizations.map((id) => `${origin}/authorization/${id}`),
      finalize: `${origin}/finalize/${index}`,
      ...(status === "valid" ? { certificate: `${origin}/certificate/${index}` } : {}),
    };
  }

  #order(index: number): AcmeResponse {
    const order = this.#orders[index];
    if (order) order.polls++;
    return json(200, this.#orderBody(index));
  }

  #authorization(index: number): AcmeResponse {
    const found = this.#authorizations[index];
    if (!found) return json(404, {});
    const { name, isWildcard, status, tokens, failed } = found;
    const kinds = isWildcard ? (["dns-01"] as const) : (["http-01", "dns-01"] as const);
    return json(200, {
      status,
      identifier: { type: "dns", value: name },
      ...(isWildcard ? { wildcard: true } : {}),
      challenges: kinds.map((type) => ({
        type,
        url: `${origin}/challenge/${index}/${type}`,
        token: tokens[type],
        status,
        ...(failed?.kind === type ? { error: failed.problem } : {}),
      })),
    });
  }

  /** Looks at once. */
  #challenge(index: number, kind: "dns-01" | "http-01", account: string): AcmeResponse {
    const found = this.#authorizations[index];
    const key = this.#accounts.get(account);
    if (!found || !key) return json(404, {});
    const { crv = "", kty = "", x = "", y } = key.export({ format: "jwk" });
    const jwk = y === undefined ? { crv, kty, x } : { crv, kty, x, y };
    const thumbprint = createHash("sha256").update(JSON.stringify(jwk)).digest("base64url");
    const content = `${found.tokens[kind]}.${thumbprint}`;
    const isProven =
      kind === "http-01"
        ? this.#proofs.page(found.name, found.tokens[kind]) === content
        : this.#proofs.texts(found.name).includes(createHash("sha256").update(content).digest("base64url"));
    found.status = isProven ? "valid" : "invalid";
    const problem = { type: `${prefix}unauthorized`, detail: `nothing to see at ${found.name}` };
    if (!isProven) found.failed = { kind, problem };
    return json(200, {});
  }

  #finalize(index: number, payload: unknown): AcmeResponse {
    const order = this.#orders[index];
    if (!order) return json(404, {});
    const publicKey = publicKeyOf(Buffer.from((payload as { csr: string }).csr, "base64url"));
    const { names } = order;
    const lifeMs = this.lifeDays * 86_400_000;
    order.certificate = issueLeaf(this.#issuing, { names, publicKey, now: this.#time.wall(), lifeMs });
    this.issued.push(order.certificate);
    return this.#order(index);
  }
}

const prefix = "urn:ietf:params:acme:error:";

function json(status: number, value: unknown, headers: Record<string, string> = {}): AcmeResponse {
  const type = status < 400 ? "application/json" : "application/problem+json; charset=utf-8";
  return { status, headers: { "content-type": type, ...headers }, body: octets(JSON.stringify(value)) };
}

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The key of a signing request: its SubjectPublicKeyInfo is found by how that of P-256 begins. */
function publicKeyOf(request: Buffer): KeyObject {
  const start = request.indexOf(Buffer.from("3059301306072a8648ce3d0201", "hex"));
  return createPublicKey({ key: request.subarray(start, start + 91), type: "spki", format: "der" });
}

/** A clock that a wait moves on at once. */
export function eagerTime(start: number): AcmeTime & { now: number } {
  const time = {
    now: start,
    wall: () => time.now,
    wait: (milliseconds: number) => {
      time.now += milliseconds;
      return Promise.resolve();
    },
  };
  return time;
}

/** A leaf of an authority with a key of its own. @param now  when it is issued, milliseconds since 1970 */
export function issueTestLeaf(
  issuing: CertificateAuthority,
  names: string[],
  now: number,
  addresses: string[] = [],
): { pem: string; key: KeyObject } {
  const key = makePrivateKey();
  return { pem: issueLeaf(issuing, { names, addresses, publicKey: createPublicKey(key), now }), key };
}

const keptPairs: Map<string, AuthorityPair> = new Map();

/**
 * An authority that is made once for each set of names and time: platforms of tests, which start by the thousand, do not wait for one each.
 * It is never changed. What is said of keys that differ from platform to platform is tested with {@link makeAuthorityPair} itself.
 */
export function keptAuthorityPair(permittedNames: readonly string[], now: number): AuthorityPair {
  const kept = JSON.stringify([permittedNames, now]);
  const pair = keptPairs.get(kept) ?? makeAuthorityPair(permittedNames, now);
  keptPairs.set(kept, pair);
  return pair;
}
