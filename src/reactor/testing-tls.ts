// For the tests of TLS: certificates, and a TLS port that serves them. Only tests import this file.

import "reflect-metadata"; // before the next one, which reads what it adds
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import type { TicketKey, TlsCertificate, TlsChoice, TlsHello, TlsServer } from "./tls.ts";

let made = 0;

/** Makes a certificate that signs itself, for clients to trust by its chain. Elliptic keys take a millisecond, RSA's a few hundred. */
export async function makeCertificate(
  names: readonly string[],
  algorithm: "ec" | "rsa" = "ec",
): Promise<TlsCertificate> {
  const signing =
    algorithm === "ec"
      ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
      : {
          name: "RSASSA-PKCS1-v1_5",
          modulusLength: 2048,
          publicExponent: Uint8Array.of(1, 0, 1),
          hash: "SHA-256",
        };
  const keys = await crypto.subtle.generateKey(signing, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: (++made).toString(16).padStart(2, "0"),
    name: `CN=test ${made}`,
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000 * 30),
    keys,
    signingAlgorithm: signing,
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))],
  });
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { version: `test-${made}`, chain: `${certificate.toString("pem")}\n`, key };
}

/** A TLS port that serves what its members say; they may be changed at any time. */
export class TestTlsServer implements TlsServer {
  choice: TlsChoice | undefined;
  key: TicketKey = { version: 1, octets: new Uint8Array(48).fill(7) };
  readonly hellos: (string | undefined)[] = [];
  /** The kinds of handshakes' ends, in order. */
  readonly outcomes: string[] = [];
  readonly limits: NonNullable<TlsServer["limits"]>;
  onEnd: () => void = () => {};

  constructor(certificate: TlsCertificate | undefined, limits: NonNullable<TlsServer["limits"]> = {}) {
    if (certificate) this.serve(certificate);
    this.limits = limits;
  }

  /** Serves a certificate from now on. */
  serve(certificate: TlsCertificate, more: Partial<TlsChoice> = {}): void {
    this.choice = {
      certificate,
      policy: "TLS-2016-08",
      protocols: ["http/1.1"],
      scope: "test",
      ...more,
    };
  }

  choose(hello: TlsHello): TlsChoice | undefined {
    this.hellos.push(hello.serverName);
    return this.choice;
  }

  ticketKey(): TicketKey {
    return this.key;
  }

  ended(outcome: Parameters<NonNullable<TlsServer["ended"]>>[0]): void {
    const { kind } = outcome;
    this.outcomes.push(
      kind === "finished" ? `finished ${outcome.protocol}${outcome.isResumed ? " resumed" : ""}` : kind,
    );
    this.onEnd();
  }
}
