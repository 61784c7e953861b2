// A command of the console as it is given elsewhere: to the command line, to the API, to a client of AWS.

import type { Command } from "#contract";

/** The same command in other words. */
export interface Examples {
  /** For `fairlead`; absent where the command line has no command for it. */
  readonly cli?: string;
  /** For curl. */
  readonly api: string;
  /** For the AWS CLI; absent where the AWS API has no such operation. */
  readonly aws?: string;
}

/** Writes a command in other words. @param origin  of the platform: `http://127.0.0.1:7700` */
export function examplesOf(command: Command, origin: string): Examples {
  return { api: asCurl(command, origin) };
}

function asCurl(command: Command, origin: string): string {
  const body = JSON.stringify({ command }, null, 2);
  return [
    `curl ${origin}/v1/plans \\`,
    `  -H "authorization: Bearer $FAIRLEAD_KEY" -H "content-type: application/json" \\`,
    `  -d ${inShell(body)}`,
    "# The answer is the plan; its id applies it:",
    `curl -X POST ${origin}/v1/plans/ID/apply -H "authorization: Bearer $FAIRLEAD_KEY" -H "content-type: application/json" -d '{}'`,
  ].join("\n");
}

/** Quotes a word for a shell, where it needs that. */
export function inShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
