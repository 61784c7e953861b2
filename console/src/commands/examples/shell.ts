// Lines for a shell: words in quotes where they need them, options, and texts that a program reads from its standard input.

/** An example that is shown, with what is to be said of it; or why there is none. */
export type Example =
  | { readonly text: string; readonly note?: string | undefined }
  | { readonly none: string };

/** Options by name: a text or number as its value, true as `--name`, false as `--no-name`; absent ones are left out. */
export type Options = Readonly<Record<string, string | number | boolean | undefined>>;

/** Characters from which on a line is parted at its options. */
const longLine = 78;

/** There is no example, and why. */
export function none(reason: string): Example {
  return { none: reason };
}

/** Several lines as one example. */
export function lines(all: readonly string[], note?: string): Example {
  return { text: all.join("\n"), note };
}

/** Quotes a word for a shell, where it needs that. */
export function inShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Puts a line together: parted by backslashes at its options where it is long. */
export function shellLine(parts: readonly string[]): string {
  const line = parts.join(" ");
  return line.length > longLine ? parts.join(" \\\n  ") : line;
}

/**
 * A line of `fairlead`.
 * @param words  after the command; they stand behind `--` where one of them looks like an option
 * @param given  `argv`: a command line that follows `--`. `input`: what it reads where a word is `-`
 */
export function fairlead(
  command: string,
  words: readonly string[],
  options: Options = {},
  given: { readonly argv?: readonly string[]; readonly input?: string } = {},
): string {
  const { argv = [], input } = given;
  const isPlain = !words.some((word) => word.startsWith("-") && word !== "-");
  const own = words.map(inShell);
  const parts = [
    ["fairlead", command, ...(isPlain ? own : [])].join(" "),
    ...optionWords(options),
    ...(isPlain ? [] : [["--", ...own].join(" ")]),
    ...(argv.length > 0 ? [["--", ...argv.map(inShell)].join(" ")] : []),
  ];
  return input === undefined ? shellLine(parts) : `${shellLine(parts)} ${hereDocument(input)}`;
}

/** Options as words, each with its value. */
export function optionWords(options: Options): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
    const text = String(value);
    const isPlain = text === "-" || /^[^-]/.test(text);
    return [isPlain ? `--${name} ${inShell(text)}` : `--${name}=${inShell(text)}`];
  });
}

/** A text that a program reads from its standard input, to the line that ends it. */
function hereDocument(text: string): string {
  const all = text.split("\n");
  let end = "END";
  while (all.includes(end)) end += "_";
  return [`<<'${end}'`, ...all, end].join("\n");
}
