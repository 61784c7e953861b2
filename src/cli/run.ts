// Finds the command of a command line, runs it, and turns what it throws into a sentence and an exit code.

import { PlatformError } from "#contract";
import { commands } from "./commands.ts";
import { formatHelp, readArguments } from "./command.ts";
import { createContext } from "./context.ts";
import { reportFailure } from "./output.ts";

/** Runs one command line, without the program's own name. Returns the exit code. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const isJson = words.includes("--json");
  try {
    return await dispatch(words);
  } catch (error) {
    return reportFailure(error, isJson, (text) => process.stderr.write(text));
  }
}

async function dispatch(words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    process.stdout.write(overview());
    return 0;
  }
  // The longest name wins: "instance create" before "instance".
  const name = [words.slice(0, 2).join(" "), first].find((candidate) => candidate in commands);
  if (name === undefined) {
    const group = Object.keys(commands).filter((candidate) => candidate.startsWith(`${first} `));
    if (group.length === 0)
      throw new PlatformError("usage", `Cannot run "${first}": there is no such command`);
    if (words.length > 1 && !["--help", "-h"].includes(words[1] ?? "")) {
      throw new PlatformError(
        "usage",
        `Cannot run "${words.slice(0, 2).join(" ")}": expected ${group.map((candidate) => `"${candidate}"`).join(", ")}`,
      );
    }
    process.stdout.write(overview(group));
    return 0;
  }
  const command = commands[name];
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

function overview(names: readonly string[] = Object.keys(commands)): string {
  const width = Math.max(...names.map((name) => name.length));
  return [
    "Fairlead takes a visitor from a domain name to a page.",
    "",
    "Usage: fairlead COMMAND [options]",
    "",
    ...names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.description ?? ""}`),
    "",
    "`fairlead COMMAND --help` shows its options and examples. Every command takes --json.",
    "",
  ].join("\n");
}
