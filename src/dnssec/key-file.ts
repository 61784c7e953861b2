// Key files as BIND, ldns and Knot write and read them: `Kzone.+013+12345.key` with the DNSKEY record, `.private` beside it with the
// private key's numbers in base 64.

import { createPrivateKey, type KeyObject } from "node:crypto";
import { decodeRdata, formatRecord, type Name, parseZoneFile, RrClass, RrType } from "#wire";
import { type Algorithm, algorithmOf } from "./algorithms.ts";
import { KeyFlag, type SigningKey, signingKey } from "./key.ts";

/** Members of an RSA key: how the file calls them, and JWK (RFC 7518 section 6.3). */
const rsaMembers: Readonly<Record<string, string>> = {
  Modulus: "n",
  PublicExponent: "e",
  PrivateExponent: "d",
  Prime1: "p",
  Prime2: "q",
  Exponent1: "dp",
  Exponent2: "dq",
  Coefficient: "qi",
};

/** Curves of the other algorithms, as JWK calls them. */
const curves: Readonly<Record<number, { readonly kty: string; readonly crv: string }>> = {
  13: { kty: "EC", crv: "P-256" },
  14: { kty: "EC", crv: "P-384" },
  15: { kty: "OKP", crv: "Ed25519" },
  16: { kty: "OKP", crv: "Ed448" },
};

const notItsHalf = "the private key is not that of the .key file";

/** The name of a key's files, without `.key` or `.private`. */
export function keyFileName(owner: Name, { algorithm, tag }: SigningKey): string {
  const zone = owner.toLowerCase().toString();
  return `K${zone}+${String(algorithm.number).padStart(3, "0")}+${String(tag).padStart(5, "0")}`;
}

/** The text of a key's two files. */
export function formatPrivateKey(
  owner: Name,
  key: SigningKey,
  ttl: number,
): { readonly key: string; readonly private: string } {
  const { algorithm, rdata } = key;
  const jwk = key.key.export({ format: "jwk" }) as Record<string, string>;
  const numbers =
    jwk["kty"] === "RSA"
      ? Object.entries(rsaMembers).map(([member, name]) => `${member}: ${toBase64(jwk[name])}`)
      : [`PrivateKey: ${toBase64(jwk["d"])}`];
  const lines = [
    "Private-key-format: v1.3",
    `Algorithm: ${algorithm.number} (${algorithm.mnemonic})`,
    ...numbers,
    "",
  ];
  const record = formatRecord({ name: owner, type: RrType.DNSKEY, class: RrClass.IN, ttl, rdata });
  return { key: `${record}\n`, private: lines.join("\n") };
}

/**
 * Reads the two files of a key.
 * @returns the owner and the key, or in words why there is none
 */
export function parseKeyFiles(
  keyText: string,
  privateText: string,
): { readonly owner: Name; readonly key: SigningKey } | { readonly problem: string } {
  const [record] = parseZoneFile(keyText, { ttl: 0 }).records;
  const dnskey = record?.type === RrType.DNSKEY ? decodeRdata(RrType.DNSKEY, record.rdata) : undefined;
  if (!record || !dnskey?.ok) return { problem: "the .key file has no DNSKEY record" };
  const { flags, algorithm: number, publicKey } = dnskey.value;
  const algorithm = algorithmOf(number);
  if (!algorithm) return { problem: `algorithm ${number} is not signed with` };
  const members = new Map(
    privateText.split("\n").flatMap((line) => {
      const [, name, value] = /^([A-Za-z0-9-]+):\s*(\S+)/.exec(line) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
  if (members.get("Algorithm") !== String(number))
    return { problem: "the two files are not of one algorithm" };
  const key = privateKeyOf(algorithm, members, publicKey);
  if (!key) return { problem: notItsHalf };
  const made = signingKey(algorithm, key, (flags & KeyFlag.secureEntryPoint) !== 0);
  if (made.rdata.join() !== record.rdata.join()) return { problem: notItsHalf };
  return { owner: record.name, key: made };
}

function privateKeyOf(
  { number }: Algorithm,
  members: ReadonlyMap<string, string>,
  publicKey: Uint8Array,
): KeyObject | undefined {
  const curve = curves[number];
  const half = curve?.kty === "EC" ? publicKey.length / 2 : publicKey.length;
  const jwk: Record<string, string> = curve
    ? {
        ...curve,
        d: fromBase64(members.get("PrivateKey")),
        x: Buffer.from(publicKey.subarray(0, half)).toString("base64url"),
        ...(curve.kty === "EC" ? { y: Buffer.from(publicKey.subarray(half)).toString("base64url") } : {}),
      }
    : {
        kty: "RSA",
        ...Object.fromEntries(
          Object.entries(rsaMembers).map(([member, name]) => [name, fromBase64(members.get(member))]),
        ),
      };
  try {
    return createPrivateKey({ format: "jwk", key: jwk });
  } catch {
    return undefined; // no such key
  }
}

function toBase64(base64url: string = ""): string {
  return Buffer.from(base64url, "base64url").toString("base64");
}

function fromBase64(text: string = ""): string {
  return Buffer.from(text, "base64").toString("base64url");
}
