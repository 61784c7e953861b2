// Where a trace's visit may go, whatever a name leads to.

import { expect, test } from "vitest";
import { testConfig } from "./testing.ts";
import { mayVisit } from "./visit-limits.ts";

const portStates = new Map(
  [
    { id: "i1/127.53.8.1/5432", isOpen: true },
    { id: "i1/127.53.8.1/5433", isOpen: false },
  ].map((port) => [port.id, port]),
);

test.each<[string, string, boolean]>([
  ["http://shop.test/", "127.53.8.1", true],
  ["https://shop.test/", "::1", true],
  ["http://shop.test:8080/", "127.53.8.1", true],
  ["https://shop.test:8443/", "127.53.8.1", true],
  ["http://shop.test:5432/", "127.53.8.1", true],
  ["http://shop.test/", "192.0.2.1", true],
  ["http://home.test:3000/", "192.168.1.1", true],
  ["http://shop.test:5433/", "127.53.8.1", false],
  ["http://shop.test:432/", "127.53.8.1", false],
  ["http://shop.test:5432/", "127.53.8.2", false],
  ["http://shop.test:5432/", "::1", false],
  ["http://localhost:7700/", "127.0.0.1", false],
  ["http://shop.test/", "127.0.0.1", false],
  ["http://shop.test/", "127.53.9.1", false],
  ["http://shop.test/", "169.254.169.254", false],
  ["http://shop.test/", "0.0.0.0", false],
  ["http://shop.test/", "::ffff:127.0.0.1", false],
])("mayVisit(): %s at %s: %s", (url, address, expected) => {
  expect(mayVisit(testConfig.profile, portStates, new URL(url), address)).toBe(expected);
});
