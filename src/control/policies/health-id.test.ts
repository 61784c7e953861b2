// What the health of a set is that of, as an id and for people.

import { expect, test } from "vitest";
import { healthIdOf, shownHealthId } from "./health-id.ts";

test.each<[Parameters<typeof healthIdOf>[0], string]>([
  [{ kind: "resource", resource: "my shop" }, "my shop"],
  [{ kind: "check", url: "tcp://192.0.2.1:25" }, "tcp://192.0.2.1:25"],
  [{ kind: "check", url: "http://[2001:db8::1]:8080/up/#a" }, "http://[2001:db8::1]:8080/up/#a"],
  [
    { kind: "check", url: "https://192.0.2.1/", host: "shop.test", verifyCertificate: true },
    "https://192.0.2.1/ as shop.test, certificate verified",
  ],
  [
    {
      kind: "check",
      url: "https://192.0.2.1/",
      serverName: "a.test",
      intervalMs: 30_000,
      timeoutMs: 1500,
      threshold: 2,
    },
    "https://192.0.2.1/, server name a.test, every 30 s, within 1.5 s, 2 times",
  ],
])("the id of %j reads %s", (health, expected) => {
  expect(shownHealthId(healthIdOf(health))).toBe(expected);
});
