// Commands for instances and for assigning names to them.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Assignment, Instance, InstanceRun } from "#contract";
import { PlatformError } from "#contract/plain";
import { parseHostPort } from "./host-port.ts";
import type { Command, Values } from "./command.ts";
import type { Context } from "./context.ts";
import { limitArguments, readLimits, readPorts } from "./instance-options.ts";
import { readDomainName, readWholeNumber } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

/** The path of an instance in the API. */
export const instancePath = (name: unknown): string => `/v1/instances/${encodeURIComponent(String(name))}`;

const assignmentPath = (name: unknown): string =>
  `/v1/assignments/${encodeURIComponent(readDomainName(String(name)))}`;

/** Most lines of a log that the API gives. */
const maxLogLines = 10_000;

export const instanceCreate: Command = {
  description:
    "Create an instance: a web server for a folder, a command of your own, or a server that exists already",
  args: {
    name: { type: "positional", description: "what to call it" },
    site: { type: "string", valueHint: "DIR", description: "serve the files of this folder" },
    command: {
      type: "boolean",
      description: "run the command after --; it gets HOST and PORT in its environment",
    },
    folder: { type: "string", valueHint: "DIR", description: "with --command: where it runs (this folder)" },
    address: {
      type: "string",
      valueHint: "ADDR:PORT",
      description: "a server that listens there already, with an IPv4 or [IPv6] address",
    },
    ports: {
      type: "string",
      valueHint: "PORTS",
      description: "public ports that are open (80,443), such as 80,443,5432 or none",
    },
    ...limitArguments,
    ...writeArguments,
  },
  examples: [
    "fairlead instance create web --site ./public",
    "fairlead instance create app --command -- node server.js",
    "fairlead instance create nas --address 192.168.1.20:80",
  ],
  rest: "command",
  async run(values, context, rest) {
    if (rest.length > 0 && values["command"] !== true) {
      throw new PlatformError(
        "usage",
        `Cannot create an instance: a command stands after --, and --command is missing`,
      );
    }
    const limits = readLimits(values);
    const ports = typeof values["ports"] === "string" ? readPorts("--ports", values["ports"]) : undefined;
    await write(context, values, "POST", "/v1/instances", {
      name: values["name"],
      run: readRun(values, rest),
      ...(limits ? { limits } : {}),
      ...(ports ? { ports } : {}),
    });
  },
};

function readRun(values: Values, rest: readonly string[]): InstanceRun {
  const kinds = ["site", "command", "address"].filter(
    (kind) => values[kind] !== undefined && values[kind] !== false,
  );
  if (kinds.length !== 1) {
    throw new PlatformError(
      "usage",
      `Cannot create an instance: expected one of --site, --command, --address, and got ${kinds.length === 0 ? "none" : kinds.map((kind) => `--${kind}`).join(" and ")}`,
    );
  }
  if (typeof values["site"] === "string") return { kind: "site", folder: existingFolder(values["site"]) };
  if (typeof values["address"] === "string") return { kind: "address", ...parseHostPort(values["address"]) };
  if (rest.length === 0)
    throw new PlatformError(
      "usage",
      "Cannot create an instance: expected a command after --, such as --command -- node server.js",
    );
  const folder = typeof values["folder"] === "string" ? values["folder"] : ".";
  return { kind: "command", command: [...rest], folder: existingFolder(folder) };
}

function existingFolder(path: string): string {
  const folder = resolve(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) {
    throw new PlatformError(
      "path-unusable",
      `Cannot use folder "${path}": ${found ? "it is a file" : "there is none at " + folder}`,
    );
  }
  return folder;
}

export const instanceList: Command = {
  description: "List the instances",
  args: {},
  examples: ["fairlead instance list"],
  async run(_values, context) {
    const { instances } = (await context.api().request("GET", "/v1/instances")) as { instances: Instance[] };
    context.output.data(instances);
    context.output.table(
      ["INSTANCE", "STATE", "PUBLIC ADDRESS", "NAMES", "RUNS"],
      instances.map((instance) => [
        instance.name,
        describeState(instance),
        instance.publicAddresses.map(({ address }) => address).join(" "),
        instance.names.join(" ") || "-",
        describeRun(instance.run),
      ]),
    );
    for (const { name, reason, state } of instances)
      if (state === "failed" && reason !== undefined)
        context.output.line(`${name}: ${reason.replaceAll("\n", " / ")}`);
  },
};

/** The process of a server that exists already is not ours, so nobody here knows how it does. */
export function describeState({ run, state }: Instance): string {
  return run.kind === "address" ? "external" : state;
}

/** What an instance runs, in a line. */
export function describeRun(run: InstanceRun): string {
  switch (run.kind) {
    case "site":
      return run.folder;
    case "command":
      return run.command.map(quoteWord).join(" ");
    case "launch":
      return `launched from ${run.blueprintId}`;
    case "address":
      return run.address.includes(":") ? `[${run.address}]:${run.port}` : `${run.address}:${run.port}`;
  }
}

/** A word of a command line as a shell would take it. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export const instanceDelete: Command = {
  description: "Delete an instance that no name is assigned to",
  args: { name: { type: "positional", description: "the instance" }, ...writeArguments },
  examples: ["fairlead instance delete web"],
  async run(values, context) {
    await write(context, values, "DELETE", instancePath(values["name"]));
  },
};

export const instanceLogs: Command = {
  description: "Show the last lines of an instance's log",
  args: {
    name: { type: "positional", description: "the instance" },
    lines: { type: "string", valueHint: "N", description: "how many (100)" },
  },
  examples: ["fairlead instance logs web"],
  async run(values, context) {
    const { lines: given } = values;
    const lines = typeof given === "string" ? readWholeNumber("--lines", given, 1, maxLogLines) : 100;
    const answer = (await context
      .api()
      .request("GET", `${instancePath(values["name"])}/logs?lines=${lines}`)) as { lines: string[] };
    context.output.data(answer);
    for (const line of answer.lines) context.output.line(line);
    if (answer.lines.length === 0) process.stderr.write("Nothing was written to this log.\n");
  },
};

export const assign: Command = {
  description:
    "Assign a name to a resource: its address records, a certificate and the edge's route, as one change",
  args: {
    name: { type: "positional", description: "the name, such as shop.test or www.shop.test" },
    resource: { type: "positional", description: "the instance, static IP or load balancer" },
    "with-www": { type: "boolean", description: "the name below it that begins with www too" },
    https: { type: "boolean", description: "with a certificate (default); --no-https asks for none" },
    ...writeArguments,
  },
  examples: [
    "fairlead assign mine.test web",
    "fairlead assign www.mine.test web --plan",
    "fairlead assign mine.test front --with-www",
    "fairlead assign mine.test web --no-https",
  ],
  async run(values, context) {
    const answer = await write(context, values, "POST", "/v1/assignments", {
      name: readDomainName(String(values["name"])),
      resource: values["resource"],
      ...(values["with-www"] === true ? { withWww: true } : {}),
      ...(values["https"] === false ? { https: false } : {}),
    });
    const name = answer.operation?.resourceName;
    if (name === undefined || !answer.change) return;
    const assigned = (await listAssignments(context)).find((one) => one.name === name);
    const url = `${assigned?.certificate === undefined ? "http" : "https"}://${name}/`;
    const seen = answer.plan.warnings.length === 0 ? "" : "; see the warnings above";
    context.output.line(`${url} leads there now${seen}. Follow a visit: fairlead trace ${url}`);
  },
};

async function listAssignments(context: Context): Promise<Assignment[]> {
  const answer = (await context.api().request("GET", "/v1/assignments")) as { assignments: Assignment[] };
  return answer.assignments;
}

export const assignments: Command = {
  description: "List which name leads to which resource",
  args: {},
  examples: ["fairlead assignments"],
  async run(_values, context) {
    const list = await listAssignments(context);
    context.output.data(list);
    context.output.table(
      ["NAME", "RESOURCE", "ADDRESSES", "CERTIFICATE"],
      list.map((item) => [
        item.name,
        item.resourceName,
        item.addresses.map(({ address }) => address).join(" "),
        item.certificate ?? "-",
      ]),
    );
  },
};

export const unassign: Command = {
  description: "Take a name away from the resource it leads to",
  args: { name: { type: "positional", description: "the name" }, ...writeArguments },
  examples: ["fairlead unassign www.mine.test"],
  async run(values, context) {
    await write(context, values, "DELETE", assignmentPath(values["name"]));
  },
};
