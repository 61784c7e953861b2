// What commands print: tables and sentences for people, JSON for programs, errors on their own stream.

import type { ErrorDetail, ErrorKind, RrsetContent } from "#contract";
import { PlatformError } from "#contract/plain";
import { exitCodes } from "./exit-codes.ts";

/** Where a command prints. */
export interface Output {
  /** True where the caller asked for JSON: then `data` prints, and `line` and `table` do not. */
  readonly isJson: boolean;
  /** Prints a line for people. */
  line(text?: string): void;
  /** Prints rows in columns for people; cells are text. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  /** Prints a value as JSON, where JSON was asked for. */
  data(value: unknown): void;
}

/** Control characters shown instead of sent: what an instance or a zone file holds must not steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, (character) =>
    character === "\t" || character === "\n"
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Makes an output that writes to a sink. */
export function createOutput(isJson: boolean, write: (text: string) => void): Output {
  return {
    isJson,
    line(text = "") {
      if (!isJson) write(`${printable(text)}\n`);
    },
    table(head, rows) {
      if (isJson) return;
      const widths = head.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
      );
      for (const row of [head, ...rows]) {
        const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
        write(`${printable(cells.join("  ").trimEnd())}\n`);
      }
    },
    data(value) {
      if (isJson) write(`${JSON.stringify(value, undefined, 2)}\n`);
    },
  };
}

/**
 * Writes a failure as a sentence and what to do, or as JSON, and gives the exit code.
 *
 * @param command  the command that was run, where there is one of that name
 */
export function reportFailure(
  error: unknown,
  isJson: boolean,
  command: string | undefined,
  write: (text: string) => void,
): number {
  const { code, message, kind, detail = {}, ...described } = describeFailure(error);
  const help =
    code === "usage" && command !== undefined
      ? `\`fairlead ${command} --help\` shows how it is used.`
      : described.help;
  if (isJson) write(`${JSON.stringify({ code, message, help, ...detail }, undefined, 2)}\n`);
  else
    write(
      `${printable(message)}${/[.?!]$/.test(message) ? "" : "."}\n${bothSides(detail)}${help} (${code})\n`,
    );
  return kind ? exitCodes[kind] : 1;
}

/** What was expected, is there and was wanted of each RRset that somebody else has changed. */
function bothSides({ conflicts = [], moreConflicts = 0 }: ErrorDetail): string {
  const content = (one: RrsetContent | null): string =>
    one ? `${one.records.join(", ")} (TTL ${one.ttl})` : "nothing";
  const lines = conflicts.flatMap(({ name, type, expected, current, wanted, revision }) => [
    `  ${name} ${type}`,
    `    expected  ${content(expected)}`,
    `    there is  ${content(current)}${revision === undefined ? "" : `, since change ${revision}`}`,
    `    wanted    ${content(wanted)}`,
  ]);
  if (moreConflicts > 0) lines.push(`  and ${moreConflicts} more`);
  return lines.map((line) => printable(`${line}\n`)).join("");
}

function describeFailure(error: unknown): {
  code: string;
  message: string;
  help: string;
  kind?: ErrorKind;
  detail?: ErrorDetail;
} {
  if (error instanceof PlatformError) {
    const { code, message, row, detail } = error;
    return { code, message, help: row.help, kind: row.kind, detail };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: "internal",
    message,
    help: "This is a fault of the command line: report it with what stands above.",
  };
}
