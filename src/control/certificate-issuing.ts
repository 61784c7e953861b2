// How one certificate comes about: by the built-in authority at once, or by an ACME authority with what it wants to see published.

import {
  AcmeClient,
  AcmeFailure,
  issueLeaf,
  makeAuthorityPair,
  makeIssuing,
  makePrivateKey,
  obtainCertificate,
  readCertificates,
  readChainOf,
  renewalId,
  type CertificateAuthority,
  type Chain,
  type RenewalWindow,
} from "#certificate";
import { PlatformError } from "#contract";
import { createPublicKey } from "node:crypto";
import { encodePrivateKey } from "#certificate";
import {
  acmeAccountKey,
  acmeKeyPurpose,
  authorityKey,
  authorityKeyPurpose,
  type AuthorityFact,
  type CertificateFact,
  type ServedCertificate,
} from "./certificate-facts.ts";
import type { CertificatePlatform, Waits } from "./certificate-platform.ts";
import { challengePublisher } from "./challenge-publisher.ts";

/** The issuing certificate is made anew when it has less left than this: no certificate below it is cut short. */
const issuingReserveMs = 365 * 86_400_000;

/** Issues certificates. */
export class CertificateIssuing {
  readonly #platform: CertificatePlatform;
  readonly #waits: Waits;
  /** The client of the account that there is, by what it was made from. */
  #acme: { readonly from: string; readonly client: AcmeClient } | undefined;

  constructor(platform: CertificatePlatform, waits: Waits) {
    this.#platform = platform;
    this.#waits = waits;
  }

  /**
   * Makes the built-in authority where there is none, or where names have been added that it is not permitted.
   * @returns the fact to be committed, its keys kept; undefined where all is well
   */
  async prepareAuthority(): Promise<AuthorityFact | undefined> {
    const { state, config, host, secrets } = this.#platform;
    const now = host.clock.wall();
    const permittedNames = config.profile.tlds.map((name) => name.slice(0, -1));
    const before = state.value("authority", authorityKey);
    if (before && permittedNames.every((name) => before.permittedNames.includes(name))) return undefined;
    if (before)
      host.log.warn(
        { permittedNames },
        "the built-in authority is made anew for names that it was not made for: trust it again",
      );
    const { root, issuing } = (host.makeAuthorityPair ?? makeAuthorityPair)(permittedNames, now);
    return {
      root: root.certificate,
      issuing: issuing.certificate,
      rootKeyId: await secrets.keep(authorityKeyPurpose, encodePrivateKey(root.key)),
      issuingKeyId: await secrets.keep(authorityKeyPurpose, encodePrivateKey(issuing.key)),
      permittedNames,
      createdAt: now,
    };
  }

  /** Issues a certificate with a key of its own. Throws a PlatformError where that cannot be. @param attempts  that came to nothing before */
  issue(fact: CertificateFact, before: ServedCertificate | undefined, attempts: number): Promise<Chain> {
    return fact.issuer === "acme" ? this.#obtain(fact, before, attempts) : this.issueHere(fact.names);
  }

  /**
   * Issues a certificate of the built-in authority, with a key of its own. Throws a PlatformError where that cannot be.
   * @param addresses  IP addresses in text that it is for too
   */
  async issueHere(names: readonly string[], addresses: readonly string[] = []): Promise<Chain> {
    const { host } = this.#platform;
    const authority = await this.#issuingAuthority();
    const key = makePrivateKey();
    const now = host.clock.wall();
    const leaf = issueLeaf(authority, { names, addresses, publicKey: createPublicKey(key), now });
    const chain = readChainOf(`${leaf}${authority.certificate}`, key, now);
    if (!chain.ok)
      throw new PlatformError("internal", `Cannot issue for ${names.join(", ")}: ${chain.reason}`);
    return chain.value;
  }

  async #issuingAuthority(): Promise<CertificateAuthority> {
    const { state, host, secrets } = this.#platform;
    const fact = state.value("authority", authorityKey);
    if (!fact) throw new PlatformError("issuer-missing", "Cannot issue: there is no built-in authority");
    const read = readCertificates(fact.issuing);
    const end = read.ok ? (read.value[0]?.notAfter ?? 0) : 0;
    if (end - host.clock.wall() < issuingReserveMs) return this.#renewIssuing(fact);
    const key = await secrets.key(authorityKeyPurpose, fact.issuingKeyId);
    if (!key) throw new PlatformError("issuer-missing", "Cannot issue: the built-in authority's key is gone");
    return { certificate: fact.issuing, key };
  }

  async #renewIssuing(fact: AuthorityFact): Promise<CertificateAuthority> {
    const { host, secrets, write } = this.#platform;
    const key = await secrets.key(authorityKeyPurpose, fact.rootKeyId);
    if (!key) throw new PlatformError("issuer-missing", "Cannot issue: the built-in root's key is gone");
    const issuing = makeIssuing({ certificate: fact.root, key }, fact.permittedNames, host.clock.wall());
    const issuingKeyId = await secrets.keep(authorityKeyPurpose, encodePrivateKey(issuing.key));
    await write(({ draft, state }) => {
      if (state.value("authority", authorityKey)?.issuingKeyId !== fact.issuingKeyId) return;
      draft.put("authority", authorityKey, { ...fact, issuing: issuing.certificate, issuingKeyId });
    });
    return issuing;
  }

  async #obtain(
    { names, challenge = "dns-01" }: CertificateFact,
    before: ServedCertificate | undefined,
    attempts: number,
  ): Promise<Chain> {
    const client = await this.#client();
    const account = this.#platform.state.value("acme-account", acmeAccountKey);
    // What one way did not prove, the other may.
    const other = challenge === "dns-01" ? "http-01" : "dns-01";
    const replaces = before && idOf(before);
    return obtainCertificate(client, {
      names,
      key: makePrivateKey(),
      publisher: challengePublisher(this.#platform, this.#waits, attempts % 2 === 0 ? challenge : other),
      ...(account?.preferredIssuer === undefined ? {} : { preferredIssuer: account.preferredIssuer }),
      ...(replaces === undefined ? {} : { replaces }),
    });
  }

  /** When the authority wants a certificate renewed; undefined where it does not say. @see RFC 9773 */
  async renewalWindow(served: ServedCertificate): Promise<RenewalWindow | undefined> {
    const id = idOf(served);
    return id === undefined ? undefined : (await this.#client()).renewalInfo(id);
  }

  /** The client of the account, with the account found or made. */
  async #client(): Promise<AcmeClient> {
    const { state, host, secrets, config, acme } = this.#platform;
    const fact = state.value("acme-account", acmeAccountKey);
    if (!fact) throw new PlatformError("issuer-missing", "Cannot issue: no ACME account is set");
    const from = JSON.stringify(fact);
    if (this.#acme?.from !== from) {
      const key = await secrets.key(acmeKeyPurpose, fact.keyId);
      if (!key)
        throw new PlatformError("issuer-missing", "Cannot issue: the key of the ACME account is gone");
      const client = new AcmeClient({
        directoryUrl: fact.directoryUrl,
        key,
        transport: acme(fact.authorities ?? ""),
        time: { wall: () => host.clock.wall(), wait: (milliseconds) => this.#waits.pause(milliseconds) },
        userAgent: `fairlead/${config.version}`,
      });
      this.#acme = { from, client };
    }
    const { client } = this.#acme;
    const hmacKey =
      fact.externalHmacId === undefined ? undefined : await secrets.text(acmeKeyPurpose, fact.externalHmacId);
    try {
      await client.account({
        contact: fact.email === undefined ? [] : [`mailto:${fact.email}`],
        termsOfServiceAgreed: fact.termsOfServiceAgreed,
        ...(fact.externalKeyId === undefined || hmacKey === undefined
          ? {}
          : { externalAccount: { keyId: fact.externalKeyId, hmacKey } }),
      });
    } catch (error) {
      // A server that was set up anew has another directory and no account of ours.
      this.#acme = undefined;
      throw error;
    }
    return client;
  }

  /** Forgets what is known of the server: it is asked anew. */
  forget(): void {
    this.#acme = undefined;
  }
}

function idOf({ chain }: ServedCertificate): string | undefined {
  const read = readCertificates(chain);
  const [leaf] = read.ok ? read.value : [];
  return leaf && renewalId(leaf);
}

/** How long the authority wants us to wait before the next attempt; 0 where it does not say. */
export function toldToWaitMs(error: unknown): number {
  return error instanceof AcmeFailure ? (error.retryAfterMs ?? 0) : 0;
}
