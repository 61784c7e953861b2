// Looks for secrets where they must not be: reads every file below some folders as octets, and tells where a known secret stands in
// clear, in whatever form programs commonly write it. Tests that make a secret add it to the list they look for.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Something that nobody may find. */
export interface KnownSecret {
  /** What to call it in the outcome. */
  readonly name: string;
  /** At least 8 octets, so that none is found by chance. */
  readonly octets: Uint8Array | string;
}

/** Octets of a secret that are looked for: the whole where it is shorter. A part of a key is as bad as all of it. */
const windowOctets = 24;
const minOctets = 8;

/** Finds secrets below folders, links not followed. @returns `NAME in FILE as FORM`, sorted; empty where all is well */
export function findSecrets(folders: readonly string[], secrets: readonly KnownSecret[]): string[] {
  const needles = secrets.flatMap(({ name, octets }) => formsOf(octets).map((form) => ({ name, ...form })));
  const found = new Set<string>();
  for (const file of folders.flatMap((folder) => filesBelow(folder))) {
    const octets = read(file);
    // PEM breaks base64 into lines, and JSON writes those breaks as \n.
    const joined = Buffer.from(octets.toString("latin1").replaceAll(/\r?\n|\\r|\\n/g, ""), "latin1");
    for (const { name, form, needle } of needles)
      if (octets.includes(needle) || joined.includes(needle)) found.add(`${name} in ${file} as ${form}`);
  }
  return [...found].sort();
}

/** The first and the last octets of a secret in each form. */
function formsOf(secret: Uint8Array | string): { form: string; needle: Buffer }[] {
  const octets = Buffer.from(typeof secret === "string" ? new TextEncoder().encode(secret) : secret);
  if (octets.length < minOctets)
    throw new RangeError(`A secret of ${octets.length} octets is found by chance`);
  const windows = [octets.subarray(0, windowOctets), octets.subarray(-windowOctets)];
  return windows.flatMap((window) => [
    { form: "octets", needle: window },
    { form: "hexadecimal", needle: Buffer.from(window.toString("hex")) },
    { form: "hexadecimal", needle: Buffer.from(window.toString("hex").toUpperCase()) },
    ...[0, 1, 2].flatMap((start) => {
      // Whole groups only: what stands beside them in the file may be anything.
      const whole = window.subarray(start, start + Math.floor((window.length - start) / 3) * 3);
      return [
        { form: "base64", needle: Buffer.from(whole.toString("base64")) },
        { form: "base64url", needle: Buffer.from(whole.toString("base64url")) },
      ];
    }),
  ]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    // Files that are replaced while they are read are there under their new name.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
