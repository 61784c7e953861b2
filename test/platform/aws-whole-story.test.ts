// The whole story as scripts written for AWS tell it, only the endpoint differs, by the command line and by an old and the newest SDK: register
// a domain, its zone, records of every type, instances, a static IP, a load balancer with a certificate, a distribution, a container service,
// tags, operations and metrics; and then everything goes again. What the API says is what DNS and HTTP answer.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { callers, type Caller } from "../aws-clients/caller.ts";
import { awsPlace, digShort, visit } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

// Each call of the command line is a process that takes a second or two where the machine is busy.
vi.setConfig({ testTimeout: 300_000 });

let platform: Platform;
let clients: readonly Caller[];
const folder = mkdtempSync(join(tmpdir(), "fl-story-"));

beforeAll(async () => {
  platform = await startPlatform();
  clients = callers(await awsPlace(platform));
  writeFileSync(
    join(folder, "server.js"),
    `const log = () => console.log("serving " + process.env.NAME);
require("node:http").createServer((_, response) => response.end(process.env.NAME)).listen(Number(process.env.PORT), process.env.HOST, log);
process.on("SIGTERM", () => process.exit(0));
`,
  );
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Operation {
  readonly id: string;
  readonly status: string;
  readonly operationType: string;
  readonly isTerminal: boolean;
  readonly errorDetails?: string;
}

/** One client's way through the story; what it makes has the client's name in its own. */
class Story {
  readonly name: string;
  readonly domain: string;
  readonly client: Caller;

  constructor(client: Caller) {
    this.client = client;
    this.name = client.name;
    this.domain = `${client.name}.test`;
  }

  /** Sends what changes something, and follows all its operations to their end. */
  do = async (operation: string, input: object): Promise<Operation[]> => {
    const answer = await this.client.lightsail<{ operation?: Operation; operations?: Operation[] }>(
      operation,
      input,
    );
    const operations = answer.operations ?? (answer.operation ? [answer.operation] : []);
    expect([operation, operations.length > 0]).toEqual([operation, true]);
    for (const { id, status, isTerminal } of operations) {
      // Each call of the command line takes a while: what it says to be over is believed.
      if (this.name === "aws-cli" && isTerminal && status === "Succeeded") continue;
      const end = await this.until(`operation of ${operation}`, async () => {
        const { operation: now } = await this.client.lightsail<{ operation: Operation }>("GetOperation", {
          operationId: id,
        });
        return now.isTerminal ? now : undefined;
      });
      expect([operation, end.status, end.errorDetails]).toEqual([operation, "Succeeded", undefined]);
    }
    return operations;
  };

  /** Looks again until there is something. */
  until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    for (const until = performance.now() + 120_000; performance.now() < until; await wait(100)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error(`${what} does not come about`);
  };

  dig = (name: string, type: string): string[] =>
    digShort(platform, name === "" ? this.domain : `${name}.${this.domain}`, type);
}

const contact = {
  FirstName: "Ada",
  LastName: "Lovelace",
  ContactType: "PERSON",
  AddressLine1: "12 St James's Square",
  City: "London",
  CountryCode: "GB",
  ZipCode: "SW1Y 4JH",
  PhoneNumber: "+44.2079460000",
  Email: "ada@example.org",
};

const names = ["sdk-old", "sdk-new", "aws-cli"] as const;

describe.each(names)("%s", (clientName) => {
  let story: Story;
  let domainName: string;
  let dnsName: string;

  beforeAll(() => {
    const client = clients.find(({ name }) => name === clientName);
    if (!client) throw new Error(`there is no client ${clientName}`);
    story = new Story(client);
    domainName = story.domain;
  });

  test("registers a domain, makes its zone, and copies the zone's name servers to the registration", async () => {
    const { domains, lightsail } = story.client;
    const { OperationId } = await domains<{ OperationId: string }>("RegisterDomain", {
      DomainName: domainName,
      DurationInYears: 1,
      AdminContact: contact,
      RegistrantContact: contact,
      TechContact: contact,
    });
    const follow = (id: string): Promise<string> =>
      story.until(`operation ${id}`, async () => {
        const { Status } = await domains<{ Status: string }>("GetOperationDetail", { OperationId: id });
        return Status === "SUBMITTED" || Status === "IN_PROGRESS" ? undefined : Status;
      });
    expect(await follow(OperationId)).toBe("SUCCESSFUL");
    await story.do("CreateDomain", { domainName });
    const { domain } = await lightsail<{ domain: Record<string, unknown> }>("GetDomain", { domainName });
    expect(domain).toMatchObject({
      name: domainName,
      resourceType: "Domain",
      location: { availabilityZone: "all", regionName: "global" },
      registeredDomainDelegationInfo: { nameServersUpdateState: { code: "SUCCEEDED" } },
    });
    const entries = domain["domainEntries"] as { type: string; target: string }[];
    expect(entries.map(({ type }) => type).sort()).toEqual(["NS", "NS", "NS", "NS", "SOA"]);
    const servers = entries.filter(({ type }) => type === "NS").map(({ target }) => target);
    const copied = await domains<{ OperationId: string }>("UpdateDomainNameservers", {
      DomainName: domainName,
      Nameservers: servers.map((Name) => ({ Name })),
    });
    expect(await follow(copied.OperationId)).toBe("SUCCESSFUL");
    expect(story.dig("", "NS")).toEqual(servers.map((server) => `${server}.`).sort());
  });

  test("writes entries of every type, changes one by its id and deletes them", async () => {
    const rows: [name: string, type: string, target: string, answer: string][] = [
      ["a", "A", "192.0.2.1", "192.0.2.1"],
      ["aaaa", "AAAA", "2001:db8::1", "2001:db8::1"],
      ["cname", "CNAME", `a.${domainName}`, `a.${domainName}.`],
      ["mx", "MX", "10 mail.example.net", "10 mail.example.net."],
      ["srv", "SRV", "1 10 5269 xmpp.example.com", "1 10 5269 xmpp.example.com."],
      ["txt", "TXT", '"hello, \\"world\\""', '"hello, \\"world\\""'],
      ["*", "A", "192.0.2.9", "192.0.2.9"],
    ];
    for (const [name, type, target] of rows)
      await story.do("CreateDomainEntry", {
        domainName,
        domainEntry: { name: `${name}.${domainName}`, type, target },
      });
    await story.do("CreateDomainEntry", {
      domainName,
      domainEntry: { name: `sub.${domainName}`, type: "NS", target: "ns1.example.net" },
    });
    for (const [name, type, , answer] of rows)
      expect([name, story.dig(name === "*" ? "anything" : name, type)]).toEqual([name, [answer]]);
    const { domain } = await story.client.lightsail<{
      domain: { domainEntries: { id: string; name: string; type: string; target: string }[] };
    }>("GetDomain", { domainName });
    const entry = domain.domainEntries.find(({ name }) => name === `txt.${domainName}`);
    expect(entry?.target).toBe('"hello, \\"world\\""');
    const other = domain.domainEntries.find(({ name }) => name === `mx.${domainName}`);
    await story.do("UpdateDomainEntry", {
      domainName,
      domainEntry: { ...other, target: "20 mail2.example.net" },
    });
    for (const { name, type, target } of domain.domainEntries) {
      if (name === domainName || name === other?.name) continue;
      await story.do("DeleteDomainEntry", { domainName, domainEntry: { name, type, target } });
    }
    const after = await story.client.lightsail<{
      domain: { domainEntries: { name: string; target: string }[] };
    }>("GetDomain", { domainName });
    expect(after.domain.domainEntries.filter(({ name }) => name !== domainName)).toMatchObject([
      { name: `mx.${domainName}`, target: "20 mail2.example.net" },
    ]);
  });

  test("launches instances with a script, gives one a static IP, and leads a name there", async () => {
    const { lightsail } = story.client;
    for (const number of [1, 2])
      await story.do("CreateInstances", {
        instanceNames: [`${story.name}-web-${number}`],
        availabilityZone: "us-east-1a",
        blueprintId: "amazon_linux_2",
        bundleId: "nano_2_0",
        userData: `#!/bin/sh\nmkdir -p www\necho "${story.name} ${number}" > www/index.html\n`,
        tags: [{ key: "story", value: story.name }],
      });
    const instanceName = `${story.name}-web-1`;
    await story.until("a running instance", async () => {
      const { state } = await lightsail<{ state: { name: string; code: number } }>("GetInstanceState", {
        instanceName,
      });
      return state.name === "running" ? (expect(state.code).toBe(16) ?? true) : undefined;
    });
    const staticIpName = `${story.name}-ip`;
    await story.do("AllocateStaticIp", { staticIpName });
    expect(await story.do("AttachStaticIp", { staticIpName, instanceName })).toHaveLength(2);
    const { staticIp } = await lightsail<{ staticIp: { ipAddress: string; isAttached: boolean } }>(
      "GetStaticIp",
      {
        staticIpName,
      },
    );
    const { instance } = await lightsail<{ instance: { publicIpAddress: string; isStaticIp: boolean } }>(
      "GetInstance",
      { instanceName },
    );
    expect(instance).toMatchObject({
      publicIpAddress: staticIp.ipAddress,
      isStaticIp: true,
      tags: [{ key: "story", value: story.name }],
    });
    await story.do("CreateDomainEntry", {
      domainName,
      domainEntry: { name: `web.${domainName}`, type: "A", target: staticIp.ipAddress },
    });
    const [address = ""] = story.dig("web", "A");
    expect((await visit(platform, address, `web.${domainName}`)).body).toBe(`${story.name} 1\n`);
    const { portStates } = await lightsail<{ portStates: { fromPort: number }[] }>("GetInstancePortStates", {
      instanceName,
    });
    expect(portStates.map(({ fromPort }) => fromPort)).toContain(80);
    await story.do("StopInstance", { instanceName });
    await story.until("a stopped instance", async () => {
      const { state } = await lightsail<{ state: { name: string } }>("GetInstanceState", { instanceName });
      return state.name === "stopped" ? true : undefined;
    });
    await story.do("StartInstance", { instanceName });
    await story.until("a running instance", async () => {
      const { state } = await lightsail<{ state: { name: string } }>("GetInstanceState", { instanceName });
      return state.name === "running" ? true : undefined;
    });
    expect((await visit(platform, address, `web.${domainName}`)).body).toBe(`${story.name} 1\n`);
  });

  test("puts both behind a load balancer, with a certificate for the domain", async () => {
    const { lightsail } = story.client;
    const loadBalancerName = `${story.name}-lb`;
    await story.do("CreateLoadBalancer", { loadBalancerName, instancePort: 80, healthCheckPath: "/" });
    await story.do("AttachInstancesToLoadBalancer", {
      loadBalancerName,
      instanceNames: [1, 2].map((number) => `${story.name}-web-${number}`),
    });
    const balancer = await story.until("healthy instances", async () => {
      const { loadBalancer } = await lightsail<{
        loadBalancer: { dnsName: string; instanceHealthSummary: { instanceHealth: string }[] };
      }>("GetLoadBalancer", { loadBalancerName });
      const isHealthy = loadBalancer.instanceHealthSummary.every(
        ({ instanceHealth }) => instanceHealth === "healthy",
      );
      return isHealthy ? loadBalancer : undefined;
    });
    expect(balancer).toMatchObject({
      protocol: "HTTP",
      publicPorts: [80],
      state: "active",
      instancePort: 80,
    });
    dnsName = balancer.dnsName;
    await story.do("CreateDomainEntry", {
      domainName,
      domainEntry: { name: domainName, type: "A", target: dnsName, isAlias: true },
    });
    const [address = ""] = story.dig("", "A");
    const pages = new Set<string>();
    for (let i = 0; i < 6; i++) pages.add((await visit(platform, address, domainName)).body);
    expect(pages).toEqual(new Set([`${story.name} 1\n`, `${story.name} 2\n`]));

    await story.do("CreateLoadBalancerTlsCertificate", {
      loadBalancerName,
      certificateName: `${story.name}-cert`,
      certificateDomainName: domainName,
    });
    await story.until("an issued certificate", async () => {
      const { tlsCertificates } = await lightsail<{ tlsCertificates: { status: string }[] }>(
        "GetLoadBalancerTlsCertificates",
        { loadBalancerName },
      );
      return tlsCertificates[0]?.status === "ISSUED" ? true : undefined;
    });
    await story.do("AttachLoadBalancerTlsCertificate", {
      loadBalancerName,
      certificateName: `${story.name}-cert`,
    });
    for (const [attributeName, attributeValue] of [
      ["HttpsRedirectionEnabled", "true"],
      ["SessionStickinessEnabled", "true"],
      ["SessionStickiness_LB_CookieDurationSeconds", "600"],
    ])
      await story.do("UpdateLoadBalancerAttribute", { loadBalancerName, attributeName, attributeValue });
    expect(await lightsail("GetLoadBalancer", { loadBalancerName })).toMatchObject({
      loadBalancer: {
        protocol: "HTTP_HTTPS",
        publicPorts: [80, 443],
        httpsRedirectionEnabled: true,
        configurationOptions: {
          SessionStickinessEnabled: "true",
          SessionStickiness_LB_CookieDurationSeconds: "600",
        },
      },
    });
    expect((await visit(platform, address, domainName)).status).toBe(301);
    const secure = await visit(platform, address, domainName, "/", { isSecure: true });
    expect([secure.status, secure.headers]).toEqual([
      200,
      expect.stringMatching(/^set-cookie: .*max-age=600/im),
    ]);
    await story.do("UpdateLoadBalancerAttribute", {
      loadBalancerName,
      attributeName: "HttpsRedirectionEnabled",
      attributeValue: "false",
    });
  });

  test("caches it all in a distribution, and empties its cache", async () => {
    const { lightsail } = story.client;
    const distributionName = `${story.name}-cdn`;
    await story.do("CreateDistribution", {
      distributionName,
      origin: { name: `${story.name}-web-2`, regionName: "us-east-1", protocolPolicy: "http-only" },
      defaultCacheBehavior: { behavior: "cache" },
      cacheBehaviors: [{ path: "private/*", behavior: "dont-cache" }],
      bundleId: "small_1_0",
    });
    const distribution = await story.until("a deployed distribution", async () => {
      const { distributions } = await lightsail<{ distributions: { domainName: string; status: string }[] }>(
        "GetDistributions",
        { distributionName },
      );
      return distributions[0]?.status === "Deployed" ? distributions[0] : undefined;
    });
    await story.do("CreateDomainEntry", {
      domainName,
      domainEntry: { name: `cdn.${domainName}`, type: "CNAME", target: distribution.domainName },
    });
    const address = story.dig("cdn", "A").find((answer) => /^[\d.]+$/.test(answer)) ?? "";
    const look = async (): Promise<string> => {
      const { status, headers, body } = await visit(platform, address, distribution.domainName);
      expect([status, body]).toEqual([200, `${story.name} 2\n`]);
      return /^x-cache: (\w+) from cloudfront\r$/im.exec(headers)?.[1] ?? headers;
    };
    expect(await look()).toBe("Miss");
    expect(await look()).toMatch(/^(?:Refresh)?Hit$/);
    const reset = await lightsail<{ status: string; operation: Operation }>("ResetDistributionCache", {
      distributionName,
    });
    expect(reset.operation.operationType).toBe("ResetDistributionCache");
    await story.until("an empty cache", async () => {
      const { status } = await lightsail<{ status: string }>("GetDistributionLatestCacheReset", {
        distributionName,
      });
      return status === "Done" ? true : undefined;
    });
    expect(await look()).toBe("Miss");
  });

  test("runs a container service, deploys twice, reads its log", async () => {
    const { lightsail } = story.client;
    const serviceName = `${story.name}-svc`;
    await lightsail("CreateContainerService", { serviceName, power: "nano", scale: 1 });
    const state = async (): Promise<{ state: string; url: string }> =>
      (
        await lightsail<{ containerServices: { state: string; url: string }[] }>("GetContainerServices", {
          serviceName,
        })
      ).containerServices[0] ?? { state: "gone", url: "" };
    await story.until("a service that is ready", async () =>
      (await state()).state === "READY" ? true : undefined,
    );
    for (const version of ["one", "two"]) {
      const { containerService } = await lightsail<{
        containerService: { nextDeployment: { version: number } };
      }>("CreateContainerServiceDeployment", {
        serviceName,
        containers: {
          web: {
            image: `folder:${folder}`,
            command: [process.execPath, "server.js"],
            environment: { NAME: `${story.name} ${version}` },
            ports: { "80": "HTTP" },
          },
        },
        publicEndpoint: {
          containerName: "web",
          containerPort: 80,
          healthCheck: { path: "/", intervalSeconds: 5 },
        },
      });
      const number = containerService.nextDeployment.version;
      await story.until(`version ${number}`, async () => {
        const { deployments } = await lightsail<{ deployments: { version: number; state: string }[] }>(
          "GetContainerServiceDeployments",
          { serviceName },
        );
        const found = deployments.find((one) => one.version === number)?.state;
        if (found === "FAILED") throw new Error(`version ${number} failed`);
        return found === "ACTIVE" ? true : undefined;
      });
      const { url } = await state();
      const host = new URL(url).hostname;
      const [address = ""] = digShort(platform, host, "A");
      expect((await visit(platform, address, host)).body).toBe(`${story.name} ${version}`);
    }
    await story.until("the log", async () => {
      const { logEvents } = await lightsail<{ logEvents: { message: string }[] }>("GetContainerLog", {
        serviceName,
        containerName: "web",
        filterPattern: "serving",
      });
      return logEvents.some(({ message }) => message.includes(`serving ${story.name} two`))
        ? true
        : undefined;
    });
    const updated = await lightsail<{ containerService: { scale: number } }>("UpdateContainerService", {
      serviceName,
      scale: 2,
    });
    expect(updated.containerService.scale).toBe(2);
    await story.until("a running service", async () =>
      (await state()).state === "RUNNING" ? true : undefined,
    );
  });

  test("tags, lists and reads metrics of what it has made", async () => {
    const { lightsail } = story.client;
    const resourceName = `${story.name}-lb`;
    await story.do("TagResource", { resourceName, tags: [{ key: "env", value: "test" }, { key: "only" }] });
    await story.do("UntagResource", { resourceName, tagKeys: ["env"] });
    expect(await lightsail("GetLoadBalancer", { loadBalancerName: resourceName })).toMatchObject({
      loadBalancer: { tags: [{ key: "only", value: "" }] },
    });
    const { activeNames } = await lightsail<{ activeNames: string[] }>("GetActiveNames");
    for (const name of [
      domainName,
      `${story.name}-web-1`,
      `${story.name}-ip`,
      `${story.name}-lb`,
      `${story.name}-cdn`,
    ])
      expect(activeNames).toContain(name);
    const { operations } = await lightsail<{ operations: Operation[] }>("GetOperationsForResource", {
      resourceName,
    });
    expect(operations.map(({ operationType }) => operationType)).toEqual(
      expect.arrayContaining([
        "CreateLoadBalancer",
        "AttachInstancesToLoadBalancer",
        "UpdateLoadBalancerAttribute",
      ]),
    );
    const all = await lightsail<{ operations: Operation[] }>("GetOperations");
    expect(all.operations.length).toBeGreaterThan(20);
    const { regions } = await lightsail<{ regions: { name: string }[] }>("GetRegions");
    expect(regions.map(({ name }) => name)).toContain("us-east-1");
    const now = Math.floor(Date.now() / 1000);
    const span =
      story.name === "aws-cli"
        ? { startTime: now - 3600, endTime: now + 60 }
        : { startTime: new Date((now - 3600) * 1000), endTime: new Date((now + 60) * 1000) };
    const metric = await lightsail<{ metricName: string; metricData: unknown[] }>(
      "GetLoadBalancerMetricData",
      {
        loadBalancerName: resourceName,
        metricName: "RequestCount",
        period: 60,
        ...span,
        unit: "Count",
        statistics: ["Sum"],
      },
    );
    expect(metric.metricName).toBe("RequestCount");
    expect(Array.isArray(metric.metricData)).toBe(true);
  });

  test("takes everything away again, and nothing answers any more", async () => {
    const { lightsail, domains } = story.client;
    const serviceName = `${story.name}-svc`;
    await lightsail("DeleteContainerService", { serviceName });
    await story.until("an end of the service", async () => {
      try {
        const { containerServices } = await lightsail<{ containerServices: unknown[] }>(
          "GetContainerServices",
          {
            serviceName,
          },
        );
        return containerServices.length === 0 ? true : undefined;
      } catch (error) {
        if (/NotFoundException/.test(String(error))) return true;
        throw error;
      }
    });
    await story.do("DeleteDistribution", { distributionName: `${story.name}-cdn` });
    const loadBalancerName = `${story.name}-lb`;
    await story.do("DetachInstancesFromLoadBalancer", {
      loadBalancerName,
      instanceNames: [`${story.name}-web-1`, `${story.name}-web-2`],
    });
    await story.do("DeleteDomainEntry", {
      domainName,
      domainEntry: { name: domainName, type: "A", target: dnsName, isAlias: true },
    });
    await story.do("DeleteLoadBalancer", { loadBalancerName });
    await story.do("DetachStaticIp", { staticIpName: `${story.name}-ip` });
    await story.do("ReleaseStaticIp", { staticIpName: `${story.name}-ip` });
    for (const number of [1, 2])
      await story.do("DeleteInstance", { instanceName: `${story.name}-web-${number}` });
    const { OperationId } = await domains<{ OperationId: string }>("DeleteDomain", {
      DomainName: domainName,
    });
    await story.until("the end of the registration", async () => {
      const { Status } = await domains<{ Status: string }>("GetOperationDetail", { OperationId });
      return Status === "SUCCESSFUL" ? true : undefined;
    });
    const { activeNames } = await lightsail<{ activeNames: string[] }>("GetActiveNames");
    expect(activeNames.filter((name) => name.includes(story.name))).toEqual([]);
    expect(await story.client.refused("GetDomain", { domainName })).toMatchObject({
      type: "NotFoundException",
    });
  });
});
