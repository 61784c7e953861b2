// The DNS names that resources have as such: one each, whatever people call them.

import { expect, test } from "vitest";
import { resourceDnsName, type Resource } from "./resources.ts";

const id = "01890000-0000-7000-8000-0123456789ab";

test.each<[Resource["type"], string, string]>([
  ["Instance", "web", "web.instances"],
  ["StaticIp", "front-1", "front-1.static-ips"],
  ["LoadBalancer", "x".repeat(63), `${"x".repeat(63)}.load-balancers`],
  ["Instance", "Web", "web-0123456789ab.instances"],
  ["Instance", "web.one_two", "web-one-two-0123456789ab.instances"],
  ["Instance", "x".repeat(64), `${"x".repeat(50)}-0123456789ab.instances`],
  // It could be the name of a resource called Web, so it gets an end of its own.
  ["Instance", "web-0123456789ab", "web-0123456789ab-0123456789ab.instances"],
])("%s %s is found as %s", (type, name, expected) => {
  expect(resourceDnsName({ type, name, held: { id } })).toBe(`${expected}.fairlead.internal.`);
});
