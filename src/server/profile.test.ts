import { expect, test } from "vitest";
import { endpoint, isLoopback } from "#engine";
import { makeProfile, plannedListeners, withoutIpv6 } from "./profile.ts";

test("makeProfile() has the addresses and ports of the local profile", () => {
  const profile = makeProfile();
  expect(
    profile.groups.map(({ group, hosts }) => [group, hosts.flatMap(({ addresses }) => addresses)]),
  ).toEqual([
    ["root", ["127.53.0.1", "127.53.0.2"]],
    ["tlds", ["127.53.1.1", "127.53.1.2"]],
    ["s1", ["127.53.2.1", "127.53.2.2", "127.53.2.3", "127.53.2.4"]],
  ]);
  expect(profile.groups[2]?.hosts[3]).toEqual({ name: "ns4.s1.nic.test.", addresses: ["127.53.2.4"] });
  expect(profile).toMatchObject({
    authorityPort: 5301,
    authorityTlsPort: 8853,
    authorityHttpsPort: 7443,
    resolverTlsPort: 8853,
    resolverHttpsPort: 7443,
    resolver: [
      { address: "127.0.0.1", port: 5300 },
      { address: "::1", port: 5300 },
    ],
    edge: { httpPort: 8080, httpsPort: 8443, sharedAddresses: ["::1"] },
    control: { address: "127.0.0.1", port: 7700 },
    proxy: [
      { address: "127.0.0.1", port: 7780 },
      { address: "::1", port: 7780 },
    ],
  });
  expect([profile.edge.addresses.length, profile.edge.addresses.at(-1)]).toEqual([100, "127.53.8.100"]);
});

test("makeProfile() moves every address of the network and every port", () => {
  const text = JSON.stringify(makeProfile({ network: "127.99", portOffset: 10_000 }));
  expect(text).not.toContain("127.53");
  const ports = [...text.matchAll(/"(?:port|\w+Port)":(\d+)/g)].map((match) => Number(match[1]));
  expect(ports.length).toBeGreaterThan(8);
  expect(ports.every((port) => port > 15_000 && port < 20_000)).toBe(true);
});

test.each([
  [{ profile: "host" }, "profile-unsupported"],
  [{ profile: "lab" }, "profile-unsupported"],
  [{ profile: "nowhere" }, "usage"],
  [{ network: "127.0" }, "usage"],
  [{ network: "127.256" }, "usage"],
  [{ network: "10.1" }, "usage"],
  [{ network: "127.53.1" }, "usage"],
  [{ portOffset: -1 }, "usage"],
  [{ portOffset: 0.5 }, "usage"],
  [{ portOffset: 56_683 }, "usage"],
  [{ authorityPort: 0 }, "usage"],
  [{ authorityPort: 65_536 }, "usage"],
])("makeProfile() refuses %j with %s", (options, code) => {
  expect(() => makeProfile(options)).toThrow(expect.objectContaining({ code }));
});

test("nothing listens on other than loopback, and no address and port twice", () => {
  const all = Object.values(plannedListeners(makeProfile({ portOffset: 56_682 }))).flat();
  expect(all.filter(({ address, port }) => !isLoopback(endpoint(address, port).address))).toEqual([]);
  const keys = all.map(({ transport, address, port }) => `${transport} ${address} ${port}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test("plannedListeners() serves each name server over UDP and TCP, in its group", () => {
  const { names } = plannedListeners(makeProfile());
  const root = names.filter(({ address }) => address === "127.53.0.1");
  expect(root).toEqual([
    { address: "127.53.0.1", port: 5301, transport: "udp", label: "root" },
    { address: "127.53.0.1", port: 5301, transport: "tcp", label: "root" },
    { address: "127.53.0.1", port: 8853, transport: "tcp", label: "root/tls" },
    { address: "127.53.0.1", port: 7443, transport: "tcp", label: "root/https" },
  ]);
  expect(names.length).toBe(32);
});

test("withoutIpv6() leaves out every IPv6 listener", () => {
  const all = Object.values(plannedListeners(withoutIpv6(makeProfile()))).flat();
  expect(all.filter(({ address }) => address.includes(":"))).toEqual([]);
  expect(all.some(({ label }) => label === "proxy")).toBe(true);
});
