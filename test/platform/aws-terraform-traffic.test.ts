// What Terraform does with instances, load balancers and certificates, replayed call by call through an SDK; and what a visitor gets of it.

import { afterAll, beforeAll, expect, test } from "vitest";
import { lightsail, type SdkClient } from "../aws-clients/sdk.ts";
import { apply } from "../aws-clients/terraform.ts";
import {
  domainEntryResource,
  staticIpAttachmentResource,
  staticIpResource,
} from "../aws-clients/terraform-names.ts";
import {
  certificateResource,
  instanceResource,
  lbAttachmentResource,
  lbCertificateAttachmentResource,
  lbCertificateResource,
  lbRedirectionResource,
  lbResource,
  lbStickinessResource,
  publicPortsResource,
} from "../aws-clients/terraform-traffic.ts";
import { awsPlace, digShort, visit } from "./aws-story.ts";
import { startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let client: SdkClient;

beforeAll(async () => {
  platform = await startPlatform();
  client = lightsail("new", await awsPlace(platform));
  await platform.succeed("POST", "/v1/domains", { name: "tf.test" });
});
afterAll(async () => platform?.remove());

const place = {
  availability_zone: "us-east-1a",
  blueprint_id: "amazon_linux_2",
  bundle_id: "nano_2_0",
  ip_address_type: "dualstack",
};

test("aws_lightsail_instance with tags, ports and a static IP, and its page", async () => {
  const script = '#!/bin/sh\nmkdir -p www\necho "page of tf-web" > www/index.html\n';
  const tags = { env: "test", keyonly: "" };
  const instance = await apply(instanceResource(client, script), { name: "tf-web", ...place, tags });
  expect(instance.state).toMatchObject({
    is_static_ip: false,
    private_ip_address: expect.stringMatching(/^127\./) as string,
  });
  expect((await visit(platform, String(instance.state["public_ip_address"]), "anything.test")).body).toBe(
    "page of tf-web\n",
  );
  const changed = await instance.change({ name: "tf-web", ...place, tags: { env: "live", more: "1" } });
  expect(changed.state["tags"]).toEqual({ env: "live", more: "1" });

  const ports = await apply(publicPortsResource(client), {
    instance_name: "tf-web",
    port_info: [
      { from_port: 80, to_port: 80, protocol: "tcp", cidrs: ["0.0.0.0/0"], ipv6_cidrs: ["::/0"] },
      { from_port: 5432, to_port: 5440, protocol: "tcp", cidrs: ["0.0.0.0/0"], ipv6_cidrs: ["::/0"] },
    ],
  });
  await ports.destroy();

  const ip = await apply(staticIpResource(client), { name: "tf-ip" });
  const attachment = await apply(staticIpAttachmentResource(client), {
    static_ip_name: "tf-ip",
    instance_name: "tf-web",
  });
  const refreshed = await instance.refresh();
  expect(refreshed).toMatchObject({ is_static_ip: true, public_ip_address: ip.state["ip_address"] });
  const entry = await apply(domainEntryResource(client), {
    name: "www",
    domain_name: "tf.test",
    type: "A",
    target: String(ip.state["ip_address"]),
    is_alias: false,
  });
  expect(digShort(platform, "www.tf.test", "A")).toEqual([ip.state["ip_address"]]);
  await entry.destroy();
  await attachment.destroy();
  await ip.destroy();
  await changed.destroy();
});

test("aws_lightsail_lb with its attachments, policies and certificates", async () => {
  const script = (name: string): string => `#!/bin/sh\nmkdir -p www\necho ${name} > www/index.html\n`;
  const instances = [];
  for (const name of ["lb-one", "lb-two"])
    instances.push(await apply(instanceResource(client, script(name)), { name, ...place, tags: {} }));
  const config = { name: "tf-lb", instance_port: 80, health_check_path: "/", ip_address_type: "dualstack" };
  const lb = await apply(lbResource(client), { ...config, tags: { a: "1" } });
  expect(lb.state).toMatchObject({ protocol: "HTTP", public_ports: [80] });
  const attachments = [];
  for (const instance_name of ["lb-one", "lb-two"])
    attachments.push(await apply(lbAttachmentResource(client), { lb_name: "tf-lb", instance_name }));
  const changed = await lb.change({ ...config, health_check_path: "/index.html", tags: { a: "2" } });

  const dnsName = String(lb.state["dns_name"]);
  const alias = await apply(domainEntryResource(client), {
    name: "",
    domain_name: "tf.test",
    type: "A",
    target: dnsName,
    is_alias: true,
  });
  const [address = ""] = digShort(platform, "tf.test", "A");
  expect([address]).toEqual(digShort(platform, dnsName, "A"));
  const pages = new Set<string>();
  for (let i = 0; i < 6; i++) pages.add((await visit(platform, address, "tf.test")).body);
  expect(pages).toEqual(new Set(["lb-one\n", "lb-two\n"]));

  const stickiness = await apply(lbStickinessResource(client), {
    lb_name: "tf-lb",
    enabled: true,
    cookie_duration: 900,
  });
  expect((await visit(platform, address, "tf.test")).headers).toMatch(/^set-cookie: \S+; .*max-age=900/im);
  const changedStickiness = await stickiness.change({ lb_name: "tf-lb", enabled: true, cookie_duration: 60 });
  await changedStickiness.destroy();

  // A domain without a zone: its certificate waits for a record that stands nowhere.
  await platform.succeed("POST", "/v1/domains", { name: "elsewhere.lab" });
  await client.call("DeleteDomain", { domainName: "elsewhere.lab" });
  // What is not issued cannot be attached, in the words that the provider's own test looks for.
  const foreign = await apply(lbCertificateResource(client), {
    lb_name: "tf-lb",
    name: "tf-foreign",
    domain_name: "www.elsewhere.lab",
    subject_alternative_names: ["elsewhere.lab", "www.elsewhere.lab"],
  });
  expect(foreign.state["domain_validation_records"]).toHaveLength(2);
  await expect(
    lbCertificateAttachmentResource(client).create({ lb_name: "tf-lb", certificate_name: "tf-foreign" }),
  ).rejects.toThrow(/Sorry, you can only attach a validated certificate to a load balancer/);
  await foreign.destroy();

  const certificate = await apply(lbCertificateResource(client), {
    lb_name: "tf-lb",
    name: "tf-cert",
    domain_name: "tf.test",
    subject_alternative_names: ["tf.test"],
  });
  await expect
    .poll(async () => (await certificate.refresh())?.["status"], { timeout: 60_000 })
    .toBe("ISSUED");
  const attached = lbCertificateAttachmentResource(client);
  const id = await attached.create({ lb_name: "tf-lb", certificate_name: "tf-cert" });
  expect(await attached.read(id)).toEqual({ lb_name: "tf-lb", certificate_name: "tf-cert" });
  expect(await lb.refresh()).toMatchObject({ protocol: "HTTP_HTTPS", public_ports: [80, 443] });
  const redirection = await apply(lbRedirectionResource(client), { lb_name: "tf-lb", enabled: true });
  expect(await visit(platform, address, "tf.test")).toMatchObject({ status: 301 });
  await redirection.destroy();
  expect(await visit(platform, address, "tf.test")).toMatchObject({ status: 200 });

  for (const attachment of attachments) await attachment.destroy();
  await alias.destroy();
  await changed.destroy();
  for (const instance of instances) await instance.destroy();
});

test("aws_lightsail_certificate, whose detail is there though nobody asked for it", async () => {
  const names = ["cert.tf.test", "www.cert.tf.test"];
  const config = { name: "tf-certificate", domain_name: "cert.tf.test", subject_alternative_names: names };
  const certificate = await apply(certificateResource(client), { ...config, tags: { a: "1" } });
  expect(certificate.state["domain_validation_options"]).toHaveLength(2);
  const changed = await certificate.change({ ...config, tags: { b: "2" } });
  await changed.destroy();
});
