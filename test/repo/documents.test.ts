// Documents that can rot are executed or derived: every command line in README and in `--help` names a command and options that exist.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commands, formatHelp, readArguments, sharedArguments } from "#cli";
import { expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));

/** Splits a command line as a shell does, as far as our examples go: spaces, single and double quotes. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
}

function parse(line: string): void {
  const words = splitWords(line.replace(/^(npx )?fairlead /, "").replace(/\s+#.*$/, ""));
  const name = [words.slice(0, 2).join(" "), words[0] ?? ""].find((candidate) => candidate in commands);
  expect(name, line).toBeDefined();
  const command = commands[name ?? ""];
  if (!command) throw new Error(line);
  readArguments(name ?? "", command, words.slice((name ?? "").split(" ").length));
}

test("every example of --help parses", () => {
  for (const [name, command] of Object.entries(commands)) {
    expect(command.examples.length, name).toBeGreaterThan(0);
    expect(
      Object.keys(command.args).filter((argument) => argument in sharedArguments),
      name,
    ).toEqual([]);
    for (const example of command.examples) parse(example);
    expect(formatHelp(name, command)).toContain(command.description);
  }
});

test.each(["README.md", ...globSync("docs/{tutorial,how-to}/*.md", { cwd: root }).sort()])(
  "every command line of %s parses",
  (path) => {
    const lines = readFileSync(join(root, path), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("npx fairlead ") && !/[|\\$]/.test(line));
    if (path === "README.md") expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) parse(line.replace(/ (?:>|\|\||&&) .*$/, ""));
  },
);

test("what the tutorial of the console says to press stands in the console", () => {
  const source = globSync("console/src/**/*.{ts,tsx}", { cwd: root })
    .map((path) => readFileSync(join(root, path), "utf8").replaceAll(/\s+/g, " "))
    .join("\n");
  const named = [
    ...readFileSync(join(root, "docs/tutorial/console.md"), "utf8").matchAll(/\*\*([^*]+)\*\*/g),
  ].map(([, words = ""]) => words);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((words) => !new RegExp(`[">] ?${words} ?["<]`).test(source))).toEqual([]);
});

test("docs/index.md leads to every page of docs, and to each once", () => {
  const listed = [
    ...readFileSync(join(root, "docs", "index.md"), "utf8").matchAll(/\]\(([\w/-]+\.md)\)/g),
  ].map(([, path = ""]) => path);
  const pages = globSync("**/*.md", { cwd: join(root, "docs") }).filter((path) => path !== "index.md");
  expect(pages.length).toBeGreaterThan(25);
  expect(new Set(listed)).toEqual(new Set(pages));
  expect(listed).toHaveLength(pages.length);
});

test("every relative link and picture of a document leads to a file", () => {
  const documents = ["ARCHITECTURE.md", "CONTRIBUTING.md", "TERMS.md", "README.md", "console/README.md"];
  const links = documents.flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      ([, path = ""]) => [document, path] as const,
    ),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(([document, path]) => !existsSync(join(root, dirname(document), path)))).toEqual([]);
});

test("every path that a document names is there", () => {
  const documents = ["ARCHITECTURE.md", "CONTRIBUTING.md", "TERMS.md", "README.md"];
  const missing = documents.flatMap((document) =>
    [
      ...readFileSync(join(root, document), "utf8").matchAll(
        /`((?:src|test|docs|bench|fuzz|examples|scripts)\/[\w./*-]+)`/g,
      ),
    ]
      .map(([, path = ""]) => path)
      .filter((path) =>
        path.includes("*") ? globSync(path, { cwd: root }).length === 0 : !existsSync(join(root, path)),
      )
      .map((path) => `${document}: ${path}`),
  );
  expect(missing).toEqual([]);
});
