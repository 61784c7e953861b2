// The last good state of a role on disk: what it starts and serves from while control is away. One line with magic,
// version and a checksum, then a JSON document. Anything else is as good as no file: control sends it all again.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { objectKey, roleObject, StateDigest, type RoleObject } from "#contract";
import { replaceFile } from "#runtime";

const magic = "fairlead-role-state";
const version = 1;

const content = z.strictObject({ revision: z.int(), digest: z.string(), objects: z.array(roleObject) });

/** What a role was last told. */
export interface RoleState {
  readonly revision: number;
  readonly digest: string;
  readonly objects: readonly RoleObject[];
}

/** Writes the state; the file is the old or the new one at any time. */
export function saveState(path: string, state: RoleState): void {
  const text = JSON.stringify(state);
  replaceFile(path, `${magic} ${version} ${checksum(text)}\n${text}`);
}

/**
 * Reads the state.
 *
 * @returns the state; undefined where there is no file; text: why the file cannot be used
 */
export function loadState(path: string): RoleState | undefined | string {
  let file: string;
  try {
    file = readFileSync(path, "utf8");
  } catch {
    return undefined; // never written, or not readable: control sends it all
  }
  const end = file.indexOf("\n");
  const [foundMagic, foundVersion, foundChecksum] = file.slice(0, Math.max(end, 0)).split(" ");
  if (foundMagic !== magic) return "it is no role's state";
  if (foundVersion !== String(version))
    return `it has version ${foundVersion}, and this program knows ${version}`;
  const text = file.slice(end + 1);
  if (foundChecksum !== checksum(text)) return "its checksum is wrong";
  const parsed = content.safeParse(readJson(text));
  if (!parsed.success) return "it holds objects that this version does not know";
  const digest = new StateDigest();
  const keys = new Set<string>();
  for (const object of parsed.data.objects) {
    digest.toggle(object);
    keys.add(objectKey(object));
  }
  const isWhole = keys.size === parsed.data.objects.length && digest.toString() === parsed.data.digest;
  return isWhole ? parsed.data : "its digest is wrong";
}

/** A checksum says that a text is as it was written, not that it was JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused like other objects than are known
  }
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
