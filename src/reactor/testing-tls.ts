// For the tests of TLS: the drivers that have it, certificates, and a TLS port that serves them. Only tests import this file.

import { isIP } from "node:net";
import "reflect-metadata"; // before the next one, which reads what it adds
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import type { Driver, FaultListener } from "./driver.ts";
import { loadLinuxCalls } from "./linux-calls.ts";
import { LinuxDriver } from "./linux-driver.ts";
import { HostedLoop } from "./linux-hosted.ts";
import { LinuxLoop } from "./linux-loop.ts";
import { NodeDriver } from "./node-driver.ts";
import { loadOpenSsl } from "./openssl.ts";
import type { TicketKey, TlsCertificate, TlsChoice, TlsHello, TlsServer } from "./tls.ts";

/** A driver that has TLS. */
export type TlsDriverName = "node" | "linux";

const calls = loadLinuxCalls();

/** Those of this machine: elsewhere than on Linux, or without the foreign-function library, there is no linux driver. */
export const tlsDrivers: readonly TlsDriverName[] =
  typeof calls === "string" || typeof loadOpenSsl() === "string" ? ["node"] : ["node", "linux"];

/** A driver, and what ends it. */
export interface TlsDriver {
  readonly driver: Driver;
  readonly close: () => Promise<void>;
}

/** Makes one of {@link tlsDrivers}. */
export function makeTlsDriver(name: TlsDriverName, onFault?: FaultListener): TlsDriver {
  if (name === "node" || typeof calls === "string") {
    const driver = new NodeDriver(onFault);
    return { driver, close: () => driver.close() };
  }
  const loop = new LinuxLoop(calls);
  const hosted = new HostedLoop(loop);
  const driver = new LinuxDriver(loop, onFault);
  return {
    driver,
    close: async () => {
      await driver.close();
      hosted.close();
      driver.free();
    },
  };
}

let made = 0;

/**
 * Makes a certificate that signs itself, for clients to trust by its chain. Elliptic keys take a millisecond, RSA's a few hundred.
 *
 * @param names  its alternative names; none: it has its subject alone
 * @param subject  the common name of its subject
 */
export async function makeCertificate(
  names: readonly string[],
  algorithm: "ec" | "rsa" = "ec",
  subject: string = `test ${made + 1}`,
  endsAt: number = Date.now() + 86_400_000 * 30,
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
    name: `CN=${subject}`,
    notBefore: new Date(Math.min(Date.now(), endsAt) - 86_400_000),
    notAfter: new Date(endsAt),
    keys,
    signingAlgorithm: signing,
    extensions:
      names.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: typeOf(value), value })))],
  });
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { version: `test-${made}`, chain: `${certificate.toString("pem")}\n`, key };
}

function typeOf(name: string): "ip" | "dns" {
  return isIP(name) === 0 ? "dns" : "ip";
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
