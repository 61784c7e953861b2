// Tables of examples: one row for each action of a command, so that the compiler finds an action that has none.

import type { Command, CommandAction } from "#contract";
import type { Example } from "./shell.ts";

/** The command of an action. */
export type CommandOf<Action extends CommandAction> = Extract<Command, { action: Action }>;

/** How commands of some actions are written. */
export type Rows<Actions extends CommandAction> = {
  readonly [Action in Actions]: (command: CommandOf<Action>) => Example;
};

/** Names of the members that an object has, beside some. */
export function membersOf(value: object, ...beside: readonly string[]): string[] {
  return Object.entries(value)
    .filter(([name, member]) => member !== undefined && !beside.includes(name))
    .map(([name]) => name);
}
