// The algorithms of DNSSEC (RFC 4034 appendix A.1; RFC 8624), one row each: how keys are made, how a public key stands in a DNSKEY, and
// how octets are signed and verified. The work itself is node:crypto's.

import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";

/** An algorithm that signs and verifies. */
export interface Algorithm {
  /** Its number in DNSKEY, DS and RRSIG. */
  readonly number: number;
  /** Its mnemonic in the registry of IANA. */
  readonly mnemonic: string;
  /** Whether new keys are made of it; the others are verified only. @see RFC 8624 section 3.1 */
  readonly isForSigning: boolean;
  /** True for those of SHA-1: believed only where an operator says so (RFC 9905 section 3). */
  readonly isWeak?: true;
  /** Makes a private key. @param rsaBits  of an RSA key, {@link minRsaBits} to {@link maxRsaBits}; others have one size */
  generate(rsaBits?: number): KeyObject;
  /** The public key of a private or public one, as the DNSKEY has it. */
  encodePublicKey(key: KeyObject): Uint8Array;
  /** Reads a DNSKEY's public key; undefined where it is none of this algorithm. */
  decodePublicKey(octets: Uint8Array): KeyObject | undefined;
  sign(octets: Uint8Array, key: KeyObject): Uint8Array;
  verify(octets: Uint8Array, key: KeyObject, signature: Uint8Array): boolean;
}

/** Bits of new RSA keys, at least and where nobody says otherwise (RFC 8624 leaves it to the operator; NIST SP 800-57: 2048 until 2030). */
export const minRsaBits = 2048;
/** Bits of RSA keys that are verified: above, one verification costs a thousand times as much. */
export const maxRsaBits = 4096;
/** Octets of an RSA key's exponent that is verified with: those in use have three or five, and one as long as the modulus costs fifty times as much. */
const maxRsaExponentOctets = 5;

function rsa(number: number, mnemonic: string, hash: string, isForSigning: boolean): Algorithm {
  return {
    number,
    mnemonic,
    isForSigning,
    generate: (bits = minRsaBits) => generateKeyPairSync("rsa", { modulusLength: bits }).privateKey,
    encodePublicKey(key) {
      const { n = "", e = "" } = createPublicKey(key).export({ format: "jwk" });
      const [modulus, exponent] = [Buffer.from(n, "base64url"), Buffer.from(e, "base64url")];
      // RFC 3110 section 2: one octet for the exponent's length, or a zero and two.
      const length =
        exponent.length < 256 ? [exponent.length] : [0, exponent.length >> 8, exponent.length & 0xff];
      return Uint8Array.from([...length, ...exponent, ...modulus]);
    },
    decodePublicKey(octets) {
      const isLong = octets[0] === 0;
      const at = isLong ? 3 : 1;
      const length = isLong ? ((octets[1] ?? 0) << 8) | (octets[2] ?? 0) : (octets[0] ?? 0);
      const [exponent, modulus] = [octets.subarray(at, at + length), octets.subarray(at + length)];
      if (length === 0 || length > maxRsaExponentOctets) return undefined;
      if (modulus.length < 64 || modulus.length > maxRsaBits / 8) return undefined;
      return fromJwk({ kty: "RSA", e: base64url(exponent), n: base64url(modulus) });
    },
    sign: (octets, key) => sign(hash, octets, key),
    verify: (octets, key, signature) => verify(hash, octets, key, signature),
  };
}

function ecdsa(number: number, mnemonic: string, hash: string, curve: string, size: number): Algorithm {
  return {
    number,
    mnemonic,
    isForSigning: true,
    generate: () => generateKeyPairSync("ec", { namedCurve: curve }).privateKey,
    encodePublicKey(key) {
      const { x = "", y = "" } = createPublicKey(key).export({ format: "jwk" });
      return new Uint8Array(Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]));
    },
    decodePublicKey(octets) {
      if (octets.length !== 2 * size) return undefined;
      const [x, y] = [octets.subarray(0, size), octets.subarray(size)];
      return fromJwk({ kty: "EC", crv: curve, x: base64url(x), y: base64url(y) });
    },
    // RFC 6605 section 4: r and s one after the other, each as long as the curve's order.
    sign: (octets, key) => sign(hash, octets, { key, dsaEncoding: "ieee-p1363" }),
    verify: (octets, key, signature) =>
      signature.length === 2 * size && verify(hash, octets, { key, dsaEncoding: "ieee-p1363" }, signature),
  };
}

function edwards(number: number, mnemonic: string, curve: "Ed25519" | "Ed448", size: number): Algorithm {
  return {
    number,
    mnemonic,
    isForSigning: true,
    generate: () =>
      curve === "Ed25519"
        ? generateKeyPairSync("ed25519").privateKey
        : generateKeyPairSync("ed448").privateKey,
    encodePublicKey: (key) =>
      new Uint8Array(Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url")),
    decodePublicKey: (octets) =>
      octets.length === size ? fromJwk({ kty: "OKP", crv: curve, x: base64url(octets) }) : undefined,
    sign: (octets, key) => sign(null, octets, key),
    verify: (octets, key, signature) => verify(null, octets, key, signature),
  };
}

function fromJwk(key: Record<string, string>): KeyObject | undefined {
  try {
    return createPublicKey({ format: "jwk", key });
  } catch {
    return undefined; // no point of the curve
  }
}

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64url");
}

/** The algorithms. SHA-1 is not signed with and not believed by default (RFC 9905); what came before it is not there at all. */
export const algorithms: readonly Algorithm[] = [
  { ...rsa(5, "RSASHA1", "sha1", false), isWeak: true },
  { ...rsa(7, "RSASHA1-NSEC3-SHA1", "sha1", false), isWeak: true },
  rsa(8, "RSASHA256", "sha256", true),
  rsa(10, "RSASHA512", "sha512", false),
  ecdsa(13, "ECDSAP256SHA256", "sha256", "P-256", 32),
  ecdsa(14, "ECDSAP384SHA384", "sha384", "P-384", 48),
  edwards(15, "ED25519", "Ed25519", 32),
  edwards(16, "ED448", "Ed448", 57),
];

const byNumber: ReadonlyMap<number, Algorithm> = new Map(algorithms.map((row) => [row.number, row]));

/**
 * The algorithm of a number; undefined where it is not one of {@link algorithms}.
 * @param believesSha1  whether those of SHA-1 count
 */
export function algorithmOf(number: number, believesSha1: boolean = false): Algorithm | undefined {
  const algorithm = byNumber.get(number);
  return algorithm?.isWeak === true && !believesSha1 ? undefined : algorithm;
}

/** The algorithm of a mnemonic, in any case, or of a number in text. */
export function parseAlgorithm(text: string): Algorithm | undefined {
  return algorithms.find(
    ({ number, mnemonic, isWeak }) =>
      isWeak !== true && (mnemonic === text.toUpperCase() || String(number) === text),
  );
}
