// A command of the console as it is given elsewhere: to the command line, to the API, to a client of AWS.

import type { Command } from "#contract";
import { awsExample } from "./aws.ts";
import { cliExample } from "./cli.ts";
import { inShell, none, type Example } from "./shell.ts";

/** The same command in other words. */
export interface Examples {
  /** For `fairlead`. */
  readonly cli: Example;
  /** For curl. */
  readonly api: Example;
  /** For the AWS CLI. */
  readonly aws: Example;
}

/** Records or edits of a command that is still shown in other words. */
const maxItems = 200;

/** Writes a command in other words. @param origin  of the platform: `http://127.0.0.1:7700` */
export function examplesOf(command: Command, origin: string): Examples {
  const count = itemsOf(command);
  if (count > maxItems) {
    const tooMany = none(`It has ${count} records, too many to be shown here.`);
    return { cli: tooMany, api: tooMany, aws: tooMany };
  }
  return { cli: cliExample(command), api: asCurl(command, origin), aws: awsExample(command, origin) };
}

function itemsOf(command: Command): number {
  switch (command.action) {
    case "import-zone":
      return command.records.length;
    case "import-document":
      return command.document.rrsets.length;
    case "change-rrsets":
      return command.edits.length;
    default:
      return 0;
  }
}

function asCurl(command: Command, origin: string): Example {
  const fields = `-H "authorization: Bearer $FAIRLEAD_KEY" -H "content-type: application/json"`;
  return {
    text: [
      `curl ${inShell(`${origin}/v1/plans`)} \\`,
      `  ${fields} \\`,
      `  -d ${inShell(JSON.stringify({ command }, null, 2))}`,
      `# The answer is the plan; its id carries it out:`,
      `curl ${inShell(`${origin}/v1/plans/ID/apply`)} ${fields} -d '{}'`,
    ].join("\n"),
  };
}
