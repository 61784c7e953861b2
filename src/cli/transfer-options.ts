// The options of `fairlead up` on secondaries that are not the platform's own: who may have its zones, who is told of new versions, and the keys for it.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { PlatformError } from "#contract/plain";
import { formatAddress } from "#engine";
import type { ZoneUpdateRule } from "#control";
import type { PlatformTransfers } from "#server";
import { parseTsigKeys } from "#transfer";
import type { Name, TsigKey } from "#wire";
import type { Arguments, Values } from "./command.ts";
import {
  readAccess,
  readName,
  readPeers,
  readUpdateRule,
  readZonePart,
  type FindKey,
} from "./peer-values.ts";
import { readInput } from "./read-file.ts";

const text = (valueHint: string, description: string) =>
  ({ type: "string", valueHint, description }) as const;

/** The options. */
export const transferArguments: Arguments = {
  tsig: text("FILE", "keys of other name servers: as tsig-keygen writes them, or ALGORITHM:NAME:SECRET"),
  "allow-transfer": text(
    "[NAME=]WHO",
    "other name servers that may have the zones: any, ADDR[/BITS], key:NAME, tls, several with +",
  ),
  notify: text("[NAME=]ADDR:PORT[#KEY]", "other name servers that are told of new versions"),
  "allow-update": text(
    "NAME=key:NAME",
    "who may change a zone by DNS UPDATE; behind it what of it: ;below=NAME;types=TYPE",
  ),
};

/** Those of them that may be repeated. */
export const repeatedTransferArguments: readonly string[] = ["allow-transfer", "notify", "allow-update"];

/** All values of an option that may be repeated. */
export function listOf(values: Values, option: string): string[] {
  const value = values[option];
  return typeof value === "string" ? value.split("\n") : [];
}

/** Octets of a file of keys, at most. */
const maxKeyFileOctets = 1 << 20;

/**
 * Reads the file of keys that an option names; none where it does not. Throws `path-unusable` and `tsig-key-malformed`.
 * @param tell  told where everybody can read it, or write to it
 */
export function readKeyFile(path: Values[string], tell: (line: string) => void): TsigKey[] {
  if (typeof path !== "string") return [];
  let content: string;
  try {
    content = readInput(path, maxKeyFileOctets).toString("utf8");
  } catch (cause) {
    const { code = "it cannot be read" } = cause as NodeJS.ErrnoException;
    throw new PlatformError("path-unusable", `Cannot read keys of "${path}": ${code}`, { cause });
  }
  const open = openTo(path);
  if (open !== undefined) tell(`Warning: everybody on this machine can ${open} keys of "${path}".`);
  return parseTsigKeys(content, path);
}

/** What those may do with a file who are neither its owner nor of its group; undefined where that is nothing. */
function openTo(path: string): string | undefined {
  const { mode } = path === "-" ? { mode: 0 } : statSync(path);
  return (mode & 0o002) !== 0 ? "change the" : (mode & 0o004) !== 0 ? "read the" : undefined;
}

/** Reads them; undefined where none is given. Throws as the parts do. */
export function readTransfers(values: Values, tell: (line: string) => void): PlatformTransfers | undefined {
  const keys = readKeyFile(values["tsig"], tell);
  const findKey: FindKey = (name) => keys.find((key) => key.name.equals(name));
  const allow = listOf(values, "allow-transfer").map((given) => {
    const { zone, rest } = readZonePart(given);
    const { network, key, isPrivate } = readAccess("--allow-transfer", rest, findKey);
    return {
      ...(zone ? { zone: zone.toString() } : {}),
      ...(network ? { address: formatAddress(network.address), bits: network.bits } : {}),
      ...(key ? { key: key.toString() } : {}),
      ...(isPrivate === true ? { isPrivate } : {}),
    };
  });
  const notify = listOf(values, "notify").flatMap((given) => {
    const { zone, rest } = readZonePart(given);
    return readPeers("--notify", rest, findKey).map(({ at, key }) => ({
      ...(zone ? { zone: zone.toString() } : {}),
      address: formatAddress(at.address),
      port: at.port,
      ...(key ? { key: key.name.toString() } : {}),
    }));
  });
  const update = listOf(values, "allow-update").map((given) => readPlatformUpdate(given, findKey));
  if (allow.length + notify.length + update.length === 0) return undefined;
  return {
    ...(typeof values["tsig"] === "string" ? { keyFile: resolve(values["tsig"]) } : {}),
    allow,
    notify,
    ...(update.length > 0 ? { update } : {}),
  };
}

/** Reads `NAME=key:NAME[;below=NAME][;types=TYPE]`. An address alone proves nothing: whoever changes a platform's zone signs. */
function readPlatformUpdate(given: string, findKey: FindKey): ZoneUpdateRule {
  const at = given.indexOf("=");
  const cannot = `Cannot read --allow-update "${given}"`;
  if (at < 0) throw new PlatformError("usage", `${cannot}: expected NAME=key:NAME`);
  const { who, below, types } = readUpdateRule("--allow-update", given.slice(at + 1), findKey);
  if (!who.key || who.network)
    throw new PlatformError("usage", `${cannot}: expected key:NAME, and no address`);
  const textOf = (name: Name): string => name.toLowerCase().toString();
  return {
    zone: textOf(readName(given.slice(0, at))),
    key: textOf(who.key),
    ...(below ? { below: below.map(textOf) } : {}),
    ...(types ? { types } : {}),
  };
}
