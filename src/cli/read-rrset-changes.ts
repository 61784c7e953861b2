// Reads the file of `fairlead records apply`: a list of edits, or an object with one, as POST /v1/zones/{zone}/rrsets/edits takes it.

import { changeRrsetsBody, PlatformError, type RrsetChange } from "#contract";
import { readTextFile } from "./read-file.ts";

/** Octets of a file of edits: what the API takes. */
const maxOctets = 64 << 20;

/** Reads edits. Throws `path-unusable`, or `usage` for what are none. */
export function readRrsetChanges(path: string): RrsetChange[] {
  let value: unknown;
  try {
    value = JSON.parse(readTextFile(path, "edits", maxOctets));
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError("usage", `Cannot read edits "${path}": it is no JSON: ${why}`, { cause });
  }
  const read = changeRrsetsBody.safeParse(Array.isArray(value) ? { edits: value } : value);
  if (read.success) return read.data.edits;
  const issue = read.error.issues[0];
  const at = issue?.path.map(String).join(".") ?? "";
  throw new PlatformError(
    "usage",
    `Cannot read edits "${path}": ${at === "" ? "" : `${at}: `}${issue?.message ?? "not as expected"}`,
  );
}
