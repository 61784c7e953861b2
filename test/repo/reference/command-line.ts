// docs/reference/command-line.md from the commands: what `--help` says of each.

import { commands, formatHelp, sharedArguments } from "#cli";

/** The page as it should be. */
export function commandLinePage(): string {
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(commands)) {
    const [first = ""] = name.split(" ");
    groups.set(first, [...(groups.get(first) ?? []), name]);
  }
  const parts = Object.entries(commands).map(([name, command]) => {
    const [, usage = "", ...rest] = formatHelp(name, command).trimEnd().split("\n\n");
    // Options that every command has stand once, above.
    const shared = Object.keys(sharedArguments).map((option) => new RegExp(`^  --${option}\\b`));
    const lines = [usage, ...rest]
      .join("\n\n")
      .split("\n")
      .filter((line) => !shared.some((option) => option.test(line)));
    return `## ${name}\n\n${command.description}.\n\n\`\`\`text\n${lines.join("\n").replaceAll(/\n{3,}/g, "\n\n")}\n\`\`\`\n`;
  });
  const options = Object.entries(sharedArguments).map(
    ([option, { description = "" }]) => `| \`--${option}\` | ${description} |`,
  );
  return `# Command line

\`npx fairlead COMMAND\` in the checkout or project, \`fairlead COMMAND\` where it is on the path. Written from the commands themselves.

Every command has these options, but for those that speak to no platform:

| option | |
|---|---|
${options.join("\n")}

The exit code tells how it went: 0 well, 2 bad input, 3 not found, 4 refused, 5 wrong key, 6 not possible now, 7 not reachable. Every command that
changes something takes \`--plan\`, which shows what it would do.

${parts.join("\n")}`;
}
