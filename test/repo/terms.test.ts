// The words of TERMS.md are the words of the code: identifiers and files have none that it rules out, and no file names the machine
// that it was written on.

import { globSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const folders = "{src,test,bench,fuzz,scripts,bin,docs,examples,console/src}";

/** The words in backquotes of the sentence of TERMS.md that begins so. */
function wordsAfter(beginning: string): Set<string> {
  const text = readFileSync(join(root, "TERMS.md"), "utf8");
  const from = text.indexOf(beginning);
  expect(from, beginning).toBeGreaterThan(0);
  const sentence = text.slice(from, text.indexOf(". ", from)).split(". ")[0] ?? "";
  return new Set([...sentence.matchAll(/`(\w+)`/g)].map(([, word = ""]) => word));
}

/** Code without comments and texts: what is left are identifiers, keywords and signs. */
function withoutProse(code: string): string {
  return code
    .replaceAll(/\/\*[\s\S]*?\*\//g, " ")
    .replaceAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""')
    .replaceAll(/\/\/[^\n]*/g, " ")
    .replaceAll(/`(?:\\.|[^`\\$]|\$(?!\{))*`/g, '""');
}

test("no identifier has a word that TERMS.md rules out", () => {
  const banned = wordsAfter("No identifier has one of these words");
  expect(banned).toContain("helper");
  const found = globSync("{src,bench,fuzz,scripts,console/src}/**/*.{ts,tsx,mjs}", { cwd: root }).flatMap(
    (path) =>
      [...withoutProse(readFileSync(join(root, path), "utf8")).matchAll(/[A-Za-z_$][\w$]*/g)].flatMap(
        ([identifier]) => {
          const words = identifier
            .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
            .toLowerCase()
            .split(/[ _$]+/);
          return words.some((word) => banned.has(word)) ? [`${path} ${identifier}`] : [];
        },
      ),
  );
  expect([...new Set(found)]).toEqual([]);
});

test("no file or folder is a drawer for what has no name", () => {
  const banned = wordsAfter("No file or folder is called");
  expect(banned).toContain("utils");
  // Packages that tests install in folders of their own are named by others.
  const exclude = (path: string): boolean => path.includes("node_modules");
  const found = globSync("{src,test,bench,fuzz,scripts,console/src}/**", { cwd: root, exclude }).filter(
    (path) => banned.has(basename(path, extname(path))),
  );
  expect(found).toEqual([]);
});

test("no file names the machine it was written on", () => {
  const texts = globSync([`${folders}/**/*`, "*.{md,json,ts}"], { cwd: root }).filter((path) =>
    /\.(?:tsx?|mjs|md|json|html|css|zone)$/.test(path),
  );
  expect(texts.length).toBeGreaterThan(300);
  // The folder of this checkout, and the home folder of whoever has it.
  const places = [`${root}/`, process.env["HOME"] ?? ""].filter((place) => place.split("/").length > 2);
  const found = texts.filter((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return places.some((place) => text.includes(place));
  });
  expect(found).toEqual([]);
});
