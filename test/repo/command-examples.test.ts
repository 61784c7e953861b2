// "Show as" tells no lies: a shell reads every example of the console, and the command line's own parser, the API's own routes and the
// AWS endpoint make the same command of it again.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands, readArguments } from "#cli";
import { command as commandSchema, PlatformError, type Command } from "#contract";
import { checkRequest, checkResponse, lightsailModel, operationOf, route53DomainsModel } from "#contract/aws";
import { ControlCore, testConfig } from "#control/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { awsCallsOf } from "../../console/src/commands/examples/aws.ts";
import { examplesOf, type Examples } from "../../console/src/commands/examples/examples.ts";
import { AwsTestApi } from "../../src/control/aws/testing.ts";
import { samples, type Sample } from "./example-samples.ts";

const origin = "http://127.0.0.1:7700";
const models = { lightsail: lightsailModel, route53domains: route53DomainsModel };

const platform = new AwsTestApi();
const folder = mkdtempSync(join(tmpdir(), "fairlead-examples-"));
/** What the API and the endpoint were about to do. */
const seen: Command[] = [];
const requests: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];

beforeAll(async () => {
  const { edge } = testConfig.profile;
  const addresses = Array.from({ length: 9 }, (_, i) => `127.53.8.${i + 1}`);
  await platform.startWith({
    ...testConfig,
    profile: { ...testConfig.profile, edge: { ...edge, addresses } },
  });
  const { json } = platform.api;
  await json("POST", "/v1/domains", { name: "shop.test" });
  for (const name of ["web", "web-2"])
    await json("POST", "/v1/instances", { name, run: { kind: "address", address: "192.0.2.9", port: 80 } });
  await json("POST", "/v1/load-balancers", { name: "front", instances: ["web"] });
  await json("POST", "/v1/static-ips", { name: "fixed" });
  await json("POST", "/v1/distributions", { name: "site", origin: "web" });
  await json("POST", "/v1/container-services", { name: "app", power: "nano", scale: 1 });
  await json("POST", "/v1/certificates", { name: "main", domainName: "shop.test" });
  await json("PUT", "/v1/alarms/slow", {
    resource: "web",
    metric: "CPUUtilization",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 1,
    evaluationPeriods: 1,
  });
  for (const file of ["fullchain.pem", "privkey.pem", "authorities.pem", "hmac-key.txt"])
    writeFileSync(join(folder, file), "PEM");
  const note = (given: Command): Promise<never> => {
    seen.push(given);
    return Promise.reject(new PlatformError("internal", "Cannot go on: it was only to be read"));
  };
  vi.spyOn(ControlCore.prototype, "run").mockImplementation(note);
  vi.spyOn(ControlCore.prototype, "plan").mockImplementation(note);
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** One call of a program as a shell makes it. */
interface Called {
  readonly words: readonly string[];
  readonly input: string;
}

/** Has a shell read texts, and gives what each calls a program with. */
function readByShell(program: string, texts: readonly string[]): Called[][] {
  // Words end with NUL, the standard input follows, and a call ends with NUL STX; a text ends with ETX.
  const note = `${program}() { printf '%s\\0' "$@"; printf '\\1\\0'; cat; printf '\\0\\2'; }`;
  const script = [note, ...texts.map((text) => `${text}\nprintf '\\3'`)].join("\n");
  const file = join(folder, `${program}.sh`);
  writeFileSync(file, script);
  const out = execFileSync("sh", [file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 << 20,
  });
  return out
    .split("\u0003")
    .slice(0, -1)
    .map((text) =>
      text
        .split("\0\u0002")
        .slice(0, -1)
        .map((call) => {
          const [words = "", input = ""] = call.split("\u0001\0");
          return { words: words.split("\0").slice(0, -1), input };
        }),
    );
}

/** Has the command line run words against the platform's API. */
async function runCli(words: readonly string[], input: string): Promise<void> {
  const name =
    [words.slice(0, 2).join(" "), words[0] ?? ""].find((one) => Object.hasOwn(commands, one)) ?? "";
  const command = commands[name];
  if (!command) throw new Error(`there is no command ${words.join(" ")}`);
  const file = join(folder, "input");
  writeFileSync(file, input);
  const placed = words
    .slice(name.split(" ").length)
    .map((word) => (word === "-" ? file : /\.(?:pem|txt)$/.test(word) ? join(folder, word) : word));
  const { values, rest } = readArguments(name, command, placed);
  const output = { isJson: true, line: () => {}, table: () => {}, data: () => {} };
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    if (method !== "GET") requests.push({ method, path, body });
    return platform.api.json(method, path, body);
  };
  const api = { base: origin, request, upload: () => Promise.reject(new Error("nothing is uploaded here")) };
  await command.run(values, { output, dataFolder: folder, api: () => api }, rest);
}

/** What several lines do, as one command. */
function together(given: readonly Command[]): Command {
  const [first] = given;
  if (!first) throw new Error("no command came of it");
  return {
    ...given.reduce((all, one) => merge(all, one) as Command, first),
    action: first.action,
  } as Command;
}

function merge(a: unknown, b: unknown): unknown {
  const isPlain = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isPlain(a) || !isPlain(b)) return b;
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [
      name,
      name in a && name in b ? merge(a[name], b[name]) : name in b ? b[name] : a[name],
    ]),
  );
}

/** A command without the names of what was sealed. */
function plain(given: Command): object {
  const sealed = new Set(["keyId", "environmentId", "externalHmacId"]);
  return JSON.parse(
    JSON.stringify(given, (name, value: unknown) => (sealed.has(name) ? undefined : value)),
  ) as object;
}

/** A command whose name is whole and without final dot, as one of the two may have it. */
function whole(given: object): object {
  const { name, zone } = given as { name?: string; zone?: string };
  if (name === undefined) return given;
  return { ...given, name: name === "@" && zone !== undefined ? zone : name.replace(/\.$/, "") };
}

function textOf(example: Examples["cli"]): string {
  return "none" in example ? "" : example.text;
}

/** The samples whose command line gives its command in another way than as itself. */
async function readCli({ command }: Sample, called: readonly Called[]): Promise<object> {
  seen.length = 0;
  requests.length = 0;
  for (const { words, input } of called)
    await runCli(words, input).catch((error: unknown) => {
      // The API refuses these two before it makes a command of them: the certificates are none.
      if (seen.length + requests.length === 0) throw error;
    });
  const [request] = requests;
  const body = request?.body as Record<string, unknown>;
  switch (command.action) {
    case "create-user":
      expect(request?.path).toBe("/v1/invitations");
      return { action: "create-user", ...body };
    case "import-certificate":
      return { action: "import-certificate", name: body["name"], chain: body["certificate"] };
    case "set-acme-account": {
      const { externalAccount, ...others } = body as { externalAccount: { keyId: string } };
      return { action: "set-acme-account", ...others, externalKeyId: externalAccount.keyId };
    }
    default:
      return plain(together(seen));
  }
}

test("there is a sample of every action", () => {
  const actions = commandSchema.options.map(({ shape }) => shape.action.value);
  expect(actions.filter((action) => !samples.some(({ command }) => command.action === action))).toEqual([]);
  for (const { command } of samples) expect(commandSchema.parse(command)).toEqual(command);
});

const examples = samples.map(({ command }) => examplesOf(command, origin));
const [cliCalls, apiCalls, awsCalls] = [
  readByShell(
    "fairlead",
    examples.map(({ cli }) => textOf(cli)),
  ),
  readByShell(
    "curl",
    examples.map(({ api }) => textOf(api)),
  ),
  readByShell(
    "aws",
    examples.map(({ aws }) => textOf(aws)),
  ),
];
const rows = samples.map((sample, i) => ({
  sample,
  title: JSON.stringify(sample.command).slice(0, 110),
  calls: { cli: cliCalls[i] ?? [], api: apiCalls[i] ?? [], aws: awsCalls[i] ?? [] },
  isThere: { cli: !("none" in (examples[i]?.cli ?? {})), aws: !("none" in (examples[i]?.aws ?? {})) },
}));

describe("every example is read back to its command", () => {
  test.each(rows)("by the command line: $title", async ({ sample, calls, isThere }) => {
    const wanted = sample.cli ?? 1;
    expect(calls.cli).toHaveLength(wanted);
    expect(isThere.cli).toBe(wanted > 0);
    if (wanted > 0) expect(await readCli(sample, calls.cli)).toEqual(plain(sample.command));
  });

  test.each(rows)("by the API: $title", async ({ sample: { command }, calls }) => {
    const words = calls.api[0]?.words ?? [];
    expect(words[0]).toBe(`${origin}/v1/plans`);
    const body: unknown = JSON.parse(words[words.indexOf("-d") + 1] ?? "");
    seen.length = 0;
    await platform.api.call("POST", "/v1/plans", body);
    expect(seen).toEqual([command]);
  });

  test.each(rows)("by the AWS endpoint: $title", async ({ sample, calls, isThere }) => {
    const { command, aws = 1, readBack } = sample;
    expect(calls.aws).toHaveLength(aws);
    expect(isThere.aws).toBe(aws > 0);
    if (aws === 0) return;
    const given = calls.aws.map(({ words }) => readAws(words));
    const made = awsCallsOf(command);
    // The texts and what they are made of are one.
    expect(given).toEqual("calls" in made ? JSON.parse(JSON.stringify(made.calls)) : []);
    seen.length = 0;
    for (const { service, operation, input } of given) {
      const model = models[service];
      const shape = operationOf(model, operation)?.input ?? `no operation ${operation}`;
      expect(checkRequest(model, shape, input), operation).toMatchObject({ ok: true });
      // As a response it is held against the names of members too.
      expect(checkResponse(model, shape, input), operation).toMatchObject({ ok: true });
      if (readBack === "model") continue;
      const signing = { ...platform.key, service };
      await platform.send(`${model.targetPrefix}.${operation}`, JSON.stringify(input), signing);
    }
    if (readBack !== "model") expect(whole(together(seen))).toMatchObject(whole(plain(command)));
  });
});

test("what is too long to be shown says so", () => {
  const records = Array.from({ length: 300 }, (_, i) => ({ name: `a${i}`, type: "A", data: "192.0.2.1" }));
  const { cli, api, aws } = examplesOf({ action: "import-zone", zone: "shop.test", records }, origin);
  for (const example of [cli, api, aws])
    expect(example).toEqual({ none: expect.stringContaining("300 records") });
});

/** Reads words as the AWS CLI does: names by the model's members, values by their shapes. */
function readAws(words: readonly string[]): {
  service: "lightsail" | "route53domains";
  operation: string;
  input: Record<string, unknown>;
} {
  const [service = "", verb = "", ...others] = words;
  const model = models[service as keyof typeof models];
  const operation = Object.keys(model.operations).find((name) => xform(name) === verb);
  if (operation === undefined) throw new Error(`the AWS CLI has no ${service} ${verb}`);
  const line = model.shapes[operationOf(model, operation)?.input ?? ""] ?? "";
  const members = line
    .split(" ")
    .slice(1)
    .map((member) => member.split(":"))
    .map(([name = "", shape = ""]) => ({ name: name.replace("*", ""), shape }));
  const input: Record<string, unknown> = {};
  let i = 0;
  while (i < others.length) {
    const [option, inline] = split(others[i++] ?? "");
    if (option === "--endpoint-url") {
      expect(others[i++]).toBe(origin);
      continue;
    }
    const member = members.find(({ name }) => [`--${xform(name)}`, `--no-${xform(name)}`].includes(option));
    if (!member) throw new Error(`${operation} has no parameter ${option}`);
    const shape = model.shapes[member.shape] ?? "";
    if (shape.startsWith("boolean")) {
      input[member.name] = option === `--${xform(member.name)}`;
      continue;
    }
    const values = inline === undefined ? [] : [inline];
    while (inline === undefined && i < others.length && !others[i]?.startsWith("--"))
      values.push(others[i++] ?? "");
    input[member.name] = valueOf(shape, values);
  }
  return { service: service as keyof typeof models, operation, input };
}

function split(word: string): [string, string?] {
  const at = word.indexOf("=");
  return word.startsWith("--") && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
}

function valueOf(shape: string, values: readonly string[]): unknown {
  const [first = ""] = values;
  if (/^(?:structure|map)/.test(shape) || /^[[{]/.test(first)) return JSON.parse(first);
  if (shape.startsWith("list")) return values;
  return /^(?:integer|long|double|float)/.test(shape) ? Number(first) : first;
}

/** botocore's spelling of names. @see https://github.com/boto/botocore/blob/develop/botocore/__init__.py */
function xform(name: string): string {
  return name
    .replaceAll(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replaceAll(/([a-z])([0-9]+)/g, "$1-$2")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("--", "-")
    .toLowerCase();
}
