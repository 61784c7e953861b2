// The command line, for the documents' tests.
export { formatHelp, readArguments, sharedArguments, type Command } from "./command.ts";
export { commands } from "./commands.ts";
