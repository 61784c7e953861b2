// Routes of container services: services, deployments, images and logs.

import { z } from "@hono/zod-openapi";
import {
  containerEngineList,
  containerLogList,
  containerService,
  containerServiceList,
  containerServicePowerList,
  createContainerServiceBody,
  deployment,
  deploymentBody,
  deploymentList,
  maxLogEvents,
  PlatformError,
  updateContainerServiceBody,
} from "#contract";
import { requireRole } from "../access/authorise.ts";
import { readContainerEngines } from "../container-engines.ts";
import { powers } from "../container-powers.ts";
import type { ControlCore } from "../control.ts";
import type { Held } from "../state.ts";
import { viewContainerService, viewDeployments } from "../view-containers.ts";
import { declareImageRoutes } from "./image-routes.ts";
import { byName, declare, declareWrite, nothing, type Api } from "./routes.ts";

const path = "/v1/container-services";

/** Declares the routes of container services. */
export function declareContainerRoutes(api: Api, core: ControlCore): void {
  declareServices(api, core);
  declareDeployments(api, core);
  declareImageRoutes(api, core);
  declare(
    api,
    {
      method: "get",
      path: "/v1/container-engines",
      summary:
        "What runs containers here, why an engine is not there, and the images that a container engine has",
      answer: containerEngineList,
    },
    () => readContainerEngines(core.hub),
  );
  declareLogs(api, core);
}

function declareServices(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    { method: "get", path, summary: "All container services", answer: containerServiceList },
    () => ({
      containerServices: byName(
        [...state.all("container-service").values()].map((held) => viewContainerService(core.views, held)),
      ),
    }),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/container-service-powers",
      summary: "What a node of a container service can have",
      answer: containerServicePowerList,
    },
    () => ({ powers: [...powers] }),
  );
  declare(
    api,
    {
      method: "get",
      path: `${path}/{name}`,
      summary: "One container service, with its nodes",
      answer: containerService,
    },
    ({ params }) => viewContainerService(core.views, heldService(core, params["name"])),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path,
      summary: "Create a container service, with a first deployment where one is given",
      body: createContainerServiceBody,
    },
    async ({ body: { deployment: first, ...body } }) => ({
      action: "create-container-service",
      ...body,
      ...(first ? { deployment: await core.environments.seal(first) } : {}),
    }),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: `${path}/{name}`,
      summary: "Change power, scale or names, disable or enable; what is absent stays",
      body: updateContainerServiceBody,
    },
    ({ params, body }) => ({ action: "update-container-service", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: `${path}/{name}`,
      summary: "Delete a container service that no name leads to, with its deployments and images",
    },
    ({ params }) => ({ action: "delete-container-service", name: params["name"] ?? "" }),
  );
}

function declareDeployments(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const valuesQuery = z.strictObject({ values: z.enum(["0", "1"]).optional() });
  declare(
    api,
    {
      method: "get",
      path: `${path}/{name}/deployments`,
      summary: "The versions of a container service; with `?values=1` the values of their environments too",
      query: valuesQuery,
      answer: deploymentList,
    },
    async ({ params, query }, c) => {
      const { value } = heldService(core, params["name"]);
      const isOpen = query["values"] === "1";
      if (isOpen) requireRole(c.get("principal"), "operator", "read the values of environments");
      const all = viewDeployments(state, value.name);
      return {
        deployments: isOpen ? await Promise.all(all.map((one) => core.environments.withValues(one))) : all,
      };
    },
  );
  declare(
    api,
    {
      method: "get",
      path: `${path}/{name}/deployments/{version}`,
      summary: "One version; with `?values=1` the values of its environments too",
      query: valuesQuery,
      answer: deployment,
    },
    async ({ params, query }, c) => {
      const { value } = heldService(core, params["name"]);
      const isOpen = query["values"] === "1";
      if (isOpen) requireRole(c.get("principal"), "operator", "read the values of environments");
      const found = viewDeployments(state, value.name).find(
        ({ version }) => String(version) === params["version"],
      );
      if (!found)
        throw new PlatformError(
          "resource-not-found",
          `Cannot find version "${params["version"]}" of container service "${value.name}": there is none`,
        );
      return isOpen ? core.environments.withValues(found) : found;
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/deployments`,
      summary:
        "Deploy containers as the next version; the one that serves does so until the next one is healthy",
      body: deploymentBody,
    },
    async ({ params, body }) => ({
      action: "create-deployment",
      service: params["name"] ?? "",
      ...(await core.environments.seal(body)),
    }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${path}/{name}/deployments/{version}/roll-back`,
      summary: "Deploy what an earlier version was, as the next one",
      body: nothing,
    },
    ({ params }) => ({
      action: "roll-back-deployment",
      service: params["name"] ?? "",
      version: readVersion(params["version"]),
    }),
  );
}

function declareLogs(api: Api, core: ControlCore): void {
  declare(
    api,
    {
      method: "get",
      path: `${path}/{name}/containers/{container}/logs`,
      summary: "Log lines of a container over all nodes, oldest first",
      query: z.strictObject({
        /** ISO 8601; lines from then on, and before. */
        startTime: z.iso.datetime({ offset: true }).optional(),
        endTime: z.iso.datetime({ offset: true }).optional(),
        /** Lightsail's: `ERROR` what has it in it, `-ERROR` what has not. */
        filterPattern: z.string().max(1024).optional(),
        pageToken: z.string().max(256).optional(),
        lines: z.coerce.number().int().min(1).max(maxLogEvents).default(100),
      }),
      answer: containerLogList,
    },
    async ({ params, query }) => {
      const { id, value } = heldService(core, params["name"]);
      const container = params["container"] ?? "";
      requireContainer(core, value.name, container);
      const { startTime, endTime, filterPattern, pageToken } = query;
      return core.containerLogs({
        serviceId: id,
        container,
        lines: Number(query["lines"]),
        ...(startTime === undefined ? {} : { since: Date.parse(startTime) }),
        ...(endTime === undefined ? {} : { until: Date.parse(endTime) }),
        ...(filterPattern === undefined ? {} : { filter: filterPattern }),
        ...(pageToken === undefined ? {} : { pageToken }),
      });
    },
  );
}

/** Refuses the name of a container that no version of a service has. */
function requireContainer({ views }: ControlCore, service: string, container: string): void {
  const names = new Set(
    views.state.containers.deploymentsOf(service).flatMap(({ containers }) => Object.keys(containers)),
  );
  if (names.has(container)) return;
  throw new PlatformError(
    "resource-not-found",
    `Cannot read logs of "${container}": container service "${service}" has no such container; it has ${[...names].join(", ") || "none yet"}`,
  );
}

function heldService({ views }: ControlCore, name: string | undefined): Held<"container-service"> {
  const held = views.state.get("container-service", name ?? "");
  if (!held)
    throw new PlatformError("resource-not-found", `Cannot find container service "${name}": there is none`);
  return held;
}

function readVersion(text: string | undefined): number {
  const version = Number(text);
  if (Number.isSafeInteger(version) && version > 0) return version;
  throw new PlatformError("input-malformed", `Cannot find version "${text}": expected a number such as 3`);
}
