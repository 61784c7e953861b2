// The guard: keys, Host, Origin, content types, sizes, unknown members.

import type { ErrorBody } from "#contract";
import { beforeEach, describe, expect, test } from "vitest";
import { testKey } from "../testing.ts";
import { keyHeaders, TestApi } from "./testing.ts";

const api = new TestApi();
const { json, refused } = api;
beforeEach(api.start);

describe("guard", () => {
  const body = { name: "shop.test" };
  test.each<[string, number, string, Record<string, string>]>([
    ["no key", 401, "key-missing", { authorization: "" }],
    ["a wrong key", 401, "key-wrong", { authorization: "Bearer nonsense" }],
    ["a key of another scheme", 401, "key-wrong", { authorization: `Basic ${testKey}` }],
    ["a foreign Host", 403, "host-refused", { host: "evil.example:7700" }],
    ["a foreign Origin", 403, "host-refused", { origin: "http://evil.example" }],
    ["the Origin null", 403, "host-refused", { origin: "null" }],
    [
      "a form's content type",
      400,
      "input-malformed",
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    ["plain text", 400, "input-malformed", { "content-type": "text/plain" }],
  ])("refuses %s", async (_, status, code, more) => {
    const sent = { ...keyHeaders, "content-type": "application/json", ...more };
    const kept = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ""));
    for (const path of ["/v1/domains", "/v1/openapi.json", "/nothing"]) {
      const response = await api.control.app.request(`http://127.0.0.1:7700${path}`, {
        method: "POST",
        headers: kept,
        body: JSON.stringify(body),
      });
      expect([response.status, ((await response.json()) as ErrorBody).code]).toEqual([status, code]);
    }
    expect(await json("GET", "/v1/domains")).toEqual({ domains: [] });
  });

  test("refuses what is no JSON, too large, or unknown", async () => {
    expect(await refused("POST", "/v1/domains", "{")).toMatchObject({ code: "input-malformed", status: 400 });
    expect(await refused("POST", "/v1/domains", JSON.stringify({ name: "x".repeat(2 << 20) }))).toMatchObject(
      { code: "input-too-large", status: 413 },
    );
    expect(await refused("POST", "/v1/domains", { name: "a.test", more: 1 })).toMatchObject({
      code: "input-malformed",
      message: expect.stringContaining("more"),
    });
    expect(await refused("POST", "/v1/domains?nothing=1", { name: "a.test" })).toMatchObject({
      code: "input-malformed",
    });
    expect(await refused("GET", "/v1/nothing")).toMatchObject({ code: "not-found", status: 404 });
    expect(await refused("GET", "/v1/zones/none.test/export")).toMatchObject({ code: "zone-not-found" });
  });

  test("a refusal quotes no more of a request than a reader wants", async () => {
    const { message } = await refused("POST", "/v1/domains", { name: "a.test", ["k".repeat(900_000)]: 1 });
    expect(message).toMatch(/^Cannot use the request: Unrecognized key: "k+…$/);
    expect(message.length).toBeLessThan(3000);
  });

  test("serves the OpenAPI document with every route", async () => {
    const document = await json<{ openapi: string; paths: Record<string, unknown> }>(
      "GET",
      "/v1/openapi.json",
    );
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/v1/status",
        "/v1/zones/{zone}/export",
        "/v1/changes/{id}/undo",
        "/v1/events",
      ]),
    );
  });
});
