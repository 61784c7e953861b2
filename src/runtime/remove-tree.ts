// Takes a folder away that a container or a person's script has filled: some of what is in it may be shut against its own owner, which stops whoever is not root.

import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The rights without which an owner can neither look into a folder nor change what is in it. */
export const ownersRights = 0o700;

const options = { recursive: true, force: true, maxRetries: 5 };

/**
 * Removes what is at a path, a folder with all that is in it; nothing where nothing is there. Links are removed, not followed.
 *
 * What a process that ends still puts there is removed with it.
 */
export function removeTree(path: string): void {
  try {
    rmSync(path, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    openFolders(path);
    rmSync(path, options);
  }
}

/** Gives all folders of a tree their owner's rights. */
function openFolders(top: string): void {
  const left = [top];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found?.isDirectory()) continue;
    if ((found.mode & ownersRights) !== ownersRights) chmodSync(path, found.mode | ownersRights);
    for (const name of readdirSync(path)) left.push(join(path, name));
  }
}
