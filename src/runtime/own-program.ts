// How programs of this project are started as processes of their own: with the Node.js that runs now, from source
// in a checkout and from the emitted JavaScript in an installed package.

import { fileURLToPath } from "node:url";

/**
 * The command that runs another file of this project.
 *
 * @param file  the file without its ending, relative to the module that asks, such as "./shim"
 * @param from  that module's `import.meta.url`
 */
export function ownProgram(file: string, from: string): string[] {
  const isSource = from.endsWith(".ts");
  const path = fileURLToPath(new URL(`${file}.${isSource ? "ts" : "js"}`, from));
  return [process.execPath, ...(isSource ? ["--conditions=fairlead-source"] : []), path];
}
