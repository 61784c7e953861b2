// The command line, for the documents' tests.
export { formatHelp, readArguments, type Command } from "./command.ts";
export { commands } from "./commands.ts";
