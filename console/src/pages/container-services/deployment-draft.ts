// What is to be deployed as its form holds it: what an earlier version was, and what goes to the API.

import type { Deployment, DeploymentBody } from "#contract";
import { joinWords, splitWords } from "./words.ts";

/** What a port speaks. */
export type Protocol = "HTTP" | "HTTPS" | "TCP" | "UDP";

/** A container in the form. */
export interface ContainerDraft {
  readonly name: string;
  readonly kind: "folder" | "image";
  /** A folder's path, or an image's name. */
  readonly source: string;
  /** In one line. */
  readonly command: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly port: string; readonly protocol: Protocol }[];
}

/** The form. */
export interface DeploymentDraft {
  readonly containers: readonly ContainerDraft[];
  /** Whether visitors reach one of them. */
  readonly isPublic: boolean;
  readonly endpoint: { readonly container: string; readonly port: string };
  readonly check: {
    readonly path: string;
    readonly successCodes: string;
    /** Seconds. */
    readonly interval: string;
    readonly timeout: string;
    readonly healthy: string;
    readonly unhealthy: string;
  };
}

/** A container with nothing in it. */
export function emptyContainer(name: string): ContainerDraft {
  return {
    name,
    kind: "folder",
    source: "",
    command: "",
    environment: [],
    ports: [{ port: "80", protocol: "HTTP" }],
  };
}

/** A form with one container, and the health check that Lightsail has. */
export const emptyDraft: DeploymentDraft = {
  containers: [emptyContainer("web")],
  isPublic: true,
  endpoint: { container: "web", port: "80" },
  check: { path: "/", successCodes: "200-499", interval: "5", timeout: "2", healthy: "2", unhealthy: "2" },
};

/** The form of what a version was. */
export function draftOfDeployment({ containers, publicEndpoint }: Deployment): DeploymentDraft {
  const drafts = Object.entries(containers).map(
    ([name, { image, command, environment = {}, environmentNames, ports }]): ContainerDraft => ({
      name,
      kind: image.startsWith("folder:") ? "folder" : "image",
      source: image.replace(/^folder:/, ""),
      command: joinWords(command),
      environment: environmentNames.map((variable) => ({
        name: variable,
        value: environment[variable] ?? "",
      })),
      ports: Object.entries(ports).map(([port, protocol]) => ({ port, protocol })),
    }),
  );
  const check = publicEndpoint?.healthCheck;
  return {
    containers: drafts,
    isPublic: publicEndpoint !== undefined,
    endpoint: publicEndpoint
      ? { container: publicEndpoint.containerName, port: String(publicEndpoint.containerPort) }
      : { container: drafts[0]?.name ?? "web", port: drafts[0]?.ports[0]?.port ?? "80" },
    check: check
      ? {
          path: check.path,
          successCodes: check.successCodes,
          interval: String(check.intervalMs / 1000),
          timeout: String(check.timeoutMs / 1000),
          healthy: String(check.healthyThreshold),
          unhealthy: String(check.unhealthyThreshold),
        }
      : emptyDraft.check,
  };
}

/** What is wrong with the form, each with where: the rest is control's to say. */
export function problemsOfDeployment({ containers, isPublic, endpoint, check }: DeploymentDraft): string[] {
  const problems: string[] = [];
  const names = containers.map(({ name }) => name);
  containers.forEach(({ name, kind, source, command, environment, ports }, i) => {
    const who = name === "" ? `Container ${i + 1}` : name;
    if (name === "") problems.push(`${who} has no name`);
    if (names.indexOf(name) !== i) problems.push(`Two containers are called ${who}`);
    if (source.trim() === "")
      problems.push(kind === "folder" ? `${who} has no folder` : `${who} has no image`);
    else if (kind === "folder" && !source.startsWith("/"))
      problems.push(`${who}: a folder’s path begins with /`);
    if (splitWords(command) === undefined) problems.push(`${who}: a quote in its command is not closed`);
    if (environment.some((variable) => variable.name.trim() === ""))
      problems.push(`${who}: a variable has no name`);
    if (ports.some(({ port }) => !isPort(port))) problems.push(`${who}: a port is a number from 1 to 65535`);
  });
  if (isPublic) {
    const served = containers.find(({ name }) => name === endpoint.container);
    if (!served?.ports.some(({ port }) => port === endpoint.port))
      problems.push("The public endpoint names a port that its container does not listen on");
    if ([check.interval, check.timeout].some((text) => !(Number(text) > 0)))
      problems.push("Times of the health check are seconds, above 0");
    if ([check.healthy, check.unhealthy].some((text) => !/^([1-9]|10)$/.test(text)))
      problems.push("Checks in a row are 1 to 10");
  }
  return problems;
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

/** What goes to the API. */
export function bodyOfDeployment({ containers, isPublic, endpoint, check }: DeploymentDraft): DeploymentBody {
  return {
    containers: Object.fromEntries(
      containers.map(({ name, kind, source, command, environment, ports }) => {
        const words = splitWords(command) ?? [];
        return [
          name,
          {
            image: kind === "folder" ? `folder:${source.trim()}` : source.trim(),
            ...(words.length > 0 ? { command: words } : {}),
            ...(environment.length > 0
              ? { environment: Object.fromEntries(environment.map((one) => [one.name.trim(), one.value])) }
              : {}),
            ...(ports.length > 0
              ? { ports: Object.fromEntries(ports.map(({ port, protocol }) => [port, protocol])) }
              : {}),
          },
        ];
      }),
    ),
    ...(isPublic
      ? {
          publicEndpoint: {
            containerName: endpoint.container,
            containerPort: Number(endpoint.port),
            healthCheck: {
              path: check.path,
              successCodes: check.successCodes,
              intervalMs: Math.round(Number(check.interval) * 1000),
              timeoutMs: Math.round(Number(check.timeout) * 1000),
              healthyThreshold: Number(check.healthy),
              unhealthyThreshold: Number(check.unhealthy),
            },
          },
        }
      : {}),
  };
}
