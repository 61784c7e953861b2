// The file that the last good traces lie in. It is evidence, and no part of what is to be: after a crash it may be the one before, or gone.

import { readFile, rename, writeFile } from "node:fs/promises";
import type { TraceShelf } from "#control";

/** Makes the shelf. @param path  of the file; it is made with the first trace */
export function traceShelfIn(path: string): TraceShelf {
  return {
    load: async () => {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
      }
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) ? value : [];
    },
    save: async (traces) => {
      const beside = `${path}.new`;
      await writeFile(beside, JSON.stringify(traces), { mode: 0o600 });
      await rename(beside, path);
    },
  };
}
