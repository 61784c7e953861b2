// The built-in certificate authority: a root whose name constraints are critical, so that whoever trusts it trusts it for the private
// names only; an issuing certificate below it; and the certificates of web servers that this one signs (RFC 5280 section 4).
//
// Signatures are made in one synchronous call (node:crypto), so that control can issue within a step of its own. Where keys are kept is
// not known here.

import { createHash, createPublicKey, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { makePrivateKey } from "./key.ts";
import { formatPem } from "./pem.ts";

const day = 86_400_000;
/** A root is taken into the stores of browsers by hand: that should be needed once in the life of a machine. */
export const rootLifeMs: number = 20 * 365 * day;
/** The issuing certificate is replaced without anybody's doing. */
export const issuingLifeMs: number = 5 * 365 * day;
/** Life of a server's certificate. Browsers take up to 398 days; shorter lives keep renewal in use. */
export const leafLifeMs: number = 90 * day;
/** How far certificates begin in the past: for clients whose clock is slow. */
const backdatedMs = 3_600_000;

/** ecdsa-with-SHA256. @see RFC 5758 section 3.2 */
const signatureAlgorithm = "1.2.840.10045.4.3.2";
const commonName = "2.5.4.3";
const organizationName = "2.5.4.10";
/** Most characters of a common name. @see RFC 5280 appendix A.1, ub-common-name */
const maxCommonName = 64;

/** A certificate authority: its certificate and the key that signs. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
}

/** What a certificate is made of. */
interface Contents {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
}

/**
 * Makes a root.
 * @param permittedNames  suffixes without a final dot: `test` permits itself and every name below it
 * @param now  wall time in milliseconds
 */
export function makeRoot(permittedNames: readonly string[], now: number): CertificateAuthority {
  const key = makePrivateKey();
  const publicKey = createPublicKey(key);
  // The name says which of several roots it is: every platform has one of its own.
  const subject = nameOf(`Fairlead root ${hex(keyIdOf(publicKey)).slice(0, 8)}`);
  const contents = {
    subject,
    publicKey,
    notBefore: now - day,
    notAfter: now + rootLifeMs,
    extensions: [
      ...authorityExtensions(1),
      extension(id_ce_nameConstraints, true, constraintsOf(permittedNames)),
      subjectKey(publicKey),
    ],
  };
  return { certificate: signed(contents, subject, key), key };
}

/** Makes the certificate authority that signs those of servers, below a root. */
export function makeIssuing(
  root: CertificateAuthority,
  permittedNames: readonly string[],
  now: number,
): CertificateAuthority {
  const key = makePrivateKey();
  const publicKey = createPublicKey(key);
  const issuer = issuerOf(root);
  const contents = {
    subject: nameOf(`Fairlead issuing ${hex(keyIdOf(publicKey)).slice(0, 8)}`),
    publicKey,
    notBefore: now - day,
    notAfter: Math.min(now + issuingLifeMs, issuer.notAfter),
    extensions: [
      ...authorityExtensions(0),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      // Repeated here: some clients do not look at what a root permits. @see RFC 5280 section 6.1.1
      extension(id_ce_nameConstraints, true, constraintsOf(permittedNames)),
      subjectKey(publicKey),
      authorityKey(issuer.keyId),
    ],
  };
  return { certificate: signed(contents, issuer.subject, root.key), key };
}

/** A root and the issuing certificate below it. */
export interface AuthorityPair {
  readonly root: CertificateAuthority;
  readonly issuing: CertificateAuthority;
}

/** Makes both, with fresh keys. See {@link makeRoot}. */
export function makeAuthorityPair(permittedNames: readonly string[], now: number): AuthorityPair {
  const root = makeRoot(permittedNames, now);
  return { root, issuing: makeIssuing(root, permittedNames, now) };
}

/** What a server's certificate is issued for. */
export interface LeafRequest {
  /** Host names as readHostName gives them; at least one name or address. */
  readonly names: readonly string[];
  /** IP addresses in text. */
  readonly addresses?: readonly string[];
  readonly publicKey: KeyObject;
  /** Wall time in milliseconds. */
  readonly now: number;
  /** Milliseconds; {@link leafLifeMs} where absent. Never beyond the issuer's own end. */
  readonly lifeMs?: number;
}

/**
 * Issues the certificate of a server. Whether the names are within what the root permits is the caller's to see to; clients refuse others.
 * @returns PEM of the one certificate
 */
export function issueLeaf(authority: CertificateAuthority, request: LeafRequest): string {
  const { names, addresses = [], publicKey, now, lifeMs = leafLifeMs } = request;
  const [first = ""] = names;
  if (names.length + addresses.length === 0)
    throw new RangeError("Cannot issue a certificate: it has no name");
  const issuer = issuerOf(authority);
  const isNamed = first !== "" && first.length <= maxCommonName;
  const alternatives = [
    ...names.map((name) => new GeneralName({ dNSName: name })),
    ...addresses.map((address) => new GeneralName({ iPAddress: address })),
  ];
  const contents = {
    subject: isNamed ? nameOf(first, false) : new Name(),
    publicKey,
    notBefore: now - backdatedMs,
    notAfter: Math.min(now + lifeMs, issuer.notAfter),
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints()),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      // Critical where the subject is empty. @see RFC 5280 section 4.2.1.6
      extension(id_ce_subjectAltName, !isNamed, new SubjectAlternativeName(alternatives)),
      subjectKey(publicKey),
      authorityKey(issuer.keyId),
    ],
  };
  return signed(contents, issuer.subject, authority.key);
}

/** What of a certificate authority goes into what it signs. */
function issuerOf({ certificate, key }: CertificateAuthority): {
  subject: Name;
  keyId: Uint8Array;
  notAfter: number;
} {
  const read = new X509Certificate(certificate);
  const { tbsCertificate } = AsnConvert.parse(new Uint8Array(read.raw).buffer, Certificate);
  return {
    subject: tbsCertificate.subject,
    keyId: keyIdOf(createPublicKey(key)),
    notAfter: read.validToDate.getTime(),
  };
}

/** Certificate authority, with so many further ones below it. @see RFC 5280 section 4.2.1.9 */
function authorityExtensions(pathLenConstraint: number): Extension[] {
  const usage = new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign);
  return [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint })),
    extension(id_ce_keyUsage, true, usage),
  ];
}

/**
 * The private names and this machine's own addresses, and nothing else of any kind that clients check: a kind of name that is not
 * mentioned would be permitted whole. Nobody has mail or URIs under `invalid` (RFC 6761 section 6.4).
 * @see RFC 5280 section 4.2.1.10
 */
function constraintsOf(permittedNames: readonly string[]): NameConstraints {
  const bases = [
    ...permittedNames.map((name) => new GeneralName({ dNSName: name })),
    new GeneralName({ iPAddress: "127.0.0.0/8" }),
    new GeneralName({ iPAddress: "::1/128" }),
    new GeneralName({ rfc822Name: "invalid" }),
    new GeneralName({ uniformResourceIdentifier: "invalid" }),
  ];
  return new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base }))),
  });
}

/** The names that a root permits, without a final dot: what {@link makeRoot} was given. */
export function permittedNamesOf(certificate: string): string[] {
  const { raw } = new X509Certificate(certificate);
  const { tbsCertificate } = AsnConvert.parse(new Uint8Array(raw).buffer, Certificate);
  const found = tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_nameConstraints);
  if (!found) return [];
  const { permittedSubtrees = [] } = AsnConvert.parse(found.extnValue.buffer, NameConstraints);
  return [...permittedSubtrees].flatMap(({ base }) => base.dNSName ?? []);
}

function subjectKey(publicKey: KeyObject): Extension {
  return extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdOf(publicKey)));
}

function authorityKey(keyId: Uint8Array): Extension {
  const keyIdentifier = new SubjectKeyIdentifier(keyId);
  return extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier }));
}

/** A key's identifier: the first 160 bits of the SHA-256 of the public key. @see RFC 7093 section 2 */
function keyIdOf(publicKey: KeyObject): Uint8Array {
  const { subjectPublicKey } = publicKeyInfo(publicKey);
  return new Uint8Array(
    createHash("sha256").update(new Uint8Array(subjectPublicKey)).digest().subarray(0, 20),
  );
}

function publicKeyInfo(publicKey: KeyObject): SubjectPublicKeyInfo {
  const der = publicKey.export({ type: "spki", format: "der" });
  return AsnConvert.parse(new Uint8Array(der).buffer, SubjectPublicKeyInfo);
}

/** One extension. Exported for certificate signing requests. */
export function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** A distinguished name. `hasOrganization` is for the authorities' own. */
export function nameOf(text: string, hasOrganization: boolean = true): Name {
  const part = (type: string, utf8String: string): RelativeDistinguishedName =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) }),
    ]);
  return new Name([
    ...(hasOrganization ? [part(organizationName, "Fairlead")] : []),
    part(commonName, text.slice(0, maxCommonName)),
  ]);
}

/** Signs. @returns PEM */
function signed(contents: Contents, issuer: Name, key: KeyObject): string {
  const signature = new AlgorithmIdentifier({ algorithm: signatureAlgorithm });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: makeSerial(),
    signature,
    issuer,
    validity: new Validity({
      notBefore: new Date(contents.notBefore),
      notAfter: new Date(contents.notAfter),
    }),
    subject: contents.subject,
    subjectPublicKeyInfo: publicKeyInfo(contents.publicKey),
    extensions: new Extensions([...contents.extensions]),
  });
  const octets = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signatureValue = new Uint8Array(sign("sha256", octets, key)).buffer;
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm: signature, signatureValue });
  return formatPem("CERTIFICATE", new Uint8Array(AsnConvert.serialize(certificate)));
}

/** A serial number of 126 unpredictable bits, positive and of 16 octets. @see RFC 5280 section 4.1.2.2 */
function makeSerial(): ArrayBuffer {
  const octets = new Uint8Array(randomBytes(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets.buffer;
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}
