// TLS of name servers and resolver: one certificate, whatever name is asked for, since clients find these servers by their addresses. TLS 1.3
// only. The certificate comes from control, with its key sealed, or from files; another one is there for the next handshake, and
// connections that are open live on.

import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { Counters, RoleObject, ServiceCertificateObject } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Now } from "#engine";
import {
  handshakeOutcomes,
  type HandshakeOutcome,
  type TicketKey,
  type TlsCertificate,
  type TlsChoice,
  type TlsHello,
  type TlsServer,
} from "#reactor";
import type { OpenKey } from "./edge-tls.ts";
import { TicketKeys, type TicketKeySource } from "./ticket-keys.ts";

/** ALPN of DNS over TLS. @see RFC 7858 section 3.1; RFC 9103 section 8.1 */
const dotProtocol = "dot";

/** The certificate of one service, as it is now. */
export class ServiceTls implements TlsServer {
  /** Told each time that there is another certificate. */
  onCertificate: (certificate: TlsCertificate, clientAuthorities: string | undefined) => void = () => {};
  readonly #service: string;
  readonly #ticketKeys: TicketKeySource;
  #certificate: TlsCertificate | undefined;
  #clientAuthorities: string | undefined;
  /** A question is asked in far less than this: who dawdles makes room. */
  readonly limits: NonNullable<TlsServer["limits"]> = { handshakeMs: 5000, handshakes: 1000 };
  readonly #ends = new Map<HandshakeOutcome["kind"], number>();

  /** @param service  the id of the group, or "resolver" */
  constructor(service: string, ticketKeys: TicketKeySource = new TicketKeys()) {
    this.#service = service;
    this.#ticketKeys = ticketKeys;
  }

  /** What is served; undefined while there is nothing. */
  get certificate(): TlsCertificate | undefined {
    return this.#certificate;
  }

  /** PEM of the authorities that clients have to show a certificate of; undefined where they show none. */
  get clientAuthorities(): string | undefined {
    return this.#clientAuthorities;
  }

  /** Serves another certificate from the next handshake on. @param clientAuthorities  absent: clients show no certificate */
  serve(certificate: TlsCertificate, clientAuthorities?: string): void {
    this.#certificate = certificate;
    this.#clientAuthorities = clientAuthorities;
    this.onCertificate(certificate, clientAuthorities);
  }

  choose(_hello: TlsHello): TlsChoice | undefined {
    return (
      this.#certificate && {
        certificate: this.#certificate,
        policy: "TLS-FS-Res-1-2-2019-08",
        oldest: "TLSv1.3",
        ...(this.#clientAuthorities === undefined ? {} : { clientAuthorities: this.#clientAuthorities }),
        protocols: [dotProtocol],
        scope: this.#service,
      }
    );
  }

  ticketKey(now: Now): TicketKey {
    return this.#ticketKeys.at(now);
  }

  ended({ kind }: HandshakeOutcome): void {
    this.#ends.set(kind, (this.#ends.get(kind) ?? 0) + 1);
  }

  /** Handshakes by how they ended. */
  counters(): Counters {
    return Object.fromEntries(
      handshakeOutcomes.map((kind) => [
        `tls-handshakes{group=${this.#service},outcome=${kind}}`,
        this.#ends.get(kind) ?? 0,
      ]),
    );
  }
}

/** The certificates that control sends to a role. */
export class ServiceCertificates {
  readonly #services = new Map<string, ServiceTls>();
  readonly #openKey: OpenKey;
  readonly #onUnusable: (service: string, error: unknown) => void;

  constructor(
    services: readonly string[],
    openKey: OpenKey,
    onUnusable: (service: string, error: unknown) => void,
  ) {
    for (const service of services) this.#services.set(service, new ServiceTls(service));
    this.#openKey = openKey;
    this.#onUnusable = onUnusable;
  }

  /** The TLS of a service. */
  of(service: string): ServiceTls | undefined {
    return this.#services.get(service);
  }

  /** Takes what is new of certificates. One that cannot be used leaves the one before in service. */
  apply(put: Iterable<RoleObject>): void {
    for (const object of put) if (object.kind === "service-certificate") this.#take(object);
  }

  #take({ service, chain, keyId, sealedKey }: ServiceCertificateObject): void {
    try {
      this.#services.get(service)?.serve(usableCertificate(chain, this.#openKey(keyId, sealedKey)));
    } catch (error) {
      this.#onUnusable(service, error);
    }
  }

  /** What all of them have done. */
  counters(): Counters {
    return Object.assign({}, ...[...this.#services.values()].map((tls) => tls.counters())) as Counters;
  }
}

/**
 * A certificate with its key, looked at. Throws a PlatformError `certificate-malformed` where they do not belong together.
 * @param key  PKCS #8, DER
 */
export function usableCertificate(chain: string, key: Uint8Array): TlsCertificate {
  const pair = createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
  if (!new X509Certificate(chain).checkPrivateKey(pair))
    throw new PlatformError(
      "certificate-malformed",
      "Cannot use a certificate: the key is not the certificate's",
    );
  const version = createHash("sha256").update(chain).update(key).digest("hex");
  return { version, chain, key };
}
