// Certificates of others, read: names, times, fingerprints, and whether a chain and a private key belong together.
//
// OpenSSL (node:crypto) reads first, so what comes further is a certificate; the extensions are read from its DER.

import { createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  Certificate,
  ExtendedKeyUsage,
  id_ce_authorityKeyIdentifier,
  id_ce_extKeyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { coversHost } from "./host-name.ts";
import { readPrivateKey, refuseKey } from "./key.ts";
import { readPem } from "./pem.ts";
import { bad, good, type Read } from "./read.ts";

/** One certificate, read. */
export interface CertificateDetails {
  readonly pem: string;
  readonly der: Uint8Array;
  /** Host names of the subject alternative name, in lower case; wildcards begin with `*.`. */
  readonly names: readonly string[];
  /** In words, one line: `CN=shop.test`. */
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal, in lower case. */
  readonly serial: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the DER, hexadecimal in lower case. */
  readonly fingerprint: string;
  readonly isAuthority: boolean;
  /** True where it may not be used by a web server: an extended key usage without serverAuth. */
  readonly isForOtherUse: boolean;
  /** `ECDSA P-256`, `RSA 2048`. */
  readonly keyAlgorithm: string;
  readonly publicKey: KeyObject;
  /** Key identifier of the issuer, where it is given. @see RFC 5280 section 4.2.1.1 */
  readonly authorityKeyId: Uint8Array | undefined;
  readonly serialOctets: Uint8Array;
}

/** Certificates of one chain. */
export const maxChainLength = 10;
/** Names of one certificate that are read. */
const maxReadNames = 1000;

/** Reads the certificates of a PEM text in their order. */
export function readCertificates(text: string): Read<CertificateDetails[]> {
  const blocks = readPem(text);
  if (!blocks.ok) return blocks;
  const found = blocks.value.filter(({ label }) => /^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label));
  if (found.length === 0) return bad("there is no certificate in it");
  if (found.length > maxChainLength) return bad(`there are more than ${maxChainLength} certificates in it`);
  const all: CertificateDetails[] = [];
  for (const [index, { der }] of found.entries()) {
    const details = readCertificate(der);
    if (!details.ok) return bad(`its certificate ${index + 1} ${details.reason}`);
    all.push(details.value);
  }
  return good(all);
}

/** Reads one certificate. */
export function readCertificate(der: Uint8Array): Read<CertificateDetails> {
  try {
    const read = new X509Certificate(Buffer.from(der));
    const parsed = AsnConvert.parse(copyOf(read.raw), Certificate);
    const { tbsCertificate } = parsed;
    const extension = (id: string): ArrayBuffer | undefined =>
      tbsCertificate.extensions?.find(({ extnID }) => extnID === id)?.extnValue.buffer;
    const names = extension(id_ce_subjectAltName);
    const usage = extension(id_ce_extKeyUsage);
    const authority = extension(id_ce_authorityKeyIdentifier);
    const general = names === undefined ? [] : [...AsnConvert.parse(names, SubjectAlternativeName)];
    if (general.length > maxReadNames) return bad(`has more than ${maxReadNames} names`);
    const purposes = usage === undefined ? undefined : [...AsnConvert.parse(usage, ExtendedKeyUsage)];
    const keyId =
      authority === undefined
        ? undefined
        : AsnConvert.parse(authority, AuthorityKeyIdentifier).keyIdentifier?.buffer;
    return good({
      pem: `${read.toString().trimEnd()}\n`,
      der: new Uint8Array(read.raw),
      names: general.flatMap(({ dNSName }) => (dNSName === undefined ? [] : [dNSName.toLowerCase()])),
      subject: oneLine(read.subject),
      issuer: oneLine(read.issuer),
      serial: read.serialNumber.toLowerCase(),
      notBefore: read.validFromDate.getTime(),
      notAfter: read.validToDate.getTime(),
      fingerprint: read.fingerprint256.replaceAll(":", "").toLowerCase(),
      isAuthority: read.ca,
      isForOtherUse:
        purposes !== undefined && !purposes.some((id) => id === id_kp_serverAuth || id === anyPurpose),
      keyAlgorithm: describeKey(read.publicKey),
      publicKey: read.publicKey,
      authorityKeyId: keyId === undefined ? undefined : new Uint8Array(keyId),
      serialOctets: new Uint8Array(tbsCertificate.serialNumber),
    });
  } catch {
    return bad("cannot be read"); // malformed DER is a value, and its libraries have no words for people
  }
}

/** anyExtendedKeyUsage. @see RFC 5280 section 4.2.1.12 */
const anyPurpose = "2.5.29.37.0";

/** A copy whose buffer begins where it begins: what the parser takes. */
function copyOf(octets: Uint8Array): ArrayBuffer {
  return new Uint8Array(octets).buffer;
}

/** A distinguished name in one line; absent parts are left out. */
function oneLine(text: string | undefined): string {
  return (text ?? "").split("\n").filter(Boolean).join(", ");
}

function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") return `RSA ${modulusLength}`;
  if (key.asymmetricKeyType !== "ec") return key.asymmetricKeyType ?? "unknown";
  return `ECDSA ${namedCurve === "prime256v1" ? "P-256" : (namedCurve ?? "").replace(/^secp(\d+)r1$/, "P-$1")}`;
}

/** A certificate of a web server with what stands between it and its root, and its private key. */
export interface Chain {
  /** The server's own first; the root only where it was among what was given. */
  readonly certificates: readonly CertificateDetails[];
  readonly key: KeyObject;
  /** PEM of all, in that order. */
  readonly pem: string;
}

/**
 * Reads a chain with its private key: what users bring, and what an ACME server issues.
 *
 * The key decides which certificate is the server's; the others are put in order. Refused are certificates that belong to nothing, that
 * have run out, that are not for web servers, or that a browser would refuse for their key or signature.
 * @param now  wall time in milliseconds
 */
export function readChain(chainText: string, keyText: string, now: number): Read<Chain> {
  const key = readPrivateKey(keyText);
  if (!key.ok) return bad(`the private key is of no use: ${key.reason}`);
  return readChainOf(chainText, key.value, now);
}

/** {@link readChain} for a key that is here already. */
export function readChainOf(chainText: string, key: KeyObject, now: number): Read<Chain> {
  const read = readCertificates(chainText);
  if (!read.ok) return bad(`the certificate is of no use: ${read.reason}`);
  const publicKey = createPublicKey(key);
  const own = read.value.filter((one) => one.publicKey.equals(publicKey));
  const [leaf] = own;
  if (!leaf) return bad("the private key belongs to none of the certificates");
  if (own.length > 1) return bad("more than one of the certificates is of this private key");
  const reason = refuseLeaf(leaf, now);
  if (reason !== undefined) return bad(`the certificate is of no use: ${reason}`);
  const rest = read.value.filter((one) => one !== leaf);
  const certificates = [leaf];
  for (let last = leaf; rest.length > 0;) {
    const index = rest.findIndex((one) => isIssuedBy(last, one));
    const [issuer] = index < 0 ? [] : rest.splice(index, 1);
    if (!issuer) {
      return bad(
        `the certificate of ${rest[0]?.subject || "no name"} did not issue ${last.subject || "the server's"}: the chain is broken`,
      );
    }
    if (issuer.notAfter <= now) return bad(`the certificate of its issuer, ${issuer.subject}, has run out`);
    certificates.push(issuer);
    last = issuer;
  }
  return good({ certificates, key, pem: certificates.map(({ pem }) => pem).join("") });
}

function refuseLeaf(leaf: CertificateDetails, now: number): string | undefined {
  if (leaf.notAfter <= now) return `it ran out at ${new Date(leaf.notAfter).toISOString()}`;
  if (leaf.notBefore > now) return `it is not valid before ${new Date(leaf.notBefore).toISOString()}`;
  if (leaf.isAuthority) return "it is that of a certificate authority";
  if (leaf.isForOtherUse) return "it is not for web servers";
  if (leaf.names.length === 0) return "it names no host in its subject alternative name";
  return refuseKey(leaf.publicKey);
}

/** Tells whether one certificate is signed by the key of another, whose subject is its issuer. */
export function isIssuedBy(one: CertificateDetails, issuer: CertificateDetails): boolean {
  try {
    const subject = new X509Certificate(Buffer.from(one.der));
    const authority = new X509Certificate(Buffer.from(issuer.der));
    return subject.checkIssued(authority) && subject.verify(authority.publicKey);
  } catch {
    return false; // a key that its signature cannot be of
  }
}

/** The hosts among some that a certificate does not cover. */
export function missingHosts(names: readonly string[], hosts: readonly string[]): string[] {
  return hosts.filter((host) => !names.some((name) => coversHost(name, host)));
}

/**
 * Names a certificate towards an ACME server's renewal information: key identifier of its issuer and its serial number.
 * @returns undefined where it has no key identifier
 * @see RFC 9773 section 4.1
 */
export function renewalId({ authorityKeyId, serialOctets }: CertificateDetails): string | undefined {
  if (!authorityKeyId) return undefined;
  const text = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");
  return `${text(authorityKeyId)}.${text(serialOctets)}`;
}
