// Commands for container services: what they are, what is deployed on them, and their logs.

import type { ContainerEngineList, ContainerService, ContainerServicePower, Deployment } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Arguments, Command, Values } from "./command.ts";
import { deploymentArguments, readDeployment } from "./deployment-options.ts";
import { formatTime } from "./format-time.ts";
import type { Output } from "./output.ts";
import { readSeconds, readWholeNumber } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

const root = "/v1/container-services";

/** The path of a container service in the API, or of something of it. */
export const servicePath = (name: unknown, ...rest: readonly unknown[]): string =>
  [root, ...[name, ...rest].map((part) => encodeURIComponent(String(part)))].join("/");

const named = { type: "positional", description: "the container service" } as const;

const sizeArguments: Arguments = {
  power: {
    type: "string",
    valueHint: "POWER",
    description: "of each node: nano, micro, small, medium, large, xlarge",
  },
  scale: { type: "string", valueHint: "N", description: "how many nodes, 1 to 20" },
};

export const containerServiceCreate: Command = {
  description: "Create a container service, with a first deployment where one is given",
  args: {
    name: { type: "positional", description: "what to call it: lower-case letters, digits, hyphens" },
    ...sizeArguments,
    ...deploymentArguments,
    ...writeArguments,
  },
  rest: "command",
  examples: [
    "fairlead container-service create app --scale 2 --folder ./public",
    "fairlead container-service create app --power micro --image nginx:1.27 --port 80",
    "fairlead container-service create app --folder . --health-path /up -- node server.js",
  ],
  async run(values, context, rest) {
    const deployment = readDeployment(values, rest);
    await write(context, values, "POST", root, {
      name: values["name"],
      power: values["power"] ?? "nano",
      scale: readScale(values) ?? 1,
      ...(deployment ? { deployment } : {}),
    });
  },
};

function readScale(values: Values): number | undefined {
  const text = values["scale"];
  return typeof text === "string" ? readWholeNumber("--scale", text, 1, 20) : undefined;
}

export const containerServiceSet: Command = {
  description: "Change a container service's power or scale, its certificates, or switch it off and on",
  args: {
    name: named,
    ...sizeArguments,
    disabled: { type: "boolean", description: "stop its nodes; --no-disabled starts them again" },
    certificate: {
      type: "string",
      valueHint: "NAME=DOMAIN,...",
      description: "serve it under these domain names with a certificate; NAME= takes the certificate away",
    },
    ...writeArguments,
  },
  examples: [
    "fairlead container-service set app --scale 5",
    "fairlead container-service set app --power small",
    "fairlead container-service set app --certificate shop=app.shop.test,www.app.shop.test",
    "fairlead container-service set app --disabled",
  ],
  async run(values, context) {
    const scale = readScale(values);
    const { power, disabled, certificate } = values;
    const body = {
      ...(typeof power === "string" ? { power } : {}),
      ...(scale === undefined ? {} : { scale }),
      ...(typeof disabled === "boolean" ? { isDisabled: disabled } : {}),
      ...(typeof certificate === "string" ? { publicDomainNames: readCertificate(certificate) } : {}),
    };
    if (Object.keys(body).length === 0)
      throw new PlatformError(
        "usage",
        `Cannot change container service "${String(values["name"])}": nothing to change was given`,
      );
    await write(context, values, "PUT", servicePath(values["name"]), body);
  },
};

function readCertificate(text: string): Record<string, string[]> {
  const at = text.indexOf("=");
  if (at < 1)
    throw new PlatformError(
      "usage",
      `Cannot read --certificate "${text}": expected a certificate and domain names such as shop=app.shop.test`,
    );
  const names = text
    .slice(at + 1)
    .split(",")
    .filter((name) => name !== "");
  return { [text.slice(0, at)]: names };
}

export const containerServiceList: Command = {
  description: "List the container services",
  args: {},
  examples: ["fairlead container-service list"],
  async run(_values, context) {
    const { containerServices } = (await context.api().request("GET", root)) as {
      containerServices: ContainerService[];
    };
    context.output.data(containerServices);
    context.output.table(
      ["CONTAINER SERVICE", "STATE", "POWER", "NODES", "VERSION", "PUBLIC ADDRESS", "NAMES"],
      containerServices.map((service) => [
        service.name,
        service.state,
        service.power,
        describeNodes(service),
        describeVersion(service),
        service.publicAddresses.map(({ address }) => address).join(" "),
        service.names.join(" ") || "-",
      ]),
    );
  },
};

function describeNodes({ nodes, scale }: ContainerService): string {
  return `${nodes.filter(({ stage }) => stage === "serving").length} of ${scale}`;
}

function describeVersion({ currentDeployment, nextDeployment }: ContainerService): string {
  const current = currentDeployment ? String(currentDeployment.version) : "-";
  return nextDeployment ? `${current} -> ${nextDeployment.version}` : current;
}

export const containerServiceShow: Command = {
  description: "Show a container service: its state, what serves, and how each node does",
  args: { name: named },
  examples: ["fairlead container-service show app"],
  async run(values, context) {
    const service = (await context.api().request("GET", servicePath(values["name"]))) as ContainerService;
    context.output.data(service);
    showService(context.output, service);
  },
};

function showService(output: Output, service: ContainerService): void {
  const { stateDetail, problem, currentDeployment, nextDeployment } = service;
  const detail = stateDetail ? ` (${stateDetail.message ?? stateDetail.code})` : "";
  output.line(
    `${service.name}: ${service.state}${detail}, ${service.scale} x ${service.power} at ${service.publicAddresses.map(({ address }) => address).join(", ")}`,
  );
  output.line(`  found as ${[...service.names, service.dnsName].join(", ")}`);
  output.line(
    `  certificates: ${service.servedCertificates.join(", ") || "none"}; redirect to HTTPS ${service.redirectsToHttps ? "on" : "off"}`,
  );
  if (problem !== undefined) output.line(`  problem: ${problem}`);
  const unlimited = service.nodes.find((node) => node.unlimited !== undefined)?.unlimited;
  if (unlimited !== undefined) output.line(`  the limits of its power are not in force: ${unlimited}`);
  for (const deployment of [currentDeployment, nextDeployment])
    if (deployment) output.line(`  ${describeDeployment(deployment)}`);
  output.line();
  output.table(
    ["NODE", "STAGE", "RUNS", "HEALTH", "UNDER WAY", "ADDRESS", "LAST PROBE, OR WHY NOT"],
    service.nodes.map((node) => [
      `v${node.version}/${node.number}`,
      node.stage,
      node.state,
      node.health ?? "-",
      String(node.requestsUnderWay),
      node.port === undefined ? node.address : `${node.address}:${node.port}`,
      firstLine(node.reason ?? node.healthDetail ?? "-"),
    ]),
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function describeDeployment({ version, state, containers, publicEndpoint }: Deployment): string {
  const images = Object.entries(containers).map(([name, { image }]) => `${name} from ${image}`);
  const where = publicEndpoint
    ? `port ${publicEndpoint.containerPort} of ${publicEndpoint.containerName} is public, probed by GET ${publicEndpoint.healthCheck.path}`
    : "nothing is public";
  return `version ${version} is ${state}: ${images.join(", ")}; ${where}`;
}

export const containerServiceDeploy: Command = {
  description:
    "Deploy the next version on a container service; the one that serves does so until it is healthy",
  args: { name: named, ...deploymentArguments, ...writeArguments },
  rest: "command",
  examples: [
    "fairlead container-service deploy app --image nginx:1.28",
    "fairlead container-service deploy app --folder . --env-file .env -- node server.js",
    "fairlead container-service deploy app --file deployment.json --plan",
  ],
  async run(values, context, rest) {
    const deployment = readDeployment(values, rest);
    if (!deployment)
      throw new PlatformError(
        "usage",
        "Cannot deploy: expected what is deployed, by --image, --folder or --file",
      );
    await write(context, values, "POST", servicePath(values["name"], "deployments"), deployment);
  },
};

export const containerServiceDeployments: Command = {
  description: "List the versions of a container service, the latest first",
  args: {
    name: named,
    values: { type: "boolean", description: "with --json: the values of their environments too" },
  },
  examples: ["fairlead container-service deployments app"],
  async run(values, context) {
    const query = values["values"] === true ? "?values=1" : "";
    const { deployments } = (await context
      .api()
      .request("GET", `${servicePath(values["name"], "deployments")}${query}`)) as {
      deployments: Deployment[];
    };
    context.output.data(deployments);
    context.output.table(
      ["VERSION", "STATE", "DEPLOYED", "CONTAINERS", "REASON"],
      deployments.map(({ version, state, createdAt, containers, reason }) => [
        String(version),
        state,
        formatTime(createdAt),
        Object.entries(containers)
          .map(([name, { image }]) => `${name} ${image}`)
          .join(", "),
        reason ?? "-",
      ]),
    );
  },
};

export const containerServiceRollBack: Command = {
  description: "Deploy what an earlier version of a container service was, as the next one",
  args: {
    name: named,
    version: { type: "positional", description: "the earlier version" },
    ...writeArguments,
  },
  examples: ["fairlead container-service roll-back app 3"],
  async run(values, context) {
    const version = readWholeNumber("VERSION", String(values["version"]), 1, 1_000_000_000);
    await write(
      context,
      values,
      "POST",
      servicePath(values["name"], "deployments", version, "roll-back"),
      {},
    );
  },
};

export const containerServiceDelete: Command = {
  description: "Delete a container service that no name leads to, with its deployments and images",
  args: { name: named, ...writeArguments },
  examples: ["fairlead container-service delete app"],
  async run(values, context) {
    await write(context, values, "DELETE", servicePath(values["name"]));
  },
};

export const containerServicePowers: Command = {
  description: "List what a node of a container service can have",
  args: {},
  examples: ["fairlead container-service powers"],
  async run(_values, context) {
    const { powers } = (await context.api().request("GET", "/v1/container-service-powers")) as {
      powers: ContainerServicePower[];
    };
    context.output.data(powers);
    context.output.table(
      ["POWER", "PROCESSOR CORES", "MEMORY"],
      powers.map(({ name, cpuCount, ramSizeInGb }) => [name, String(cpuCount), `${ramSizeInGb} GB`]),
    );
  },
};

export const containerServiceEngines: Command = {
  description: "List what runs containers here, and the images that a container engine has",
  args: {},
  examples: ["fairlead container-service engines"],
  async run(_values, context) {
    const found = (await context.api().request("GET", "/v1/container-engines")) as ContainerEngineList;
    context.output.data(found);
    context.output.table(
      ["ENGINE", "THERE", "WHAT"],
      found.engines.map(({ engine, isPresent, detail }) => [engine, isPresent ? "yes" : "no", detail]),
    );
    if (found.images.length === 0) return;
    context.output.line("");
    context.output.table(
      ["IMAGE", "CREATED", "MEGABYTES"],
      found.images.map(({ id, references, createdAt, octets }) => [
        references.join(" ") || id.slice(0, 19),
        formatTime(createdAt),
        (octets / 1e6).toFixed(0),
      ]),
    );
  },
};

interface LogPage {
  readonly logEvents: { readonly createdAt: string; readonly message: string; readonly node: string }[];
  readonly nextPageToken?: string;
}

export const containerServiceLogs: Command = {
  description: "Show what a container wrote, over all nodes and versions, oldest first",
  args: {
    name: named,
    container: { type: "positional", description: "the container" },
    filter: {
      type: "string",
      valueHint: "TEXT",
      description: "lines with this in them; -TEXT: those without",
    },
    since: {
      type: "string",
      valueHint: "TIME",
      description: "of the last so many seconds, such as 10m (1h)",
    },
    lines: { type: "string", valueHint: "N", description: "at most so many (1000)" },
  },
  examples: [
    "fairlead container-service logs app web",
    "fairlead container-service logs app web --filter ERROR --since 10m",
  ],
  async run(values, context) {
    const most =
      typeof values["lines"] === "string" ? readWholeNumber("--lines", values["lines"], 1, 100_000) : 1000;
    const since = typeof values["since"] === "string" ? readSeconds("--since", values["since"]) : 3600;
    const path = servicePath(values["name"], "containers", values["container"], "logs");
    const startTime = new Date(Date.now() - since * 1000).toISOString();
    const filter = typeof values["filter"] === "string" ? { filterPattern: values["filter"] } : {};
    const events: LogPage["logEvents"] = [];
    for (let pageToken: string | undefined; events.length < most;) {
      const query = new URLSearchParams({
        startTime,
        ...filter,
        lines: String(Math.min(most - events.length, 1000)),
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      const page = (await context.api().request("GET", `${path}?${query.toString()}`)) as LogPage;
      events.push(...page.logEvents);
      pageToken = page.nextPageToken;
      if (pageToken === undefined) break;
    }
    context.output.data(events);
    for (const { createdAt, message } of events) context.output.line(`${createdAt} ${message}`);
  },
};
