// The folder of a launched instance: its launch script, what came of that, and the pages that the built-in web server serves. It is the
// instance's own: it is made with it, and goes with it.

import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile, replaceFile } from "./json-file.ts";
import { removeTree } from "./remove-tree.ts";

/** What the program of a launched instance (launch-program.ts) is told, in JSON as its one argument. */
export interface LaunchOrder {
  readonly name: string;
  readonly blueprintId: string;
  /** Grows with each reboot: a script that failed is tried again with another one. */
  readonly generation: number;
}

/** What came of a launch script that has ended. */
export interface LaunchOutcome {
  readonly status: number;
  readonly generation: number;
}

/** The launch script in an instance's folder. */
export function launchScriptPath(folder: string): string {
  return join(folder, "launch-script");
}

/** The pages in an instance's folder. */
export function launchedPages(folder: string): string {
  return join(folder, "www");
}

/** Makes the folder ready for its program: the script is there, and a folder for pages. */
export function prepareLaunch(folder: string, script: string | undefined): void {
  mkdirSync(launchedPages(folder), { recursive: true, mode: 0o700 });
  const path = launchScriptPath(folder);
  if (script === undefined || script.trim() === "") {
    rmSync(path, { force: true });
    return;
  }
  if (!existsSync(path)) writeFileSync(path, "", { mode: 0o700 });
  writeFileSync(path, script);
  chmodSync(path, 0o700);
}

/** What came of the launch script; undefined where it has not ended by itself yet. */
export function readOutcome(folder: string): LaunchOutcome | undefined {
  const value = readJsonFile(outcomePath(folder)) as Partial<LaunchOutcome> | undefined;
  return typeof value?.status === "number" && typeof value.generation === "number"
    ? { status: value.status, generation: value.generation }
    : undefined;
}

/** Keeps what came of the launch script. */
export function writeOutcome(folder: string, outcome: LaunchOutcome): void {
  replaceFile(outcomePath(folder), JSON.stringify(outcome));
}

/** Puts a page there that says what this is, where there is no other. */
export function putStartPage(folder: string, { name, blueprintId }: LaunchOrder): void {
  const path = join(launchedPages(folder), "index.html");
  if (existsSync(path)) return;
  mkdirSync(launchedPages(folder), { recursive: true, mode: 0o700 });
  writeFileSync(
    path,
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(name)}</title>
<h1>${escape(name)}</h1>
<p>This instance was launched from the blueprint <code>${escape(blueprintId)}</code> and runs.
<p>What its launch script puts into the folder <code>www</code> is served here in place of this page.
</html>
`,
  );
}

/** Takes the folder away with all that the instance left in it. */
export function removeLaunch(folder: string): void {
  removeTree(folder);
}

function outcomePath(folder: string): string {
  return join(folder, "launched.json");
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
