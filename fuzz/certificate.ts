// Fuzzes the readers of certificates and private keys that users hand in: takes chains and keys that the built-in authority makes, changes
// them by chance, as DER below their PEM and as text, and checks that what comes out is a value: never an exception, never a hang, and a
// refusal with a reason.
//
// Run: node --conditions=fairlead-source fuzz/certificate.ts [--seconds N] [--seed N]
// The seed of the changes is printed first; keys are new in each run. An input that breaks a rule is printed in base64, as small as it can be
// made, with the key that chains are read with, and ends the run with exit code 1: put it into a row of src/certificate/certificate.test.ts.

import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  formatPem,
  issueLeaf,
  makeIssuing,
  makePrivateKey,
  makeRoot,
  readCertificates,
  readChain,
  readPem,
  readPrivateKey,
} from "#certificate";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { random, usedMs } from "./shared/run.ts";

/** Processor time: reading one that takes more of it counts as hanging; garbage collection included. */
const slowMs = 1000;
/** Octets that tags and lengths of DER are made of, and borders of both. */
const edges = [
  0, 1, 2, 3, 4, 5, 6, 0x10, 0x1e, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xa3, 0xfe, 0xff,
];

const now = Date.now();
const root = makeRoot(["test"], now);
const issuing = makeIssuing(root, ["test"], now);
const key = makePrivateKey();
const request = {
  names: ["shop.test", "*.shop.test"],
  addresses: ["127.0.0.1"],
  publicKey: createPublicKey(key),
  now,
};
const chain = issueLeaf(issuing, request) + issuing.certificate;
const keys = [
  key.export({ type: "pkcs8", format: "pem" }),
  key.export({ type: "sec1", format: "pem" }),
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }),
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }),
].map(String);

/** One change: an octet, an edge, a run that is dropped or doubled, or an end that comes early. */
function mutate(octets: Uint8Array): Uint8Array {
  if (octets.length === 0) return octets;
  const at = random.integer(octets.length);
  const to = Math.min(octets.length, at + 1 + random.integer(40));
  switch (random.integer(6)) {
    case 0:
      return octets.with(at, random.integer(256));
    case 1:
    case 2:
      return octets.with(at, edges[random.integer(edges.length)] ?? 0);
    case 3:
      return Uint8Array.of(...octets.subarray(0, at), ...octets.subarray(to));
    case 4:
      return Uint8Array.of(...octets.subarray(0, to), ...octets.subarray(at));
    default:
      return octets.slice(0, at + 1);
  }
}

function several(octets: Uint8Array): Uint8Array {
  let changed = octets;
  for (let i = 1 + random.integer(4); i > 0; i--) changed = mutate(changed);
  return changed;
}

/** Changes one block below its PEM, or the text itself. */
function mutateText(text: string): string {
  const blocks = readPem(text);
  if (!blocks.ok) throw new Error(`A seed is not PEM: ${blocks.reason}`);
  if (random.integer(4) === 0)
    return new TextDecoder("latin1").decode(several(new TextEncoder().encode(text)));
  const chosen = random.integer(blocks.value.length);
  return blocks.value
    .map(({ label, der }, i) => formatPem(label, i === chosen ? several(der) : der))
    .join("");
}

/** Calls a reader; its refusals have a reason. Returns what broke, or undefined. */
function check(read: () => { readonly ok: boolean; readonly reason?: string }): string | undefined {
  const began = usedMs();
  try {
    const outcome = read();
    if (!outcome.ok && !outcome.reason) return "refused without a reason";
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  return usedMs() - began > slowMs ? tooSlow : undefined;
}

let taken = 0;

await fuzz<string>({
  inputs: "texts",
  make: () => mutateText(random.integer(3) === 0 ? (keys[random.integer(keys.length)] ?? "") : chain),
  broken: (text) => {
    // Each reader is given what is the others': what is no certificate is one of the things that it can be handed.
    const fault =
      check(() => readPrivateKey(text)) ??
      check(() => readCertificates(text)) ??
      check(() => readChain(text, keys[0] ?? "", now));
    if (readCertificates(text).ok) taken++;
    return fault;
  },
  print: (text) => `${Buffer.from(text).toString("base64")}\n${keys[0]}`,
  tally: () => `, ${taken} of them still certificates`,
});
