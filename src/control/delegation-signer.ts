// Delegation signers: a zone's public key as the DS record that its parent vouches for it with (RFC 4034 section 5), and the look whether the
// zone has that key. A DS of a key that is not there makes every resolver that validates refuse the domain.

import { createHash } from "node:crypto";
import { PlatformError, type Command, type DelegationSigner } from "#contract";
import { knownName, type DsData, type KeyData } from "#registry";
import { RrType } from "#wire";
import { readName, shown } from "./names.ts";
import type { Resolver } from "./ports.ts";

/** Most signers of one domain: a key, the next one, and as much again of another algorithm, twice over. */
export const maxSigners = 8;

/** Protocol of all DNSKEY records. @see RFC 4034 section 2.1.2 */
const protocol = 3;
/** SHA-256. @see RFC 4509 */
const digestType = 2;

/** Octets of a public key by algorithm; those that RFC 8624 section 3.1 still has zones signed with. */
const keyOctets: ReadonlyMap<number, { readonly least: number; readonly most: number }> = new Map([
  [8, { least: 64, most: 516 }], // RSASHA256
  [10, { least: 64, most: 516 }], // RSASHA512
  [13, { least: 64, most: 64 }], // ECDSAP256SHA256
  [14, { least: 96, most: 96 }], // ECDSAP384SHA384
  [15, { least: 32, most: 32 }], // ED25519
  [16, { least: 57, most: 57 }], // ED448
]);

type Given = Pick<Extract<Command, { action: "add-delegation-signer" }>, "flags" | "algorithm" | "publicKey">;

/** Reads a key that is given. Throws `input-malformed`. */
export function readKey({ flags, algorithm, publicKey }: Given, action: string): KeyData {
  const bounds = keyOctets.get(algorithm);
  if (!bounds) {
    const known = [...keyOctets.keys()].join(", ");
    throw new PlatformError("input-malformed", `${action}: algorithm ${algorithm} is none of ${known}`);
  }
  const text = publicKey.replaceAll(/\s/g, "");
  const octets = Buffer.from(text, "base64");
  if (octets.toString("base64") !== text)
    throw new PlatformError("input-malformed", `${action}: its public key is not base64`);
  if (octets.length < bounds.least || octets.length > bounds.most) {
    const most = bounds.least === bounds.most ? `${bounds.most}` : `${bounds.least} to ${bounds.most}`;
    throw new PlatformError(
      "input-malformed",
      `${action}: its public key has ${octets.length} octets, and one of algorithm ${algorithm} has ${most}`,
    );
  }
  return { flags, algorithm, publicKey: text };
}

/** RDATA of a DNSKEY record. @see RFC 4034 section 2.1 */
export function keyRdata({ flags, algorithm, publicKey }: KeyData): Buffer {
  const head = Buffer.from([flags >> 8, flags & 0xff, protocol, algorithm]);
  return Buffer.concat([head, Buffer.from(publicKey, "base64")]);
}

/** The DS record of a key. @param owner  absolute, in lower case. @see RFC 4034 section 5.1.4 and appendix B */
export function signerOf(owner: string, key: KeyData): DsData {
  const rdata = keyRdata(key);
  let sum = 0;
  for (const [i, octet] of rdata.entries()) sum += i % 2 === 0 ? octet << 8 : octet;
  const digest = createHash("sha256").update(knownName(owner).octets).update(rdata).digest("hex");
  return {
    keyTag: (sum + ((sum >> 16) & 0xffff)) & 0xffff,
    algorithm: key.algorithm,
    digestType,
    digest,
    keyData: key,
  };
}

/** What a signer is known by. */
export function signerId({ keyTag, digest }: Pick<DsData, "keyTag" | "digest">): string {
  return `${keyTag}-${digest.slice(0, 16)}`;
}

/** A signer as the API shows it. */
export function viewSigner(signer: DsData): DelegationSigner {
  const { keyTag, algorithm, digestType: type, digest, keyData } = signer;
  return {
    id: signerId(signer),
    keyTag,
    algorithm,
    digestType: type,
    digest,
    ...(keyData && { flags: keyData.flags, publicKey: keyData.publicKey }),
  };
}

/** Throws `delegation-unsafe` where a domain's zone, as it is seen from outside, does not have a key. */
export async function requireServedKey(
  resolver: Resolver,
  command: Extract<Command, { action: "add-delegation-signer" }>,
): Promise<void> {
  const name = readName(command.name);
  const action = `Cannot vouch for "${shown(name)}" with a key`;
  const wanted = keyRdata(readKey(command, action));
  if (command.force === true) return;
  const answer = await resolver.ask(name, RrType.DNSKEY, true);
  const keys = typeof answer === "string" ? [] : answer.answer.filter(({ type }) => type === RrType.DNSKEY);
  if (keys.some(({ rdata }) => wanted.equals(rdata))) return;
  const seen = typeof answer === "string" ? answer : `${keys.length} other keys`;
  throw new PlatformError(
    "delegation-unsafe",
    keys.length === 0 && typeof answer !== "string"
      ? `${action}: its zone has no keys, so it is not signed`
      : `${action}: its name servers do not give that key (${seen})`,
  );
}
