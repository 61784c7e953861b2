// The example of `npm start`: a domain whose name leads, over HTTPS, to a distribution, which asks a load balancer over two instances. What
// is there already is left as it is, so that a second start changes nothing.

import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import type { Assignment, Certificate, Distribution, Domain, Instance, LoadBalancer } from "#contract";
import { PlatformError } from "#contract/plain";
import type { ApiClient } from "./api-client.ts";
import { makeExampleApp, waitForExampleApp } from "./example-app.ts";
import type { Output } from "./output.ts";

/** The example's domain. */
export const exampleDomain = "shop.test";

const distributionName = "shop-cache";
const balancerName = "shop";
const instanceNames = ["shop-1", "shop-2"];
const folder = join(dirname(findPackageJSON(import.meta.url) ?? ""), "examples", "shop");

/** How long the example may take to be served, and how often is looked, in milliseconds. */
const limitMs = 30_000;
const lookMs = 50;

/** Makes the example and waits until it is served. Throws `instance-failed` where it is not in time. */
export async function makeExample(api: ApiClient, output: Output): Promise<void> {
  const { domains } = (await api.request("GET", "/v1/domains")) as { domains: Domain[] };
  if (!domains.some(({ name }) => name === exampleDomain)) {
    await api.request("POST", "/v1/domains", { name: exampleDomain });
    output.line(`Registered ${exampleDomain}: registry entry, zone on four name servers, delegation`);
  }
  const { assignments } = (await api.request("GET", "/v1/assignments")) as { assignments: Assignment[] };
  if (!assignments.some(({ name }) => name === exampleDomain)) {
    await makeInstances(api, output);
    await makeBalancer(api, output);
    await makeDistribution(api, output);
    await api.request("POST", "/v1/assignments", { name: exampleDomain, resource: distributionName });
    output.line(`Assigned ${exampleDomain} to ${distributionName}: address records, certificate and route`);
  }
  await makeExampleApp(api, output);
  await waitUntilServed(api);
  await waitForExampleApp(api);
}

async function makeInstances(api: ApiClient, output: Output): Promise<void> {
  const { instances } = (await api.request("GET", "/v1/instances")) as { instances: Instance[] };
  const missing = instanceNames.filter((name) => !instances.some((instance) => instance.name === name));
  for (const name of missing)
    await api.request("POST", "/v1/instances", { name, run: { kind: "site", folder } });
  if (missing.length > 0)
    output.line(`Created instances ${missing.join(" and ")}: web servers for ${folder}`);
}

async function makeBalancer(api: ApiClient, output: Output): Promise<void> {
  const { loadBalancers } = (await api.request("GET", "/v1/load-balancers")) as {
    loadBalancers: LoadBalancer[];
  };
  if (loadBalancers.some(({ name }) => name === balancerName)) return;
  await api.request("POST", "/v1/load-balancers", { name: balancerName, instances: instanceNames });
  output.line(`Created load balancer ${balancerName} over ${instanceNames.join(" and ")}`);
}

/** Visitors who do not trust the authority yet are left to HTTP, which others would be sent away from. */
async function makeDistribution(api: ApiClient, output: Output): Promise<void> {
  if ((await distributionsOf(api)).some(({ name }) => name === distributionName)) return;
  const settings = { redirectsToHttps: false };
  await api.request("POST", "/v1/distributions", { name: distributionName, origin: balancerName, settings });
  output.line(`Created distribution ${distributionName}: a cache in front of ${balancerName}`);
}

async function distributionsOf(api: ApiClient): Promise<Distribution[]> {
  return ((await api.request("GET", "/v1/distributions")) as { distributions: Distribution[] }).distributions;
}

/** Waits until the page can be opened: the page is the promise of `npm start`. */
async function waitUntilServed(api: ApiClient): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const missing = await whatIsMissing(api);
    if (missing === undefined) return;
    if (missing.isFinal || performance.now() > until)
      throw new PlatformError(
        "instance-failed",
        `Cannot serve the example "${exampleDomain}": ${missing.what}`,
      );
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

async function whatIsMissing(api: ApiClient): Promise<{ what: string; isFinal: boolean } | undefined> {
  const { assignments } = (await api.request("GET", "/v1/assignments")) as { assignments: Assignment[] };
  const assigned = assignments.find(({ name }) => name === exampleDomain)?.resourceName;
  const distribution = (await distributionsOf(api)).find(({ name }) => name === assigned);
  const resource = distribution?.origin.name ?? assigned;
  const { instances } = (await api.request("GET", "/v1/instances")) as { instances: Instance[] };
  const { loadBalancers } = (await api.request("GET", "/v1/load-balancers")) as {
    loadBalancers: LoadBalancer[];
  };
  const balancer = loadBalancers.find(({ name }) => name === resource);
  const names = balancer?.instanceHealthSummary.map(({ instanceName }) => instanceName) ?? [resource ?? ""];
  const serving = instances.filter(({ name, desired }) => names.includes(name) && desired === "running");
  for (const { name, state, reason } of serving) {
    if (state !== "running")
      return { what: `${name} is ${state}${reason ? ` (${reason})` : ""}`, isFinal: state === "failed" };
  }
  const { certificates } = (await api.request("GET", "/v1/certificates")) as { certificates: Certificate[] };
  const certificate = certificates.find((one) => one.subjectAlternativeNames.includes(exampleDomain));
  if (certificate && certificate.status !== "ISSUED") {
    const { status, requestFailureReason = "it is not issued yet" } = certificate;
    return { what: `its certificate is ${status}: ${requestFailureReason}`, isFinal: status === "FAILED" };
  }
  const isHealthy = balancer?.instanceHealthSummary.some((health) => health.instanceHealth === "healthy");
  if (balancer && serving.length > 0 && isHealthy !== true)
    return { what: `no instance of ${balancer.name} is healthy`, isFinal: false };
  if (distribution && distribution.status !== "Deployed")
    return { what: `the edge does not serve ${distribution.name} yet`, isFinal: false };
  return undefined;
}
