// What failed of a run, kept in a file while it goes on and told at its very end: who sees the last hundred lines of a long print alone knows
// each failure. It is a reporter of Vitest's too, which keeps tests that failed and errors that no test waited for.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./prepare.mjs";

/** Names the file; absent: nothing is kept. */
export const variable = "FAIRLEAD_FAILURES";

/** Lines of the whole, of one failure, and characters of a line. */
const limits = { whole: 90, each: 20, line: 300 };

/** Keeps a failure: what it is of, what was said, and the file of tests where it was, if it was in one. */
export function keepFailure(name, said, file) {
  const path = process.env[variable];
  if (path) appendFileSync(path, `${JSON.stringify({ name, said: stripVTControlCharacters(said), file })}\n`);
}

/** What was kept in a file; nothing where there is none. */
export function readFailures(path) {
  if (!path || !existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** All that was kept, in few lines; the more failures there are, the fewer of each. */
export function tellFailures() {
  const failures = readFailures(process.env[variable]);
  const each = Math.max(2, Math.min(limits.each, Math.floor(limits.whole / failures.length) - 1));
  const cut = (line) => (line.length > limits.line ? `${line.slice(0, limits.line)}…` : line);
  const told = failures.flatMap(({ name, said }, index) => [
    `${index + 1}. ${cut(name)}`,
    ...said
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(0, each)
      .map((line) => `     ${cut(line)}`),
  ]);
  return failures.length === 0 ? "" : `\n== What failed\n${told.join("\n")}\n`;
}

/** Where and what: the message, the place in our own files, and how the value differed from what was expected. */
function describe({ message = "", stacks = [], diff = "" }) {
  const place = stacks[0] && `at ${relative(root, stacks[0].file)}:${stacks[0].line}`;
  return [place, message, diff].filter(Boolean).join("\n");
}

/** Keeps what failed in a run of tests. */
// oxlint-disable-next-line import/no-default-export -- Vitest takes a reporter from there
export default class FailuresReporter {
  onTestRunEnd(modules, unhandled) {
    for (const module of modules) {
      const keep = (name, errors) => {
        if (errors.length > 0)
          keepFailure(
            [module.relativeModuleId, name].filter(Boolean).join(" > "),
            errors.map(describe).join("\n"),
            module.relativeModuleId,
          );
      };
      keep("", module.errors());
      for (const suite of module.children.allSuites()) keep(suite.fullName, suite.errors());
      for (const test of module.children.allTests("failed")) keep(test.fullName, test.result().errors ?? []);
    }
    for (const error of unhandled) {
      const path = error.VITEST_TEST_PATH;
      keepFailure("an error that no test waited for", describe(error), path && relative(root, path));
    }
  }
}
