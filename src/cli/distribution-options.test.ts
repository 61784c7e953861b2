// The options of distributions: what each comes to, how it is set back, and what is refused.

import { PlatformError } from "#contract";
import { expect, test } from "vitest";
import { readDistributionSettings } from "./distribution-options.ts";

test.each<[option: string, text: string, settings: object]>([
  ["behavior", "dont-cache", { defaultCacheBehavior: "dont-cache" }],
  [
    "paths",
    "/api/*=dont-cache,/a=b=cache",
    {
      cacheBehaviors: [
        { path: "/api/*", behavior: "dont-cache" },
        { path: "/a=b", behavior: "cache" },
      ],
    },
  ],
  ["paths", "none", { cacheBehaviors: [] }],
  ["default-ttl", "1h30m", { cacheBehaviorSettings: { defaultTtl: 5400 } }],
  ["min-ttl", "0", { cacheBehaviorSettings: { minimumTtl: 0 } }],
  ["max-ttl", "default", { cacheBehaviorSettings: { maximumTtl: null } }],
  ["methods", "get,HEAD", { cacheBehaviorSettings: { allowedMethods: ["GET", "HEAD"] } }],
  ["headers", "all", { cacheBehaviorSettings: { forwardedHeaders: { option: "all" } } }],
  ["cookies", "none", { cacheBehaviorSettings: { forwardedCookies: { option: "none" } } }],
  [
    "queries",
    "q,page",
    { cacheBehaviorSettings: { forwardedQueryStrings: { option: "allow-list", names: ["q", "page"] } } },
  ],
  ["index", "index.html", { defaultRootObject: "index.html" }],
  ["index", "none", { defaultRootObject: null }],
  [
    "errors",
    "404=/404.html,503=/busy.html:200:30s,500=::0",
    {
      customErrorResponses: [
        { errorCode: 404, responsePagePath: "/404.html" },
        { errorCode: 503, responsePagePath: "/busy.html", responseCode: 200, errorCachingMinTtl: 30 },
        { errorCode: 500, errorCachingMinTtl: 0 },
      ],
    },
  ],
  ["errors", "none", { customErrorResponses: [] }],
  ["protocol", "https-only", { origin: { protocolPolicy: "https-only" } }],
  ["timeout", "default", { origin: { responseTimeout: null } }],
  ["certificate", "none", { certificateName: null }],
  ["tls-version", "TLSv1.2_2021", { viewerMinimumTlsProtocolVersion: "TLSv1.2_2021" }],
])("--%s %s", (option, text, settings) => {
  expect(readDistributionSettings({ [option]: text })).toEqual(settings);
});

test.each([
  ["behavior", "keep", 'Cannot read --behavior "keep": expected cache or dont-cache'],
  [
    "paths",
    "/api/*",
    'Cannot read --paths "/api/*": expected a path and its behaviour, such as /api/*=dont-cache',
  ],
  ["paths", "/api/*=no", 'Cannot read --paths "no": expected cache or dont-cache'],
  [
    "default-ttl",
    "soon",
    'Cannot read --default-ttl "soon": expected seconds, or a time such as 5m or 1h30m',
  ],
  ["timeout", "61", 'Cannot read --timeout "61": expected a whole number from 1 to 60'],
  [
    "errors",
    "404",
    'Cannot read --errors "404": expected an error and its page, such as 404=/404.html, with the status that is said in its place, 404=/404.html:200, and for how long it is kept, 404=/404.html:200:30s',
  ],
  ["bundle", "huge", 'Cannot read --bundle "huge": expected small_1_0 or medium_1_0 or large_1_0'],
])("--%s %s is refused", (option, text, message) => {
  expect(() => readDistributionSettings({ [option]: text })).toThrow(new PlatformError("usage", message));
});

test("nothing comes of nothing", () => {
  expect(readDistributionSettings({ plan: true, redirect: false })).toEqual({ redirectsToHttps: false });
  expect(readDistributionSettings({})).toEqual({});
});
