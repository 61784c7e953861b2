// Access keys as texts: how they are made, what is kept of them, and how one that is sent is read. A bearer key is `fl_ID_SECRET`; a key
// of the AWS style is an id like AKIA… and a secret of forty characters, as AWS's clients want them.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccessKeyType, MintedKey } from "#contract";
import type { AccessKeyFact } from "./facts.ts";

/** What secrets of AWS style keys are sealed under. */
export const accessKeyPurpose = "access-key";

/** What ids begin with: AWS's own for long-lived keys, and ours. */
const prefixes: Readonly<Record<AccessKeyType, string>> = { aws: "AKIA", bearer: "FLBK" };
/** Characters after the prefix: 80 bits. */
const idLength = 16;
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Octets of a bearer key's secret. */
const bearerOctets = 32;
/** Octets of an AWS style secret: forty characters of base64. */
const awsOctets = 30;

/** Makes a key: what is shown once, and what is kept in the log of it. */
export function mintKey(type: AccessKeyType): { minted: MintedKey; digest?: string } {
  // 256 is a multiple of 32: every letter is as likely as another.
  const letters = [...randomBytes(idLength)].map((octet) => idLetters[octet % idLetters.length]);
  const id = `${prefixes[type]}${letters.join("")}`;
  if (type === "aws") return { minted: { id, type, secret: randomBytes(awsOctets).toString("base64") } };
  const secret = randomBytes(bearerOctets).toString("base64url");
  return { minted: { id, type, secret: `fl_${id}_${secret}` }, digest: digestOf(secret) };
}

/** The id and secret part of a bearer key; undefined where a text is none. */
export function readBearer(text: string): { id: string; secret: string } | undefined {
  const parts = /^fl_(FLBK[A-Z2-7]{16})_([\w-]{43})$/.exec(text);
  return parts ? { id: parts[1] ?? "", secret: parts[2] ?? "" } : undefined;
}

/** Tells whether a secret part is a key's, in a time that tells nothing. A key that is not there takes as long. */
export function isSecretOf(fact: Pick<AccessKeyFact, "digest"> | undefined, secret: string): boolean {
  const given = createHash("sha256").update(secret).digest();
  const kept = Buffer.from(fact?.digest ?? "", "base64url");
  const isKept = kept.length === given.length;
  return timingSafeEqual(isKept ? kept : Buffer.alloc(given.length), given) && isKept;
}

function digestOf(secret: string): string {
  // Plain SHA-256: the secret has 256 bits of chance, so there is nothing to guess.
  return createHash("sha256").update(secret).digest("base64url");
}
