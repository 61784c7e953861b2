// Certificates of the platform's own services in virtual time: issued before anybody asks, sealed, the same after a restart, renewed while the
// one before is still good, and made anew where names are others.

import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { serviceKeyPurpose, type ServiceCertificateObject } from "#contract";
import { createSealer } from "#store";
import type { NameService } from "../config.ts";
import { testConfig } from "../testing.ts";
import { TestApi } from "./testing.ts";

const api = new TestApi();
const day = 86_400_000;

const services: readonly NameService[] = [
  { role: "names", service: "s1", names: ["ns1.s1.nic.test"], addresses: ["127.53.2.1"] },
  { role: "resolver", service: "resolver", names: ["resolver.fairlead.internal"], addresses: ["127.0.0.1"] },
];
const config = { ...testConfig, nameServices: services };

function held(role: "names" | "resolver"): ServiceCertificateObject[] {
  return [...api.roles[role].objects.values()].filter((object) => object.kind === "service-certificate");
}

const leafOf = (object: ServiceCertificateObject | undefined): X509Certificate =>
  new X509Certificate(object?.chain ?? "");

test("each role has the certificate of its services, for names and addresses, with the key sealed", async () => {
  await api.startWith(config);
  const [names] = held("names");
  const [resolver] = held("resolver");
  expect([names?.service, resolver?.service]).toEqual(["s1", "resolver"]);
  expect(leafOf(names).subjectAltName).toBe("DNS:ns1.s1.nic.test, IP Address:127.53.2.1");
  expect(leafOf(resolver).subjectAltName).toBe("DNS:resolver.fairlead.internal, IP Address:127.0.0.1");
  const sealer = createSealer(new Uint8Array(32).fill(1));
  expect(sealer.open(serviceKeyPurpose, names?.keyId ?? "", names?.sealedKey ?? "").length).toBeGreaterThan(
    100,
  );
  expect(held("names")).toHaveLength(1);
});

test("a restart issues nothing; at two thirds of its life each is renewed, before the one before ends", async () => {
  await api.startWith(config);
  const first = held("names")[0];
  await api.restart(config);
  for (const role of ["names", "resolver"] as const) api.roles[role].connect(api.control.hub);
  await api.pass(50 * day);
  expect(held("names")[0]).toEqual(first);
  await api.pass(11 * day);
  const second = held("names")[0];
  expect(leafOf(second).serialNumber).not.toBe(leafOf(first).serialNumber);
  expect(leafOf(second).validFromDate.getTime()).toBeLessThan(leafOf(first).validToDate.getTime());
  await api.pass(365 * day);
  expect(held("names")[0]?.notAfter ?? 0).toBeGreaterThan(api.time.now);
  // What was replaced is kept nowhere.
  await api.pass(day);
  expect(await api.store.secrets.list(serviceKeyPurpose)).toHaveLength(2);
});

test("other names are another certificate, and a service that is gone has none", async () => {
  await api.startWith(config);
  const before = leafOf(held("names")[0]).serialNumber;
  const renamed = services.map((one) =>
    one.service === "s1" ? { ...one, names: ["ns9.s1.nic.test"] } : one,
  );
  await api.restart({ ...config, nameServices: renamed.slice(0, 1) });
  for (const role of ["names", "resolver"] as const) api.roles[role].connect(api.control.hub);
  expect(leafOf(held("names")[0]).serialNumber).not.toBe(before);
  expect(held("resolver")).toEqual([]);
});

test("where name servers are asked in private stands at their names, in the zone that these are in (RFC 9461)", async () => {
  const ways = { tlsPort: 8853, httpsPort: 443, dohPath: "/dns-query{?dns}" };
  await api.startWith({
    ...config,
    nameServices: [
      ...services.map((service) => ({ ...service, ways })),
      { role: "names", service: "root", names: ["a.root.internal"], addresses: ["127.53.0.1"], ways },
      { role: "names", service: "tlds", names: ["a.nic.test"], addresses: ["127.53.1.1"] },
    ],
  });
  const bindingsIn = (apex: string): string[] =>
    [...api.roles.names.objects.values()].flatMap((object) =>
      object.kind === "rrset" && object.apex === apex && object.owner.startsWith("_dns.")
        ? api.lines(apex, object.owner).map((line) => `${object.owner} ${line}`)
        : [],
    );
  expect(bindingsIn("test.")).toEqual([
    "_dns.ns1.s1.nic.test. 3600 SVCB 1 ns1.s1.nic.test. alpn=dot port=8853",
    '_dns.ns1.s1.nic.test. 3600 SVCB 2 ns1.s1.nic.test. alpn=h2 dohpath="/dns-query{?dns}"',
  ]);
  expect(bindingsIn("internal.")).toHaveLength(2);
  expect([bindingsIn("lab."), bindingsIn(".")]).toEqual([[], []]);
  await api.restart(config);
  for (const role of Object.values(api.roles)) role.connect(api.control.hub);
  expect(bindingsIn("test.")).toEqual([]);
});
