// Tutorial and how-to guides are executed: every `sh` block, in order, page by page, in a folder of the page's own, against a platform
// started as `npm start` does, moved to ports and addresses of the test's own. Other blocks are shown only.

import { spawnSync } from "node:child_process";
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, startPlatform, type Platform } from "./harness.ts";

const pages = globSync("docs/{tutorial,how-to}/*.md", { cwd: root }).sort();
/** Pages all of whose steps are a browser's, or want a platform that was started with keys (`updates.test.ts` has one). */
const withoutBlocks = new Set(["docs/tutorial/console.md", "docs/how-to/dns-update.md"]);
/** What a command may say beside its answer: curl and npm tell their progress there. */
const chatter = /^\s*(%|Dload|[\d.]+ |\.|\+|-)/;

const folder = mkdtempSync(join(tmpdir(), "fl-docs-"));
const bin = join(folder, "bin");
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
  mkdirSync(bin);
  // `npx fairlead` is the checkout's, from any folder.
  writeFileSync(
    join(bin, "npx"),
    `#!/bin/sh\n[ "$1" = fairlead ] || exit 127\nshift\nexec "${join(root, "bin", "fairlead")}" "$@"\n`,
  );
  chmodSync(join(bin, "npx"), 0o755);
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Moves addresses and ports of the local profile to where this platform has them. */
function moved(text: string): string {
  return text
    .replaceAll("127.53.", `127.${platform.network}.`)
    .replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port: string) => `127.0.0.1:${platform.port(Number(port))}`)
    .replaceAll(/-p (\d+)/g, (_, port: string) => `-p ${platform.port(Number(port))}`);
}

test("there are pages to run", () => expect(pages.length).toBeGreaterThan(15));

describe.each(pages)("%s", (page) => {
  const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```sh\n([^]*?)^```/gm)].map(
    ([, text = ""]) => text,
  );
  const own = join(folder, basename(page, ".md"));

  test("it has blocks to run, or is known to have none", () => {
    expect(blocks.length > 0).toBe(!withoutBlocks.has(page));
    mkdirSync(own);
  });

  test.each(blocks.map((block, i) => [i + 1, block.split("\n", 1)[0] ?? "", block] as const))(
    "block %i: %s",
    (_i, _first, block) => {
      const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", moved(block)], {
        cwd: own,
        env: { ...platform.environment, PATH: `${bin}:${process.env["PATH"]}` },
        encoding: "utf8",
        timeout: 240_000,
      });
      expect(
        [status, stderr.split("\n").filter((line) => line !== "" && !chatter.test(line))],
        stdout,
      ).toEqual([0, []]);
    },
  );
});
