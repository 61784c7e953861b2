// Finds the command of a command line, runs it, and turns what it throws into a sentence and an exit code.

import { PlatformError } from "#contract/plain";
import { commands, loadCommands, shortWords } from "./commands.ts";
import { formatHelp, readArguments } from "./command.ts";
import { createContext } from "./context.ts";
import { didYouMean } from "./did-you-mean.ts";
import { reportFailure } from "./output.ts";

/** Runs one command line, without the program's own name. Returns the exit code. */
export async function runCommandLine(given: readonly string[]): Promise<number> {
  const words = lengthen(given);
  const own = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  const isJson = own.includes("--json");
  try {
    return await dispatch(words);
  } catch (error) {
    // With --json there is one JSON value on the standard output, whatever happened: the exit code tells which.
    const stream = isJson ? process.stdout : process.stderr;
    return reportFailure(error, isJson, findCommand(words), (text) => stream.write(text));
  }
}

/** A command line with the whole word where its first one is a short one. */
function lengthen([first, ...others]: readonly string[]): string[] {
  if (first === undefined) return [];
  return [Object.hasOwn(shortWords, first) ? (shortWords[first] ?? first) : first, ...others];
}

/** The name of the command that a command line is of: "instance create" before "instance". */
function findCommand(words: readonly string[]): string | undefined {
  return [words.slice(0, 2).join(" "), words[0] ?? ""].find((candidate) =>
    Object.hasOwn(commands, candidate),
  );
}

async function dispatch(words: readonly string[]): Promise<number> {
  const [first, ...others] = words;
  if (first === undefined || first === "--help" || first === "-h" || (first === "help" && !others[0])) {
    process.stdout.write(await overview());
    return 0;
  }
  if (first === "help") return dispatch([...others, "--help"]);
  if (first === "--version" || first === "-V") return dispatch(["version", ...others]);
  const name = findCommand(words);
  if (name === undefined) {
    const group = Object.keys(commands).filter((candidate) => candidate.startsWith(`${first} `));
    if (group.length === 0)
      throw new PlatformError(
        "usage",
        `Cannot run "${first}": there is no such command${didYouMean(first, Object.keys(commands))}`,
      );
    if (words.length > 1 && !["--help", "-h"].includes(words[1] ?? "")) {
      throw new PlatformError(
        "usage",
        `Cannot run "${words.slice(0, 2).join(" ")}": expected ${group.map((candidate) => `"${candidate}"`).join(", ")}`,
      );
    }
    process.stdout.write(await overview(group));
    return 0;
  }
  const command = await commands[name]?.();
  if (command === undefined)
    throw new PlatformError("usage", `Cannot run "${name}": there is no such command`);
  const { values, rest } = readArguments(name, command, words.slice(name.split(" ").length));
  if (values["help"] === true) {
    process.stdout.write(formatHelp(name, command));
    return 0;
  }
  await command.run(values, createContext(values), rest);
  return 0;
}

async function overview(names: readonly string[] = Object.keys(commands)): Promise<string> {
  const loaded = await loadCommands();
  const width = Math.max(...names.map((name) => name.length));
  return [
    "Fairlead takes a visitor from a domain name to a page.",
    "",
    "Usage: fairlead COMMAND [options]",
    "",
    ...names.map((name) => `  ${name.padEnd(width)}  ${loaded[name]?.description ?? ""}`),
    "",
    "`fairlead COMMAND --help` shows its options and examples. Every command takes --json.",
    "",
  ].join("\n");
}
