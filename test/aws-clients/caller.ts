// One way to call AWS's services for each of the clients: the command line, and the SDK in two releases. A story that is told to a caller is the
// same for all of them.

import { awsCli } from "./aws-cli.ts";
import { lightsail, route53Domains, type AwsPlace } from "./sdk.ts";

/** A client of both services. */
export interface Caller {
  readonly name: string;
  /** Calls an operation of Lightsail. Times are strings or dates, as the client has them. */
  lightsail<T = Record<string, unknown>>(this: void, operation: string, input?: object): Promise<T>;
  /** Calls one of Route 53 Domains. */
  domains<T = Record<string, unknown>>(this: void, operation: string, input?: object): Promise<T>;
  /** Calls one of Lightsail that must be refused. @returns the exception's name and message, as the client tells them */
  refused(
    this: void,
    operation: string,
    input?: object,
  ): Promise<{ readonly type: string; readonly message: string }>;
}

/** All of them. */
export function callers(place: AwsPlace): Caller[] {
  return [sdkCaller("old", place), sdkCaller("new", place), cliCaller(place)];
}

function sdkCaller(release: "old" | "new", place: AwsPlace): Caller {
  const [zones, registrations] = [lightsail(release, place), route53Domains(release, place)];
  return {
    name: `sdk-${release}`,
    lightsail: (operation, input) => zones.call(operation, input),
    domains: (operation, input) => registrations.call(operation, input),
    refused: async (operation, input) => {
      const error = await zones.fail(operation, input);
      if (!zones.isA(error, error.name))
        throw new Error(`${operation}: the error is named ${error.name}, and is no instance of it`);
      return { type: error.name, message: error.message };
    },
  };
}

function cliCaller(place: AwsPlace): Caller {
  const cli = awsCli(place);
  const words = (service: string, operation: string, input: object): string[] => [
    service,
    kebab(operation),
    "--cli-input-json",
    JSON.stringify(input),
  ];
  return {
    name: "aws-cli",
    lightsail: (operation, input = {}) => cli.json(...words("lightsail", operation, input)),
    domains: (operation, input = {}) => cli.json(...words("route53domains", operation, input)),
    refused: (operation, input = {}) => cli.refused(...words("lightsail", operation, input)),
  };
}

/** An operation's name as the command line has it: `get-static-ip`. */
function kebab(operation: string): string {
  return operation
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .replace("APIMetadata", "api-metadata")
    .toLowerCase();
}
