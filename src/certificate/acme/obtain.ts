// One certificate from an ACME server, from the order to the chain that has been looked at: what control calls to issue and to renew.
//
// How a challenge is published is the caller's: records in zones of ours, content at the edge. All are published, then all are answered,
// and whatever comes of it all are taken away again.

import { createHash, type KeyObject } from "node:crypto";
import { missingHosts, readChainOf, type Chain } from "../chain.ts";
import { makeSigningRequest } from "../signing-request.ts";
import type { AcmeClient, Authorization } from "./client.ts";
import { AcmeFailure } from "./failure.ts";
import type { Challenge } from "./shapes.ts";

/** How a name is proven: a TXT record, or content under /.well-known. @see RFC 8555 sections 8.3 and 8.4 */
export type ChallengeKind = "dns-01" | "http-01";

/** Something to be published for the server to look at. */
export interface PublishedChallenge {
  readonly kind: ChallengeKind;
  /** The name that is proven, without `*.`. */
  readonly name: string;
  readonly token: string;
  /** http-01: the content at `http://NAME/.well-known/acme-challenge/TOKEN`. */
  readonly content: string;
  /** dns-01: the value of a TXT record at `_acme-challenge.NAME`. */
  readonly text: string;
}

/** Publishes challenges. */
export interface ChallengePublisher {
  /** The kinds that can be published for a name, those that are preferred first. Empty where there is none. */
  kindsFor(name: string, isWildcard: boolean): readonly ChallengeKind[];
  /** Publishes all of them. Settles once the server can see them; rejects where that cannot be. */
  publish(challenges: readonly PublishedChallenge[]): Promise<void>;
  /** Takes them away, also those that `publish` has not come to. */
  withdraw(challenges: readonly PublishedChallenge[]): Promise<void>;
}

/** What is to be had. */
export interface CertificateRequest {
  /** As readHostName gives them. */
  readonly names: readonly string[];
  /** The new certificate's private key: ECDSA P-256. */
  readonly key: KeyObject;
  readonly publisher: ChallengePublisher;
  /** Of several chains, one whose last issuer has this in its name. The server's own choice where there is none. */
  readonly preferredIssuer?: string;
  /** renewalId of the certificate that it renews. */
  readonly replaces?: string;
}

/** Gets a certificate. The client's account must be there. Throws {@link AcmeFailure}, and what the publisher throws. */
export async function obtainCertificate(client: AcmeClient, request: CertificateRequest): Promise<Chain> {
  const { names, key, publisher } = request;
  const order = await client.order(names, request.replaces);
  const open: { authorization: Authorization; challenge: Challenge; published: PublishedChallenge }[] = [];
  for (const address of order.authorizations) {
    const authorization = await client.authorization(address);
    if (authorization.status === "valid") continue;
    if (authorization.status !== "pending")
      throw new AcmeFailure(
        "unauthorized",
        `Cannot prove "${authorization.identifier.value}": it is ${authorization.status}`,
      );
    checkIdentifier(authorization, names);
    open.push({ authorization, ...choose(client, authorization, publisher) });
  }
  const published = open.map((one) => one.published);
  try {
    if (published.length > 0) await publisher.publish(published);
    for (const { challenge } of open) await client.respond(challenge);
    for (const { authorization } of open) await client.awaitAuthorization(authorization.url);
    const signingRequest = makeSigningRequest(names, key);
    const address = await client.finalize(order, signingRequest);
    return chooseChain(client, request, await client.download(address));
  } finally {
    if (published.length > 0) await publisher.withdraw(published);
  }
}

/** The server may have us prove only what was ordered. */
function checkIdentifier({ identifier, wildcard }: Authorization, names: readonly string[]): void {
  const name = wildcard === true ? `*.${identifier.value}` : identifier.value;
  if (identifier.type === "dns" && names.includes(name.toLowerCase())) return;
  throw new AcmeFailure("protocol", `Cannot prove "${name.slice(0, 260)}": it was not ordered`);
}

function choose(
  client: AcmeClient,
  { identifier, wildcard = false, challenges }: Authorization,
  publisher: ChallengePublisher,
): { challenge: Challenge; published: PublishedChallenge } {
  const name = identifier.value.toLowerCase();
  const kinds = publisher.kindsFor(name, wildcard);
  for (const kind of kinds) {
    const challenge = challenges.find(({ type }) => type === kind);
    if (challenge?.token === undefined) continue;
    const { token } = challenge;
    // It becomes part of a path and of a record. @see RFC 8555 section 8.1
    if (!/^[A-Za-z0-9_-]{1,400}$/.test(token))
      throw new AcmeFailure("protocol", `Cannot prove "${name}": the challenge's token is not of base64url`);
    const content = client.keyAuthorization(token);
    const text = createHash("sha256").update(content).digest("base64url");
    return { challenge, published: { kind, name, token, content, text } };
  }
  const offered = challenges.map(({ type }) => type).join(", ") || "nothing";
  const able = kinds.join(", ") || "nothing";
  throw new AcmeFailure(
    "unauthorized",
    `Cannot prove "${wildcard ? "*." : ""}${name}": the authority takes ${offered}, and here can be published ${able}`,
  );
}

/** Looks at what came: it must be for our key and names, and of today. */
function chooseChain(client: AcmeClient, request: CertificateRequest, texts: readonly string[]): Chain {
  const now = client.session.settings.time.wall();
  const chains = texts.map((text) => {
    const chain = readChainOf(text, request.key, now);
    if (!chain.ok) throw new AcmeFailure("protocol", `Cannot use what the authority issued: ${chain.reason}`);
    const missing = missingHosts(chain.value.certificates[0]?.names ?? [], request.names);
    if (missing.length > 0)
      throw new AcmeFailure(
        "protocol",
        `Cannot use what the authority issued: it is not for ${missing.join(", ")}`,
      );
    return chain.value;
  });
  const wanted = request.preferredIssuer;
  const isWanted = ({ certificates }: Chain): boolean =>
    wanted !== undefined && certificates.at(-1)?.issuer.includes(wanted) === true;
  const chosen = chains.find(isWanted) ?? chains[0];
  if (!chosen) throw new AcmeFailure("protocol", "Cannot use what the authority issued: it is nothing");
  return chosen;
}
