// A zone file that `fairlead name-server` serves: read piece by piece into the zone's place in memory, and checked there.

import { createHash } from "node:crypto";
import { PlatformError } from "#contract/plain";
import { type Name, parseZoneFileOctets, type RecordOctetSink, type ZoneFileText } from "#wire";
import { checkLoadedZone, type LoadedZone, verifyZonemd } from "#zone";
import { formatCount } from "./format-time.ts";
import { readInput } from "./read-file.ts";
import type { AheadFile } from "./zones-ahead.ts";
import { refuseDefects, unreadable, zoneFileOptions } from "./read-zone-file.ts";

/** What a zone must not have to be served: a secondary could not take it over either. */
const fatal: ReadonlySet<string> = new Set([
  "soa-missing",
  "soa-several",
  "name-outside-zone",
  "cname-several",
  "dname-several",
]);

/** Opens a file while something is done with its text. */
export type WithZoneFile = (path: string, act: (text: ZoneFileText) => void) => void;

/** Gives the records of a file that was read ahead. */
export type TakeAhead = (put: RecordOctetSink) => AheadFile;

/** Gives the records of a zone file. Throws `path-unusable` and `zone-file-malformed`. */
export function feedZoneFile(
  path: string,
  apex: Name,
  withFile: WithZoneFile,
  put: RecordOctetSink,
  take: TakeAhead = () => "unread",
): void {
  const action = `Cannot serve "${path}"`;
  const read = (sink: RecordOctetSink): void => {
    const parse = (text: ZoneFileText): void =>
      refuseDefects(parseZoneFileOctets(text, zoneFileOptions(path, apex), sink), action);
    if (path === "-") parse(readInput(path));
    else withFile(path, parse);
  };
  try {
    const ahead = take(put);
    if (ahead === "unread") read(put);
    if (ahead !== "bad") return;
    read(() => {}); // says what is wrong with it
    throw new PlatformError("path-unusable", `${action}: it was changed while it was read`);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) throw unreadable(path, error);
    if (error instanceof PlatformError && error.code === "name-outside-zone")
      throw new PlatformError("zone-file-malformed", `${action}: ${error.message}`);
    throw error;
  }
}

/** Throws `zone-file-malformed` where a zone cannot be served; what else is wrong in it is told. */
export function checkServedZone(
  path: string,
  apex: Name,
  zone: LoadedZone,
  tell: (line: string) => void,
): void {
  const digest = verifyZonemd(apex, zone, createHash);
  if (digest.kind === "bad")
    throw new PlatformError("zone-file-malformed", `Cannot serve "${path}": ${digest.reason} (ZONEMD)`);
  let errors = 0;
  checkLoadedZone(apex, zone, ({ code, severity, message }) => {
    if (fatal.has(code)) throw new PlatformError("zone-file-malformed", `Cannot serve "${path}": ${message}`);
    if (severity === "error") errors++;
  });
  if (errors > 0)
    tell(`${path}: ${formatCount(errors, "error")}, \`fairlead zone check ${path}\` tells which`);
}
