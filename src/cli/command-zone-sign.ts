// `fairlead zone sign`: signs a zone file with keys from a folder, without a platform. Keys are in the form that BIND, ldns and Knot use; where the folder has
// none of the zone, one is made.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "#contract/plain";
import { dsOf, formatPrivateKey, generateKey, keyFileName, type SigningKey } from "#dnssec";
import { formatRecord, type Name, RrClass, RrType, ZoneFileLayout } from "#wire";
import type { Command } from "./command.ts";
import { formatCount } from "./format-time.ts";
import { readZoneKeys } from "./zone-keys.ts";
import { readSignOptions, signArguments, type SignOptions } from "./sign-options.ts";
import { readWholeZone, type SignedFile, signZoneFile } from "./sign-zone-file.ts";
import { writeOutput } from "./write-file.ts";
import { zoneArgument } from "./zone-of-file.ts";

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
    ...signArguments,
    out: { type: "string", valueHint: "FILE", description: "where the signed zone goes (printed)" },
  },
  needs: "nothing",
  examples: [
    "fairlead zone sign shop.zone --keys keys --out shop.zone.signed",
    "fairlead zone sign shop.zone --algorithm ED25519 --denial nsec3 --out shop.zone.signed",
    "fairlead zone sign shop.zone --zonemd --cds --serial unixtime --out shop.zone.signed",
  ],
  run(values, context) {
    const path = String(values["file"]);
    const action = `Cannot sign "${path}"`;
    const zone = readWholeZone(path, values["zone"], action);
    const { apex } = zone;
    const options = readSignOptions(values, action, Math.floor(Date.now() / 1000));
    const folder = typeof values["keys"] === "string" ? values["keys"] : ".";
    const found = readZoneKeys(folder, apex, action);
    const keys = found.length > 0 ? found : [makeKey(folder, apex, options, action)];
    const signed = signZoneFile(zone, keys, options);
    const ds = keys
      .filter(({ isEntryPoint }) => isEntryPoint)
      .map((key) =>
        formatRecord({
          name: apex,
          type: RrType.DS,
          class: RrClass.IN,
          ttl: options.dnskeyTtl,
          rdata: dsOf(apex, key),
        }),
      );
    const names = keys.map((key) => keyFileName(apex, key));
    const { out } = values;
    const isWritten = typeof out === "string";
    const text = isWritten ? undefined : [...linesOf(signed, apex)].join("");
    if (isWritten) write(out, linesOf(signed, apex), 0o666, action);
    context.output.data({
      zone: apex.toString(),
      signatures: signed.made,
      keys: names,
      ds,
      ...(text === undefined ? {} : { text }),
    });
    if (text !== undefined) {
      context.output.line(text.trimEnd());
      return Promise.resolve();
    }
    context.output.line(
      `${apex.toString()}: ${formatCount(signed.made, "signature")} by ${names.join(", ")}`,
    );
    if (found.length === 0) context.output.line(`The key is new, in ${folder}`);
    for (const line of ds) context.output.line(`At the parent: ${line}`);
    return Promise.resolve();
  },
};

/** Makes a key that signs all, and its files. */
function makeKey(
  folder: string,
  apex: Name,
  { algorithm, rsaBits, dnskeyTtl }: SignOptions,
  action: string,
): SigningKey {
  const key = generateKey(algorithm, true, rsaBits);
  const stem = join(folder, keyFileName(apex, key));
  const text = formatPrivateKey(apex, key, dnskeyTtl);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Writing says what is wrong.
  }
  // A key counts by its private part: an end in between leaves none that is half there.
  write(`${stem}.key`, [text.key], 0o644, action);
  write(`${stem}.private`, [text.private], 0o600, action);
  return key;
}

/** The lines of a signed zone as a file. */
function* linesOf(signed: SignedFile, apex: Name): Generator<string> {
  const layout = new ZoneFileLayout({ origin: apex });
  for (const record of signed.records()) layout.measure(record);
  yield layout.head();
  for (const record of signed.records()) yield layout.line(record);
}

function write(path: string, lines: Iterable<string>, mode: number, action: string): void {
  try {
    writeOutput(path, lines, mode);
  } catch (cause) {
    throw new PlatformError(
      "path-unusable",
      `${action}: "${path}" cannot be written: ${(cause as Error).message}`,
      { cause },
    );
  }
}
