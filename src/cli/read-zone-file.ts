// Reads a BIND zone file and what it includes from disk: the API opens no path, so the command line does. For `fairlead import` the apex
// SOA and NS of the file are left out, because the platform has its own, and listed.

import { dirname, relative, resolve, sep } from "node:path";
import type { ImportRecord } from "#contract";
import { PlatformError } from "#contract/plain";
import { formatCount } from "./format-time.ts";
import { readInput } from "./read-file.ts";
import {
  formatRdata,
  formatRecord,
  Name,
  parseZoneFileEach,
  RrType,
  typeName,
  type ResourceRecord,
  type ZoneFileOptions,
} from "#wire";

/** A zone file as the API takes it. */
export interface ReadZoneFile {
  readonly records: ImportRecord[];
  /** The file's own apex SOA and NS records, as zone-file lines. */
  readonly replaced: string[];
}

/** Most defects of a file that one refusal tells. */
const maxDefectsTold = 10;

/**
 * Reads a zone file.
 *
 * Throws `path-unusable` where the file cannot be read, `zone-file-malformed` with file, line, column and what was expected
 * for each defect, `name-malformed` where the zone's name is none, and `name-outside-zone` for a record that is not in the zone. Files that $INCLUDE names are looked for from the folder of the
 * first file, and must lie in it.
 */
export function readZoneFile(path: string, zoneText: string): ReadZoneFile {
  const parsed = Name.parse(zoneText, Name.root);
  if (!parsed.ok)
    throw new PlatformError("name-malformed", `Cannot import into "${zoneText}": it is no domain name`);
  const zone = parsed.value;
  const records: ImportRecord[] = [];
  const replaced: string[] = [];
  eachRecord(path, { origin: zone, action: `Cannot import "${path}"` }, (record, line, file) => {
    if (!record.name.isSubdomainOf(zone)) {
      throw new PlatformError(
        "name-outside-zone",
        `Cannot import "${record.name.toString()}" (${file}:${line}): it does not end with "${zone.toString()}"`,
      );
    }
    if (record.name.equals(zone) && (record.type === RrType.SOA || record.type === RrType.NS))
      replaced.push(formatRecord(record));
    else records.push(toImport(record));
  });
  return { records, replaced };
}

/**
 * Reads a zone file and what it includes, record by record.
 * @param origin  what names are relative to before $ORIGIN; absent refuses such
 * @param action  what cannot be done where the file has defects: `Cannot import "shop.zone"`
 *
 * Throws `path-unusable` and `zone-file-malformed`.
 */
export function eachRecord(
  path: string,
  { origin, action }: { readonly origin?: Name; readonly action: string },
  onRecord: (record: ResourceRecord, line: number, file: string) => void,
): void {
  refuseDefects(parseZoneFileEach(readFile(path), zoneFileOptions(path, origin), onRecord), action);
}

/** How zone files of the user's are read: files that they include lie in the folder of the first one or below. */
export function zoneFileOptions(path: string, origin?: Name): ZoneFileOptions {
  return {
    ...(origin ? { origin } : {}),
    ttl: 60, // what Fairlead gives a record without one
    file: path,
    include: (included, from) => {
      const folder = dirname(resolve(path));
      const found = resolve(folder, included);
      if (relative(folder, found).split(sep)[0] === "..") return { ok: false, reason: `one in ${folder}` };
      try {
        return { ok: true, text: readInput(found), file: relative(folder, found) };
      } catch (error) {
        return { ok: false, reason: `${found}, named in ${from}: ${whyUnreadable(error)}` };
      }
    },
  };
}

/** Throws `zone-file-malformed` where a zone file has defects. @param action  what cannot be done then: `Cannot import "shop.zone"` */
export function refuseDefects(errors: readonly { readonly message: string }[], action: string): void {
  if (errors.length === 0) return;
  const told = errors.slice(0, maxDefectsTold).map(({ message }) => message);
  const more = errors.length > told.length ? [`and ${errors.length - told.length} more`] : [];
  throw new PlatformError(
    "zone-file-malformed",
    `${action}: ${formatCount(errors.length, "defect")}\n  ${[...told, ...more].join("\n  ")}`,
  );
}

function readFile(path: string): Uint8Array {
  try {
    return readInput(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What is said of a zone file that the system does not give. */
export function unreadable(path: string, cause: unknown): PlatformError {
  return new PlatformError("path-unusable", `Cannot read zone file "${path}": ${whyUnreadable(cause)}`, {
    cause,
  });
}

function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return code === "EACCES" ? "it may not be read" : message;
}

function toImport(record: ResourceRecord): ImportRecord {
  return {
    name: record.name.toString(),
    type: typeName(record.type),
    ttl: record.ttl,
    data: formatRdata(record.type, record.rdata),
  };
}
