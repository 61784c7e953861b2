// Operations of AWS's services that a command comes to, and how the AWS CLI is told to call them.
// @see https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html

import { inShell, shellLine } from "./shell.ts";

/** One operation with its input. */
export interface AwsCall {
  readonly service: "lightsail" | "route53domains";
  /** `StartInstance` */
  readonly operation: string;
  /** Members by the names that the service's model has; those that are undefined are left out. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Operations that a command comes to, with what is to be said of them; or why there are none. */
export type AwsCalls =
  | { readonly calls: readonly AwsCall[]; readonly note?: string }
  | { readonly none: string };

/** One operation of Lightsail. */
export function lightsail(operation: string, input: AwsCall["input"]): AwsCall {
  return { service: "lightsail", operation, input };
}

/** One operation of Route 53 Domains. */
export function domains(operation: string, input: AwsCall["input"]): AwsCall {
  return { service: "route53domains", operation, input };
}

/** Operations, in their order. */
export function calls(...all: readonly AwsCall[]): AwsCalls {
  return { calls: all };
}

/** A call as a line. @param origin  where the platform's API is */
export function awsLine({ service, operation, input }: AwsCall, origin: string): string {
  return shellLine([
    `aws ${service} ${kebab(operation)}`,
    ...Object.entries(input).flatMap(([name, value]) =>
      value === undefined ? [] : [parameter(kebab(name), value)],
    ),
    `--endpoint-url ${inShell(origin)}`,
  ]);
}

/** A name as the AWS CLI spells it: `staticIpName` is `static-ip-name`. */
function kebab(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

function parameter(name: string, value: unknown): string {
  if (typeof value === "boolean") return value ? `--${name}` : `--no-${name}`;
  if (isTexts(value)) return `--${name} ${value.map(inShell).join(" ")}`;
  const text = typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
  // What begins with a hyphen would be another parameter; of an empty word the shell would leave nothing.
  return /^(?:-|$)/.test(text) ? `--${name}=${inShell(text)}` : `--${name} ${inShell(text)}`;
}

/** Whether a value is a list that can be written as words: an empty one, or one with a word like a parameter, is JSON. */
function isTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === "string" && /^[^-[{]/.test(one))
  );
}
