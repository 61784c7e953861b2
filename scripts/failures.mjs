// What failed of a run, kept in a file while it goes on and told at its very end: who sees the last hundred lines of a long print alone knows
// each failure. It is a reporter of Vitest's too, which keeps tests that failed and errors that no test waited for.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./prepare.mjs";

/** Names the file; absent: nothing is kept. */
const variable = "FAIRLEAD_FAILURES";

/** Lines of the whole, of one failure, and characters of a line. */
const limits = { whole: 90, each: 20, line: 300 };

/** Keeps a failure: what it is of, and what was said. */
export function keepFailure(name, said) {
  const file = process.env[variable];
  if (file) appendFileSync(file, `${JSON.stringify({ name, said: stripVTControlCharacters(said) })}\n`);
}

/** All that was kept, in few lines; the more failures there are, the fewer of each. */
export function tellFailures() {
  const file = process.env[variable];
  if (!file || !existsSync(file)) return "";
  const failures = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
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

/** Says of a test that it passed in its second try only. */
function tellUnsteady(file, test) {
  const said = (test.result().errors ?? []).map(describe).join("\n");
  process.stdout.write(
    `\nUnsteady, passed in the second try: ${file} > ${test.fullName}\n${stripVTControlCharacters(said)}\n`,
  );
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
          );
      };
      keep("", module.errors());
      for (const suite of module.children.allSuites()) keep(suite.fullName, suite.errors());
      for (const test of module.children.allTests("failed")) keep(test.fullName, test.result().errors ?? []);
      for (const test of module.children.allTests("passed"))
        if (test.diagnostic()?.flaky) tellUnsteady(module.relativeModuleId, test);
    }
    for (const error of unhandled) keepFailure("an error that no test waited for", describe(error));
  }
}
