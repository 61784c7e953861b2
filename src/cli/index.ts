// The command line, for the documents' tests.

import type { Command } from "./command.ts";
import { loadCommands } from "./commands.ts";

export { formatHelp, readArguments, sharedArguments } from "./command.ts";

/** Every command by name. */
export const commands: Readonly<Record<string, Command>> = await loadCommands();
