// Reads a file of the user's for a command, or the standard input where its name is `-`; what cannot be read is said in words.

import { PlatformError } from "#contract/plain";
import { readDescriptor, readInputFile } from "#server/input-file";

/** Octets of a file that commands read. */
const maxOctets = 256 << 10;

/** Octets of a file whose records are read, at most. */
const maxZoneOctets = 1 << 30;

/** What the standard input had: it can be read once. */
let standardInput: Buffer | undefined;

/** Reads a file whole, or the standard input for `-`. Throws what the system does, and so where it has more than `most` octets. */
export function readInput(path: string, most: number = maxZoneOctets): Buffer {
  return path === "-" ? (standardInput ??= readDescriptor(0, most)) : readInputFile(path, most);
}

/** Reads a text file, or the standard input for `-`. @param what  what is read, such as "private key". Throws `path-unusable`. */
export function readTextFile(path: string, what: string, most: number = maxOctets): string {
  let octets: Buffer;
  try {
    octets = readInput(path, most);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const words: Readonly<Record<string, string>> = {
      ENOENT: "there is no such file",
      EISDIR: "it is a folder",
      EACCES: "it may not be read",
    };
    throw new PlatformError(
      "path-unusable",
      `Cannot read ${what} "${path}": ${words[code ?? ""] ?? message}`,
      {
        cause,
      },
    );
  }
  if (octets.length <= most) return octets.toString("utf8");
  throw new PlatformError("path-unusable", `Cannot read ${what} "${path}": it has more than ${most} octets`);
}
