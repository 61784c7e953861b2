// A command as lines of `fairlead`. A test has the command line's own parser read each of them back.

import type { Command, CommandAction } from "#contract";
import { nameRows } from "./cli-names.ts";
import { resourceRows } from "./cli-resources.ts";
import { serviceRows } from "./cli-services.ts";
import type { Example } from "./shell.ts";
import type { Rows } from "./table.ts";

const rows: Rows<CommandAction> = { ...nameRows, ...resourceRows, ...serviceRows };

/** Writes a command for the command line. */
export function cliExample(command: Command): Example {
  const write = rows[command.action] as (command: Command) => Example;
  return write(command);
}
