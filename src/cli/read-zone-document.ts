// Reads what `fairlead export --format json` wrote. A file that is no JSON object is a zone file, which read-zone-file.ts reads.

import { PlatformError, zoneDocument, type ZoneDocument } from "#contract";
import { readInput } from "./read-file.ts";

/**
 * Reads a zone's document.
 *
 * @returns undefined where the file is no JSON object, or cannot be read
 * Throws `zone-file-malformed` for an object that is no document of a zone.
 */
export function readZoneDocument(path: string): ZoneDocument | undefined {
  let text: string;
  try {
    text = readInput(path).toString("utf8");
  } catch {
    return undefined; // the zone-file reader says why
  }
  if (!/^\s*\{/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError("zone-file-malformed", `Cannot import "${path}": it is no JSON: ${why}`, {
      cause,
    });
  }
  const read = zoneDocument.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const at = issue?.path.map(String).join(".") ?? "";
  const where = at === "" ? "" : ` at ${at}`;
  throw new PlatformError(
    "zone-file-malformed",
    `Cannot import "${path}": it is no document of a zone${where}: ${issue?.message ?? "not as expected"}`,
  );
}
