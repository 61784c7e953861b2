// The second half of the example of `npm start`: a container service on a name of its own below the example's domain. Its one container runs out of
// a folder, so that it takes no container engine. What is there already is left as it is.

import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import type { Assignment, ContainerService } from "#contract";
import { PlatformError } from "#contract/plain";
import type { ApiClient } from "./api-client.ts";
import type { Output } from "./output.ts";

/** The name that leads to it. */
export const exampleAppName = "app.shop.test";

const serviceName = "shop-app";
const folder = join(dirname(findPackageJSON(import.meta.url) ?? ""), "examples", "app");
const path = "/v1/container-services";

/** How long it may take to be served, and how often is looked, in milliseconds. */
const limitMs = 30_000;
const lookMs = 50;

/** Makes it, and does not wait. */
export async function makeExampleApp(api: ApiClient, output: Output): Promise<void> {
  const { assignments } = (await api.request("GET", "/v1/assignments")) as { assignments: Assignment[] };
  if (assignments.some(({ name }) => name === exampleAppName)) return;
  const { containerServices } = (await api.request("GET", path)) as { containerServices: ContainerService[] };
  if (!containerServices.some(({ name }) => name === serviceName)) {
    await api.request("POST", path, {
      name: serviceName,
      power: "small",
      scale: 2,
      deployment: {
        containers: {
          web: {
            image: `folder:${folder}`,
            command: [process.execPath, "server.mjs"],
            ports: { "80": "HTTP" },
          },
        },
        publicEndpoint: {
          containerName: "web",
          containerPort: 80,
          healthCheck: { path: "/up", successCodes: "200" },
        },
      },
    });
    output.line(`Created container service ${serviceName} with two nodes for ${folder}`);
  }
  await api.request("POST", "/v1/assignments", { name: exampleAppName, resource: serviceName });
  output.line(`Assigned ${exampleAppName} to ${serviceName}: address records, certificate and route`);
}

/** Waits until its first version serves, where one is to. Throws `deployment-failed` where it is not in time. */
export async function waitForExampleApp(api: ApiClient): Promise<void> {
  for (
    const until = performance.now() + limitMs;
    ;
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  ) {
    const { containerServices } = (await api.request("GET", path)) as {
      containerServices: ContainerService[];
    };
    const service = containerServices.find(({ name }) => name === serviceName);
    // Whoever deleted, disabled or emptied it wanted that.
    if (!service || service.isDisabled || service.currentDeployment || service.state === "READY") return;
    if (performance.now() < until) continue;
    const [node] = service.nodes;
    throw new PlatformError(
      "deployment-failed",
      `Cannot serve the example "${exampleAppName}": it is ${service.state}${node?.reason ? ` (${node.reason})` : ""}`,
    );
  }
}
