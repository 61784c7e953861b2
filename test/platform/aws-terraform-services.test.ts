// What Terraform does with distributions and container services, replayed call by call through an SDK; and what a visitor gets of it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lightsail, type SdkClient } from "../aws-clients/sdk.ts";
import { apply } from "../aws-clients/terraform.ts";
import {
  containerServiceResource,
  deploymentResource,
  distributionResource,
  type DeploymentConfig,
} from "../aws-clients/terraform-services.ts";
import { instanceResource } from "../aws-clients/terraform-traffic.ts";
import { awsPlace, digShort, visit } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let client: SdkClient;
const folder = mkdtempSync(join(tmpdir(), "fl-tf-"));

beforeAll(async () => {
  platform = await startPlatform();
  client = lightsail("new", await awsPlace(platform));
  writeFileSync(
    join(folder, "server.js"),
    `require("node:http").createServer((_, response) => response.end(process.env.NAME)).listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
`,
  );
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The page behind a name of the platform's own. */
async function page(name: string, path = "/"): Promise<{ status: number; headers: string; body: string }> {
  const [address = ""] = digShort(platform, name, "A");
  return visit(platform, address, name, path);
}

test("aws_lightsail_distribution without settings, with all of them, off and on", async () => {
  const script = "#!/bin/sh\nmkdir -p www\necho origin > www/index.html\n";
  const origin = await apply(instanceResource(client, script), {
    name: "tf-origin",
    availability_zone: "us-east-1a",
    blueprint_id: "amazon_linux_2",
    bundle_id: "nano_2_0",
  });
  const config = {
    name: "tf-cdn",
    bundle_id: "small_1_0",
    origin: { name: "tf-origin", region_name: "us-east-1" },
    default_cache_behavior: "cache",
    ip_address_type: "dualstack",
    is_enabled: true,
    tags: { a: "1" },
  };
  const plain = await apply(distributionResource(client), config);
  // The provider falls over settings where the configuration has none.
  expect(plain.state).not.toHaveProperty("cache_behavior_settings");
  expect(plain.state["status"]).toBe("Deployed");
  const name = String(plain.state["domain_name"]);
  expect((await page(name)).body).toBe("origin\n");
  expect((await page(name)).headers).toMatch(/^x-cache: (?:Refresh)?Hit from cloudfront\r$/im);

  const settings = {
    allowed_http_methods: "GET,HEAD,OPTIONS,PUT,PATCH,POST,DELETE",
    cached_http_methods: "GET,HEAD",
    default_ttl: 86_400,
    minimum_ttl: 0,
    maximum_ttl: 31_536_000,
    forwarded_cookies: { option: "none" },
    forwarded_headers: { option: "default" },
    forwarded_query_strings: { option: false },
  };
  const full = await plain.change({ ...config, tags: { b: "2" }, cache_behavior_settings: settings });
  const more = await full.change({
    ...config,
    tags: { b: "2" },
    cache_behavior: [{ path: "private/*", behavior: "dont-cache" }],
    cache_behavior_settings: {
      ...settings,
      default_ttl: 50_000,
      forwarded_cookies: { option: "allow-list", cookies_allow_list: ["session*"] },
      forwarded_headers: { option: "allow-list", headers_allow_list: ["Accept", "Host"] },
      forwarded_query_strings: { option: true, query_strings_allowed_list: ["page"] },
    },
  });
  const off = await more.change({
    ...config,
    tags: {},
    cache_behavior_settings: settings,
    is_enabled: false,
  });
  expect((await page(name)).status).toBeGreaterThanOrEqual(400);
  const on = await off.change({ ...config, cache_behavior_settings: settings, bundle_id: "medium_1_0" });
  expect((await page(name)).status).toBe(200);
  await on.destroy();
  await origin.destroy();
});

test("aws_lightsail_container_service and its deployments", async () => {
  const service = await apply(containerServiceResource(client), {
    name: "tf-service",
    power: "nano",
    scale: 1,
    is_disabled: false,
    tags: { a: "1" },
  });
  const name = new URL(String(service.state["url"])).hostname;
  const health_check = {
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    timeoutSeconds: 2,
    intervalSeconds: 5,
    path: "/",
    successCodes: "200-499",
  };
  const deployment = (version: string): DeploymentConfig => ({
    service_name: "tf-service",
    container: [
      {
        container_name: "web",
        image: `folder:${folder}`,
        command: [process.execPath, "server.js"],
        environment: { NAME: version },
        ports: { "80": "HTTP" },
      },
    ],
    public_endpoint: { container_name: "web", container_port: 80, health_check },
  });
  const first = await apply(deploymentResource(client), deployment("one"));
  expect(first.id).toBe("tf-service/1");
  expect((await page(name)).body).toBe("one");
  const second = await apply(deploymentResource(client), deployment("two"));
  expect(second.id).toBe("tf-service/2");
  expect((await page(name)).body).toBe("two");
  expect(await first.refresh()).toMatchObject({ state: "INACTIVE" });
  const scaled = await service.change({
    name: "tf-service",
    power: "micro",
    scale: 2,
    is_disabled: false,
    tags: { b: "2" },
  });
  expect(scaled.state).toMatchObject({ state: "RUNNING", power_id: "micro-1" });
  const disabled = await scaled.change({
    name: "tf-service",
    power: "micro",
    scale: 2,
    is_disabled: true,
    tags: {},
  });
  expect((await page(name)).status).toBeGreaterThanOrEqual(400);
  const enabled = await disabled.change({ name: "tf-service", power: "micro", scale: 2, is_disabled: false });
  expect((await page(name)).body).toBe("two");
  await enabled.destroy();
});
