// What `fairlead name-server` serves, by its options and the files that they name. Read at start, and anew at SIGHUP.

import { PlatformError } from "#contract/plain";
import type { ServedCatalog, ServedZone, ServedZones } from "#server";
import { dirname, resolve } from "node:path";
import type { Values } from "./command.ts";
import type { Output } from "./output.ts";
import { readName, readPeers, readZonePart, type FindKey } from "./peer-values.ts";
import { readTextFile } from "./read-file.ts";
import type { ZonesAhead } from "./zones-ahead.ts";
import { checkServedZone, feedZoneFile, type WithZoneFile } from "./served-zone-file.ts";
import { type PeerTls, type ReadPair, readPeerTls } from "./tls-options.ts";
import { listOf, readKeyFile } from "./transfer-options.ts";
import { Policies } from "./served-policies.ts";
import { readSigning, signedBy } from "./served-signing.ts";

/** Octets of a list of zones: more than a million of them. */
const maxListOctets: number = 1 << 27;

/** What zone files are read with. */
export interface Reading {
  readonly output: Output;
  readonly withFile: WithZoneFile;
  /** Reads some of them before they are wanted. */
  readonly ahead: ZonesAhead | undefined;
}

/** The zones that have files: `NAME=FILE` each. */
export function listZoneFiles(values: Values): string[] {
  return [...listOf(values, "zone"), ...listOf(values, "zones").flatMap(readZoneList)];
}

/**
 * Reads the files that the options name. Throws `usage` where options do not go together, `path-unusable` where a file cannot be read.
 * @param files  as {@link listZoneFiles} gives them
 */
export function readServed(
  values: Values,
  files: readonly string[],
  reading: Reading,
  readPair: ReadPair,
): ServedZones {
  const keys = readKeyFile(values["tsig"], (line) => reading.output.line(line));
  const findKey: FindKey = (name) => keys.find((key) => key.name.equals(name));
  const policies = new Policies(values, findKey);
  const peerTls = readPeerTls(values, readPair);
  const zones: ServedZone[] = [];
  const signing = readSigning(values);
  for (const given of files) zones.push(signedBy(signing, readZone(given, policies, reading)));
  for (const given of listOf(values, "secondary")) {
    const { zone: apex, rest } = readZonePart(given);
    if (!apex)
      throw new PlatformError("usage", `Cannot read --secondary "${given}": expected NAME=ADDR:PORT`);
    zones.push({ apex, policy: policies.of(apex, readPeers("--secondary", rest, findKey, peerTls)) });
  }
  const catalogs = readCatalogs(values, policies, findKey, peerTls);
  if (zones.length + catalogs.length === 0)
    throw new PlatformError(
      "usage",
      'Cannot run "name-server": expected --zone NAME=FILE or --secondary NAME=ADDR:PORT',
    );
  for (const { apex } of signing)
    if (!zones.some((zone) => zone.signing && zone.apex.equals(apex)))
      throw new PlatformError("usage", `Cannot sign zone "${apex.toString()}": no --zone gives its file`);
  const all = [...zones, ...catalogs];
  const seen = new Set<string>();
  const twice = all.find(({ apex: { key } }) => seen.has(key) || !seen.add(key));
  if (twice)
    throw new PlatformError("usage", `Cannot serve zone "${twice.apex.toString()}": it is given twice`);
  return { zones, keys, catalogs };
}

/** Catalog zones (RFC 9432): those made of what is served, and those gone by. */
function readCatalogs(values: Values, policies: Policies, findKey: FindKey, tls: PeerTls): ServedCatalog[] {
  const made = listOf(values, "catalog").map((given): ServedCatalog => {
    const apex = readName(given);
    return { role: "made", apex, policy: policies.of(apex) };
  });
  const followed = listOf(values, "follow-catalog").map((given): ServedCatalog => {
    const { zone: apex, rest } = readZonePart(given);
    if (!apex)
      throw new PlatformError("usage", `Cannot read --follow-catalog "${given}": expected NAME=ADDR:PORT`);
    const primaries = readPeers("--follow-catalog", rest, findKey, tls);
    return {
      role: "followed",
      apex,
      policy: policies.of(apex, primaries),
      memberPolicy: (zone) => policies.of(zone, primaries),
    };
  });
  return [...made, ...followed];
}

/** Reads a list of zones: `NAME=FILE` a line, files relative to the list's folder; `#` begins a comment. */
function readZoneList(path: string): string[] {
  const folder = dirname(path);
  return readTextFile(path, "list of zones", maxListOctets)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const at = line.indexOf("=");
      // What is absolute stays as it is: a list may have a hundred thousand lines.
      if (at < 0 || line[at + 1] === "/") return line;
      return `${line.slice(0, at + 1)}${resolve(folder, line.slice(at + 1))}`;
    });
}

/** One `NAME=FILE`; the file is read when its zone is loaded. */
function readZone(given: string, policies: Policies, { output, withFile, ahead }: Reading): ServedZone {
  const { zone: apex, rest: path } = readZonePart(given);
  if (!apex) throw new PlatformError("usage", `Cannot read --zone "${given}": expected NAME=FILE`);
  return {
    apex,
    feed: (put) => feedZoneFile(path, apex, withFile, put, ahead && ((sink) => ahead.take(given, sink))),
    check: (zone) => checkServedZone(path, apex, zone, (line) => output.line(line)),
    policy: policies.ofFile(apex),
  };
}
