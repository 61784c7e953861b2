// The files of the web console, read from the folder that it was built to: in a checkout and in a package `console/dist`. A file is read
// and compressed when it is first asked for, and kept; names that lead out of the folder are not asked for, because only listed ones are.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join, sep } from "node:path";
import { gzipSync } from "node:zlib";
import type { ConsoleFile, ConsoleFiles } from "#control";

const mediaTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  woff2: "font/woff2",
};

/** Octets below which compressing saves nothing. */
const leastToCompress = 512;

/** The console of this program; without files where it was not built. */
export function openConsoleFiles(): ConsoleFiles {
  const description = findPackageJSON(import.meta.url);
  return filesIn(join(description === undefined ? "" : dirname(description), "console", "dist"));
}

/** The files of a folder, as they are when they are asked for first; what is built anew meanwhile is seen by its time. */
export function filesIn(folder: string): ConsoleFiles {
  const kept = new Map<string, ConsoleFile>();
  let builtAt = -1;
  let names = new Set<string>();
  return {
    get(path) {
      // The page is written last.
      const at = statSync(join(folder, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (at !== builtAt) {
        builtAt = at;
        kept.clear();
        names = at === 0 ? new Set() : listed(folder);
      }
      if (!names.has(path)) return undefined;
      const file = kept.get(path) ?? readConsoleFile(folder, path);
      kept.set(path, file);
      return file;
    },
  };
}

/** Paths of all files below a folder, with `/` between their parts. What begins with a point is not for browsers. */
function listed(folder: string): Set<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(folder.length + 1)
          .replaceAll(sep, "/"),
      )
      .filter((path) => !path.split("/").some((part) => part.startsWith("."))),
  );
}

function readConsoleFile(folder: string, path: string): ConsoleFile {
  const octets = new Uint8Array(readFileSync(join(folder, path)));
  const compressed =
    octets.length < leastToCompress ? undefined : new Uint8Array(gzipSync(octets, { level: 9 }));
  return {
    octets,
    ...(compressed && compressed.length < octets.length ? { gzip: compressed } : {}),
    mediaType: mediaTypes[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    entityTag: `"${createHash("sha256").update(octets).digest("base64url").slice(0, 24)}"`,
    isImmutable: path.startsWith("assets/"),
  };
}
