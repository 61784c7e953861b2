// `fairlead zone sign`: signs a zone file with keys from a folder, without a platform. Keys are in the form that BIND, ldns and Knot use; where the folder has
// none of the zone, one is made.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "#contract";
import {
  type Algorithm,
  algorithms,
  type Denial,
  dsOf,
  flatten,
  formatPrivateKey,
  generateKey,
  keyFileName,
  parseAlgorithm,
  parseKeyFiles,
  signZone,
  type SigningKey,
} from "#dnssec";
import { formatRecord, formatZoneFile, type Name, RrClass, RrType } from "#wire";
import { toRecords } from "#zone";
import type { Command } from "./command.ts";
import { formatCount } from "./format-time.ts";
import { readTextFile } from "./read-file.ts";
import { soaFirst, zoneArgument, zoneOfFile } from "./zone-of-file.ts";

const secondsPerDay = 86_400;
/** How long signatures hold where nobody says otherwise, in days. */
const defaultDays = 14;
/** By how much signatures begin in the past, in seconds: clocks of validators differ. */
const inceptionMargin = 3600;
/** TTL of DNSKEY, in seconds: that of the other records which say where a zone is. */
const dnskeyTtl = 172_800;

export const zoneSign: Command = {
  description: "Sign a zone file ahead (DNSSEC), with the keys of a folder; where it has none, one is made",
  args: {
    file: { type: "positional", description: "the zone file" },
    ...zoneArgument,
    keys: {
      type: "string",
      valueHint: "FOLDER",
      description: "the folder with K*.key and K*.private, in BIND's form (the current one)",
    },
    algorithm: {
      type: "string",
      valueHint: "NAME",
      description:
        "of a key that is made: ECDSAP256SHA256, ECDSAP384SHA384, ED25519, ED448, RSASHA256 (the first)",
    },
    denial: {
      type: "string",
      valueHint: "KIND",
      description: "nsec, or nsec3 by RFC 9276: no salt, no rounds (nsec)",
    },
    "opt-out": { type: "boolean", description: "leave delegations without DS out of an NSEC3 chain" },
    days: { type: "string", valueHint: "N", description: `how long the signatures hold (${defaultDays})` },
    out: { type: "string", valueHint: "FILE", description: "where the signed zone goes (printed)" },
  },
  needs: "nothing",
  examples: [
    "fairlead zone sign shop.zone --keys keys --out shop.zone.signed",
    "fairlead zone sign shop.zone --algorithm ED25519 --denial nsec3 --out shop.zone.signed",
  ],
  run(values, context) {
    const path = String(values["file"]);
    const action = `Cannot sign "${path}"`;
    const { apex, rrsets } = zoneOfFile(path, values["zone"], action);
    if (!rrsets.some(({ owner, type }) => type === RrType.SOA && owner.equals(apex)))
      throw new PlatformError(
        "zone-file-malformed",
        `${action}: zone ${apex.toString()} has no SOA at its apex`,
      );
    const denial = readDenial(values["denial"], values["opt-out"] === true, action);
    const days = readDays(values["days"], action);
    const folder = typeof values["keys"] === "string" ? values["keys"] : ".";
    const algorithm = readAlgorithm(values["algorithm"], action);
    const found = readKeys(folder, apex, action);
    const keys = found.length > 0 ? found : [makeKey(folder, apex, algorithm, action)];
    const now = Math.floor(Date.now() / 1000);
    const signed = signZone(apex, rrsets, {
      keys,
      denial,
      dnskeyTtl,
      inception: now - inceptionMargin,
      expiration: now + days * secondsPerDay,
    });
    const text = formatZoneFile(toRecords(soaFirst(flatten(signed))), { origin: apex });
    const ds = keys
      .filter(({ isEntryPoint }) => isEntryPoint)
      .map((key) =>
        formatRecord({
          name: apex,
          type: RrType.DS,
          class: RrClass.IN,
          ttl: dnskeyTtl,
          rdata: dsOf(apex, key),
        }),
      );
    const names = keys.map((key) => keyFileName(apex, key));
    const { out } = values;
    context.output.data({
      zone: apex.toString(),
      signatures: signed.made,
      keys: names,
      ds,
      ...(out ? {} : { text }),
    });
    if (typeof out !== "string") {
      context.output.line(text.trimEnd());
      return Promise.resolve();
    }
    write(out, text, 0o666, action);
    context.output.line(
      `${apex.toString()}: ${formatCount(signed.made, "signature")} by ${names.join(", ")}`,
    );
    if (found.length === 0) context.output.line(`The key is new, in ${folder}`);
    for (const line of ds) context.output.line(`At the parent: ${line}`);
    return Promise.resolve();
  },
};

function readDenial(kind: string | boolean | undefined, hasOptOut: boolean, action: string): Denial {
  if (kind === "nsec3") return { kind, iterations: 0, salt: new Uint8Array(0), hasOptOut };
  if (kind !== undefined && kind !== "nsec")
    throw new PlatformError("usage", `${action}: denial "${kind}" is not known; expected nsec or nsec3`);
  if (hasOptOut) throw new PlatformError("usage", `${action}: --opt-out wants --denial nsec3`);
  return { kind: "nsec" };
}

function readDays(text: string | boolean | undefined, action: string): number {
  const days = text === undefined ? defaultDays : Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new PlatformError("usage", `${action}: --days "${text}" is no number of days from 1 to 3650`);
}

function readAlgorithm(text: string | boolean | undefined, action: string): Algorithm {
  const algorithm = parseAlgorithm(typeof text === "string" ? text : "ECDSAP256SHA256");
  if (algorithm?.isForSigning === true) return algorithm;
  const known = algorithms.filter(({ isForSigning }) => isForSigning).map(({ mnemonic }) => mnemonic);
  throw new PlatformError(
    "usage",
    `${action}: keys are not made of algorithm "${text}"; expected one of ${known.join(", ")}`,
  );
}

/** The keys of a zone in a folder. */
function readKeys(folder: string, apex: Name, action: string): SigningKey[] {
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return []; // no such folder: it is made with the key
  }
  const prefix = `K${apex.toLowerCase().toString()}+`;
  return files
    .filter((name) => name.startsWith(prefix) && name.endsWith(".private"))
    .sort()
    .map((name) => {
      const stem = join(folder, name.slice(0, -".private".length));
      const read = parseKeyFiles(
        readTextFile(`${stem}.key`, "key"),
        readTextFile(`${stem}.private`, "private key"),
      );
      if ("problem" in read)
        throw new PlatformError("path-unusable", `${action}: key ${stem} is unusable: ${read.problem}`);
      if (!read.owner.equals(apex))
        throw new PlatformError(
          "path-unusable",
          `${action}: key ${stem} is of zone ${read.owner.toString()}`,
        );
      return read.key;
    });
}

/** Makes a key that signs all, and its files. */
function makeKey(folder: string, apex: Name, algorithm: Algorithm, action: string): SigningKey {
  const key = generateKey(algorithm, true);
  const stem = join(folder, keyFileName(apex, key));
  const text = formatPrivateKey(apex, key, dnskeyTtl);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Writing says what is wrong.
  }
  write(`${stem}.private`, text.private, 0o600, action);
  write(`${stem}.key`, text.key, 0o644, action);
  return key;
}

function write(path: string, text: string, mode: number, action: string): void {
  try {
    writeFileSync(path, text, { mode });
  } catch (cause) {
    throw new PlatformError(
      "path-unusable",
      `${action}: "${path}" cannot be written: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}
