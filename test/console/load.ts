// How many octets a browser loads for a page of the console, of what was built: by the build's own manifest, compressed as control sends it.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** The most that the first page may take, in octets: what a visitor of one megabit a second waits two seconds for. */
export const maxFirstLoad: number = 250 * 1024;

/** What a page takes, in octets, compressed. */
export interface PageLoad {
  /** Its file below console/src: `pages/overview/overview-page.tsx`. */
  readonly page: string;
  /** Chunks that are its own, beside the frame's. */
  readonly own: number;
  /** All that is loaded where it is the first page that is opened. */
  readonly first: number;
}

/** What was built. */
export interface ConsoleLoad {
  /** The frame around every page: index.html with what it names. */
  readonly frame: number;
  readonly pages: readonly PageLoad[];
}

interface Chunk {
  readonly file: string;
  readonly src?: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** Measures what was built; undefined where the console was not built. @param root  of the checkout */
export function measureConsole(root: string): ConsoleLoad | undefined {
  const dist = join(root, "console", "dist");
  const path = join(dist, ".vite", "manifest.json");
  if (!existsSync(path)) return undefined;
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<string, Chunk>;
  const sizes = new Map<string, number>();
  const sizeOf = (file: string): number => {
    const known = sizes.get(file) ?? gzipSync(readFileSync(join(dist, file))).length;
    sizes.set(file, known);
    return known;
  };
  const total = (files: Iterable<string>): number => [...files].reduce((sum, file) => sum + sizeOf(file), 0);
  /** Files of a chunk and of all that it imports at once. */
  const filesOf = (name: string, found: Set<string> = new Set()): Set<string> => {
    const chunk = manifest[name];
    if (!chunk || found.has(chunk.file)) return found;
    found.add(chunk.file);
    for (const file of chunk.css ?? []) found.add(file);
    for (const next of chunk.imports ?? []) filesOf(next, found);
    return found;
  };
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\/console\/([^"]+)"/g)].map(([, file = ""]) => file);
  const frame = new Set(["index.html", ...named]);
  for (const [name, { isEntry }] of Object.entries(manifest)) if (isEntry === true) filesOf(name, frame);
  const pages = Object.entries(manifest)
    .filter(([, { src = "" }]) => /^src\/pages\/.*-page\.tsx$/.test(src))
    .map(([name, { src = "" }]) => {
      const own = total([...filesOf(name)].filter((file) => !frame.has(file)));
      return { page: src.slice("src/".length), own, first: total(frame) + own };
    });
  return { frame: total(frame), pages: pages.sort((a, b) => b.first - a.first) };
}
