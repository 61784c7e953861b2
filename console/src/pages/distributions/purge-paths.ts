// Paths of a purge as somebody types them, one a line: how each is read, and what is wrong with it. Control judges them again.

/** One line of what is to be purged. */
export interface PurgePath {
  readonly path: string;
  /** In words: `this address alone`, `everything that begins with /img/`. */
  readonly reads: string;
  readonly problem?: string;
}

/** Most paths of one purge. */
const most = 1000;

/** Reads lines. Those that are there twice count once. */
export function readPurgePaths(text: string): readonly PurgePath[] {
  const lines = [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  return lines.map((path, i) => {
    const problem = i >= most ? `${most} paths are the most of one purge` : problemOf(path);
    return { path, reads: readsOf(path), ...(problem === undefined ? {} : { problem }) };
  });
}

function readsOf(path: string): string {
  if (path === "/*") return "everything";
  if (path.endsWith("*")) return `everything that begins with ${path.slice(0, -1)}`;
  if (path.includes("?")) return "this address with this query";
  return "this address alone";
}

function problemOf(path: string): string | undefined {
  if (!path.startsWith("/")) return "A path begins with a slash";
  if (path.slice(0, -1).includes("*")) return "* stands at the end only";
  if (/[^!-~]/.test(path) || path.includes("#")) return "It holds a character that no address has";
  return undefined;
}
