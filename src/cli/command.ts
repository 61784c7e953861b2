// The shape of a command, over citty: every one has a description, examples for `--help`, the options that all commands share, and
// refuses options it does not know.

import { PlatformError } from "#contract/plain";
import { parseArgs, type ArgsDef } from "citty";
import type { Context } from "./context.ts";
import { didYouMean } from "./did-you-mean.ts";

/** Options and positional arguments of a command, as citty takes them. */
export type Arguments = ArgsDef;

/** What a command's arguments are after parsing: text, or true and false. Repeated options come as arrays through `rawArgs`. */
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** A command of the command line. */
export interface Command {
  /** What it does, in one sentence without a final period. */
  readonly description: string;
  readonly args: Arguments;
  /** Options that may be given several times: their values come in their order, with line feeds between them. */
  readonly repeated?: readonly string[];
  /** What may follow the arguments: further values of the last one, or a command line after `--`. Nothing where absent. */
  readonly rest?: "values" | "command";
  /** What it speaks to, and so which of the shared options it has: the platform's API where absent. */
  readonly needs?: "data folder" | "nothing";
  /** Whole command lines, shown by `--help` and run by a test. */
  readonly examples: readonly string[];
  /** Runs it. What it throws is printed, and decides the exit code. */
  run(values: Values, context: Context, rest: readonly string[]): Promise<void>;
}

/** Options that every command has. */
export const sharedArguments: Arguments = {
  json: { type: "boolean", description: "print data as JSON" },
  data: { type: "string", valueHint: "DIR", description: "data folder (FAIRLEAD_DATA)" },
  api: { type: "string", valueHint: "URL", description: "address of the control API (FAIRLEAD_API)" },
  key: { type: "string", valueHint: "KEY", description: "access key (FAIRLEAD_KEY)" },
  help: { type: "boolean", alias: "h", description: "show this help" },
};

/** The shared options that a command has. */
function sharedArgumentsOf({ needs }: Command): Arguments {
  const { json, data, help } = sharedArguments;
  if (!json || !data || !help || needs === undefined) return sharedArguments;
  return needs === "nothing" ? { json, help } : { json, data, help };
}

/**
 * Reads a command's arguments.
 *
 * Throws `usage` for an option the command does not have, a missing argument, or one too many.
 */
export function readArguments(
  name: string,
  command: Command,
  raw: readonly string[],
): { values: Values; rest: string[] } {
  const separator = raw.indexOf("--");
  const own = separator < 0 ? [...raw] : raw.slice(0, separator);
  const after = separator < 0 ? [] : raw.slice(separator + 1);
  const args = { ...sharedArgumentsOf(command), ...command.args };
  refuseUnknown(name, args, own);
  if (own.includes("--help") || own.includes("-h")) return { values: { help: true }, rest: [] };
  const entries = Object.entries(args);
  const options = Object.fromEntries(entries.filter(([, { type }]) => type !== "positional"));
  const { _: words, ...parsed } = parseArgs(own, options);
  const values: Record<string, Values[string]> = { ...(parsed as Values) };
  for (const option of command.repeated ?? []) {
    const given = repeatedValues(own, option);
    if (given.length > 0) values[option] = given.join("\n");
  }
  // After `--` stands a command line of its own where there can be one, and elsewhere what might be taken for options.
  const given = command.rest === "command" ? words : [...words, ...after];
  const positional = entries.filter(([, { type }]) => type === "positional");
  for (const [index, [argument, definition]] of positional.entries()) {
    const word = given[index];
    if (word !== undefined) values[argument] = word;
    else if (definition.required !== false) {
      throw new PlatformError(
        "usage",
        `Cannot run "${name}": expected ${argument.toUpperCase()}, ${definition.description ?? ""}`,
      );
    }
  }
  const further = given.slice(positional.length);
  if (further.length > 0 && command.rest !== "values")
    throw new PlatformError("usage", `Cannot run "${name}": "${further[0]}" is one argument too many`);
  return { values, rest: command.rest === "command" ? after : further };
}

/** All values of an option, in their order. */
function repeatedValues(raw: readonly string[], option: string): string[] {
  return raw.flatMap((word, i) => {
    if (word.startsWith(`--${option}=`)) return [word.slice(option.length + 3)];
    return word === `--${option}` && raw[i + 1] !== undefined ? [raw[i + 1] ?? ""] : [];
  });
}

function refuseUnknown(name: string, args: Arguments, raw: readonly string[]): void {
  const known = new Set(["--help", "-h"]);
  const takesValue = new Set<string>();
  for (const [option, definition] of Object.entries(args)) {
    if (definition.type === "positional") continue;
    const spellings = [
      `--${option}`,
      ...[("alias" in definition && definition.alias) || []].flat().map((alias) => `-${alias}`),
    ];
    for (const spelling of spellings) {
      known.add(spelling);
      if (definition.type === "string" || definition.type === "enum") takesValue.add(spelling);
    }
    if (definition.type === "boolean") known.add(`--no-${option}`);
  }
  for (let i = 0; i < raw.length; i++) {
    const word = raw[i] ?? "";
    if (!word.startsWith("-") || word === "-") continue;
    const option = word.split("=", 1)[0] ?? word;
    if (!known.has(option))
      throw new PlatformError(
        "usage",
        `Cannot run "${name}": it has no option "${option}"${didYouMean(option, [...known])}`,
      );
    if (!takesValue.has(option) || word.includes("=")) continue;
    if (raw[i + 1] === undefined)
      throw new PlatformError("usage", `Cannot run "${name}": option "${option}" wants a value`);
    i++;
  }
}

/** The text of `--help` for one command. */
export function formatHelp(name: string, command: Command): string {
  const args = Object.entries({ ...command.args, ...sharedArgumentsOf(command) });
  const positional = args.filter(([, definition]) => definition.type === "positional");
  const options = args.filter(([, definition]) => definition.type !== "positional");
  const usage = positional.map(([argument, definition]) => {
    const word = (("valueHint" in definition && definition.valueHint) || argument).toUpperCase();
    return definition.required === false ? `[${word}]` : word;
  });
  if (command.rest === "values") usage.push("...");
  const width = Math.max(
    ...positional.map(([argument]) => argument.length),
    ...options.map(([option, definition]) => optionUsage(option, definition).length),
  );
  return [
    `${command.description}.`,
    "",
    `Usage: fairlead ${[name, ...usage].join(" ")} [options]${command.rest === "command" ? " [-- COMMAND ...]" : ""}`,
    "",
    ...positional.map(
      ([argument, definition]) =>
        `  ${argument.toUpperCase().padEnd(width)}  ${definition.description ?? ""}`,
    ),
    ...options.map(
      ([option, definition]) =>
        `  ${optionUsage(option, definition).padEnd(width)}  ${definition.description ?? ""}`,
    ),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function optionUsage(option: string, definition: Arguments[string]): string {
  return definition.type === "boolean"
    ? `--${option}`
    : `--${option} ${(("valueHint" in definition && definition.valueHint) || option).toUpperCase()}`;
}
