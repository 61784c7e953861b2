// What Terraform does with Lightsail's resources, replayed call by call through an SDK: create, read after write, a plan that must be empty,
// change, destroy. The provider's own matching counts, and what it trips over is an error.

import { afterAll, beforeAll, expect, test } from "vitest";
import { lightsail, type SdkClient } from "../aws-clients/sdk.ts";
import { apply } from "../aws-clients/terraform.ts";
import {
  domainEntryResource,
  domainResource,
  staticIpAttachmentResource,
  staticIpResource,
  type DomainEntry,
} from "../aws-clients/terraform-names.ts";
import { awsPlace, digShort } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let client: SdkClient;

beforeAll(async () => {
  platform = await startPlatform();
  client = lightsail("new", await awsPlace(platform));
});
afterAll(async () => platform?.remove());

test("aws_lightsail_domain", async () => {
  const domain = await apply(domainResource(client), { domain_name: "terraform.example" });
  expect(domain.state["arn"]).toMatch(/^arn:aws:lightsail:global:000000000000:Domain\/[0-9a-f-]{36}$/);
  await domain.destroy();
  await expect(client.call("DeleteDomain", { domainName: "terraform.example" })).rejects.toMatchObject({
    name: "NotFoundException",
  });
});

test("aws_lightsail_domain_entry of every type, found again octet by octet, and its answer in the DNS", async () => {
  await platform.succeed("POST", "/v1/domains", { name: "entries.test" });
  const domain_name = "entries.test";
  const rows: (Omit<DomainEntry, "domain_name"> & { dns?: [type: string, answer: string[]] })[] = [
    { name: "", type: "A", target: "192.0.2.1", dns: ["A", ["192.0.2.1"]] },
    { name: "www", type: "A", target: "192.0.2.2", dns: ["A", ["192.0.2.2"]] },
    { name: "WWW2", type: "A", target: "192.0.2.3" },
    { name: "full.entries.test", type: "A", target: "192.0.2.4" },
    { name: "v6", type: "AAAA", target: "2001:DB8::1", dns: ["AAAA", ["2001:db8::1"]] },
    { name: "v6-long", type: "AAAA", target: "2001:db8:0:0:0:0:0:1", dns: ["AAAA", ["2001:db8::1"]] },
    { name: "alias", type: "CNAME", target: "www.entries.test", dns: ["CNAME", ["www.entries.test."]] },
    { name: "dotted", type: "CNAME", target: "WWW.entries.test.", dns: ["CNAME", ["WWW.entries.test."]] },
    { name: "", type: "MX", target: "10 mail.entries.test", dns: ["MX", ["10 mail.entries.test."]] },
    { name: "mx", type: "MX", target: "0 mail.example.net.", dns: ["MX", ["0 mail.example.net."]] },
    { name: "sub", type: "NS", target: "ns-111.awsdns-22.com" },
    { name: "_xmpp._tcp", type: "SRV", target: "1 10 5269 xmpp.entries.test" },
    { name: "txt", type: "TXT", target: '"v=spf1  -all"', dns: ["TXT", ['"v=spf1  -all"']] },
    { name: "two", type: "TXT", target: '"one" "two; \\"quoted\\""' },
    { name: "*", type: "A", target: "192.0.2.9" },
    { name: "*.deep", type: "CNAME", target: "www.entries.test" },
    { name: "apex-alias", type: "A", target: "www.entries.test", is_alias: true, dns: ["A", ["192.0.2.2"]] },
  ];
  const made = [];
  for (const { dns, ...row } of rows) {
    // The provider keeps a name as it was written, and finds it in lower case and without the zone's.
    const name = row.name.toLowerCase().replace(/\.entries\.test$/, "");
    const config = { is_alias: false, ...row, name, domain_name };
    made.push({ entry: await apply(domainEntryResource(client), config), dns, name });
  }
  // Resolvers see the change once the operation is over; what answers is the zone, not the API.
  for (const { dns, name } of made) {
    const owner = name === "" ? domain_name : `${name}.${domain_name}`;
    if (dns) expect([owner, digShort(platform, owner, dns[0])]).toEqual([owner, dns[1]]);
  }
  expect(digShort(platform, `anything.${domain_name}`, "A")).toEqual(["192.0.2.9"]);
  for (const { entry } of made.toReversed()) await entry.destroy();
  const { domain } = await client.call<{ domain: { domainEntries: { type: string }[] } }>("GetDomain", {
    domainName: domain_name,
  });
  expect(domain.domainEntries.map(({ type }) => type).sort()).toEqual(["NS", "NS", "NS", "NS", "SOA"]);
});

test("several entries of one name and type are told apart by their targets", async () => {
  await platform.succeed("POST", "/v1/domains", { name: "several.test" });
  const config = { name: "www", domain_name: "several.test", type: "A", is_alias: false };
  const one = await apply(domainEntryResource(client), { ...config, target: "192.0.2.1" });
  const two = await apply(domainEntryResource(client), { ...config, target: "192.0.2.2" });
  expect(digShort(platform, "www.several.test", "A")).toEqual(["192.0.2.1", "192.0.2.2"]);
  await one.destroy();
  expect(await two.refresh()).toMatchObject({ target: "192.0.2.2" });
  await two.destroy();
});

test("aws_lightsail_static_ip and its attachment, seen at once though nothing is waited for", async () => {
  await platform.succeed("POST", "/v1/instances", {
    name: "by-hand",
    run: { kind: "address", address: "127.0.0.1", port: 9 },
  });
  const ip = await apply(staticIpResource(client), { name: "tf-ip" });
  expect(ip.state["ip_address"]).toMatch(/^127\./);
  const attachment = await apply(staticIpAttachmentResource(client), {
    static_ip_name: "tf-ip",
    instance_name: "by-hand",
  });
  expect(attachment.state["ip_address"]).toBe(ip.state["ip_address"]);
  await attachment.destroy();
  await ip.destroy();
});
