import * as fc from "fast-check";
import { expect, test } from "vitest";
import { instanceResource, type HostRouteObject, type ResourceObject } from "#contract";
import { endpoint } from "#engine";
import { CertificateTable, type CertificateNames } from "./certificate-table.ts";

const now = 1_000_000;
const certificate = (id: string, names: string[], notAfter = now + 1): [string, CertificateNames] => [
  id,
  { id, names, notAfter },
];
const certificates = new Map([
  certificate("shop", ["shop.test", "www.shop.test"]),
  certificate("wild", ["*.shop.test", "SHOP.test."], now + 9),
  certificate("blog", ["blog.test"]),
  certificate("old-blog", ["blog.test"], now - 1),
  certificate("ended", ["ended.test"], now - 1),
  certificate("unused", ["unused.test"]),
]);

const resource = (
  id: string,
  address: string,
  ids: string[],
  more: Partial<ResourceObject> = {},
): ResourceObject =>
  instanceResource({
    id,
    name: id,
    addresses: address === "" ? [] : [address],
    listen: [],
    certificates: ids,
    ...more,
  });
const host = (name: string, resourceId: string): HostRouteObject => ({
  kind: "host",
  host: name,
  resourceId,
});

const table = new CertificateTable(
  [
    resource("web", "127.53.8.1", ["shop", "wild", "gone"]),
    resource("blog", "127.53.8.2", ["old-blog", "blog"], { tlsPolicy: "TLS-FS-1-2-Res-2019-08" }),
    resource("bare", "127.53.8.3", []),
    resource("shut", "127.53.8.4", ["shop"], { ports: { http: true, https: false } }),
    resource("late", "127.53.8.5", ["ended"]),
    resource("other", "2001:db8::1", ["blog"], { tlsPolicy: "none of ours" }),
  ],
  [
    host("blog.test", "other"),
    host("shop.test", "shut"),
    host("bare.test", "bare"),
    host("lost.test", "nobody"),
  ],
  certificates,
);

const shared = "::1";

test.each<[string, string | undefined, string]>([
  // A resource's own address.
  ["127.53.8.1", "www.shop.test", "shop of web"],
  ["127.53.8.1", "WWW.Shop.TEST.", "shop of web"],
  ["127.53.8.1", "shop.test", "wild of web"], // both have the name: the one that lives longer
  ["127.53.8.1", "pay.shop.test", "wild of web"],
  ["127.53.8.1", "a.b.shop.test", "shop of web"], // RFC 9525 section 6.3: one label; so the default
  ["127.53.8.1", ".shop.test", "shop of web"],
  ["127.53.8.1", "*.shop.test", "shop of web"],
  ["127.53.8.1", "blog.test", "shop of web"],
  ["127.53.8.1", "127.53.8.1", "shop of web"],
  ["127.53.8.1", undefined, "shop of web"],
  ["127.53.8.2", "blog.test", "blog of blog"],
  ["127.53.8.2", undefined, "blog of blog"], // the default has expired
  ["127.53.8.3", "shop.test", "none"],
  ["127.53.8.3", undefined, "none"],
  ["127.53.8.4", "shop.test", "none"], // its port is closed
  ["127.53.8.5", "ended.test", "ended of late"], // expired, but all there is: the client says so
  ["127.53.8.5", undefined, "ended of late"],
  ["2001:db8::1", "blog.test", "blog of other"],
  // A shared address.
  [shared, "blog.test", "blog of other"], // by its host route
  [shared, "Blog.Test.", "blog of other"],
  [shared, "shop.test", "wild of web"], // its route leads to a closed port: whoever has the name
  [shared, "pay.shop.test", "wild of web"],
  [shared, "a.b.shop.test", "none"],
  [shared, "bare.test", "none"],
  [shared, "lost.test", "none"],
  [shared, "unused.test", "none"], // no resource has it
  [shared, "::1", "none"],
  [shared, "", "none"],
  [shared, undefined, "none"],
  ["127.53.8.99", "www.shop.test", "shop of web"],
])("at %s, %s gets %s", (address, serverName, expected) => {
  const found = table.find(endpoint(address, 8443), serverName, now);
  expect(found ? `${found.certificate.id} of ${found.resourceId}` : "none").toBe(expected);
});

test("the policy is the resource's, in either spelling, and the default where it is unknown", () => {
  const policyAt = (address: string): string | undefined =>
    table.find(endpoint(address, 8443), "blog.test", now)?.policy;
  expect(["127.53.8.1", "127.53.8.2", "2001:db8::1", shared].map(policyAt)).toEqual([
    "TLS-2016-08",
    "TLS-FS-Res-1-2-2019-08",
    "TLS-2016-08",
    "TLS-2016-08",
  ]);
});

test("what is found is the resource's own and has the name, or is the default (against a plain search)", () => {
  const label = fc.constantFrom("a", "b", "c");
  const name = fc
    .tuple(label, label, fc.constantFrom("", "*.", "a."))
    .map(([x, y, first]) => `${first}${x}.${y}`);
  const made = fc.array(
    fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.integer({ min: now - 3, max: now + 3 })),
    {
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(made, fc.tuple(fc.constantFrom("", "a.", "b."), label, label), (list, [first, x, y]) => {
      const all = list.map(([names, notAfter], i) => ({ id: `c${i}`, names, notAfter }));
      const ids = all.map(({ id }) => id);
      const own = new CertificateTable(
        [resource("r", "127.53.8.1", ids)],
        [],
        new Map(all.map((one) => [one.id, one])),
      );
      const asked = `${first}${x}.${y}`;
      const wildcard = asked.replace(/^[^.]+/, "*");
      const best = (wanted: string): CertificateNames | undefined =>
        all.filter(({ names }) => names.includes(wanted)).sort((a, b) => b.notAfter - a.notAfter)[0];
      const fallback = all.find(({ notAfter }) => notAfter > now) ?? all[0];
      const at = (address: string): CertificateNames | undefined =>
        own.find(endpoint(address, 8443), asked, now)?.certificate;
      const exact = best(asked) ?? best(wildcard);
      expect(at("127.53.8.1")).toBe(exact ?? fallback);
      expect(at(shared)).toBe(exact);
    }),
    { numRuns: 500 },
  );
});
