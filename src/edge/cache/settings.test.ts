// Lightsail's settings: which paths and methods, and what of a request the origin is shown and the key has.

import { expect, test } from "vitest";
import { distribution, field, plain, response, transparent } from "../testing-distribution.ts";

const fresh = "Cache-Control: max-age=60\r\n";
const status = (text: string): string | undefined => field(text, "Cache-Status");
const isHit = (text: string): boolean => status(text)?.includes("; hit") === true;

test("with nothing forwarded the origin is shown nothing that the key does not have", () => {
  const { get, asked } = distribution(
    () => response("hi", "Set-Cookie: a=b\r\nVary: Accept-Language, Accept-Encoding\r\n"),
    plain,
    {
      origin: { host: "web.fairlead.internal" },
    },
  );
  const lines =
    "Cookie: a=1\r\nAccept: */*\r\nAccept-Language: de\r\nAuthorization: Basic x\r\nReferer: http://x/\r\nUser-Agent: curl\r\n" +
    "X-Forwarded-Host: evil.test\r\nX-Original-URL: /admin\r\nX-HTTP-Method-Override: DELETE\r\nAccept-Encoding: br, gzip\r\n";
  const text = get("/a?b=c", lines);
  expect(
    asked[0]
      ?.split("\r\n")
      .filter((line) => line !== "")
      .sort(),
  ).toEqual(
    [
      "GET /a HTTP/1.1",
      "Host: web.fairlead.internal",
      "Accept-Encoding: gzip",
      "User-Agent: Amazon CloudFront",
      "X-Forwarded-For: 127.0.0.1",
      "X-Forwarded-Proto: http",
      "X-Forwarded-Port: 80",
      "Forwarded: for=127.0.0.1;proto=http",
      "Via: 1.1 fairlead-edge",
    ].sort(),
  );
  expect(field(text, "Set-Cookie")).toBeUndefined();
  expect(field(text, "Vary")).toBe("accept-encoding");
  expect(isHit(get("/a?other", "Accept-Encoding: gzip\r\nCookie: z\r\n"))).toBe(true);
  expect(isHit(get("/a"))).toBe(false);
});

test("headers, cookies and query strings that are listed reach the origin and are part of the key", () => {
  const { get, asked } = distribution(
    () => response("hi", fresh),
    {
      ...plain,
      forwardedHeaders: { option: "allow-list", names: ["Accept-Language", "Host"] },
      forwardedCookies: { option: "allow-list", names: ["sess?on", "lang*"] },
      forwardedQueryStrings: { option: "allow-list", names: ["page", "q"] },
    },
    { origin: { host: "web" } },
  );
  get(
    "/a?x=1&page=2&y&q=&page=3",
    "Accept-Language: de\r\nCookie: other=1; session=a; language=b;lang=c\r\n",
  );
  expect(asked[0]).toContain("GET /a?page=2&q=&page=3 HTTP/1.1\r\nHost: shop.test\r\n");
  expect(asked[0]).toContain("Accept-Language: de\r\n");
  expect(asked[0]).toContain("Cookie: session=a; language=b; lang=c\r\n");
  const same = "Accept-Language: de\r\nCookie: session=a; language=b; lang=c; more=1\r\n";
  expect(isHit(get("/a?page=2&q=&page=3&z", same))).toBe(true);
  expect(isHit(get("/a?page=2&q=&page=4", same))).toBe(false);
  expect(
    isHit(get("/a?page=2&q=&page=3", "Accept-Language: en\r\nCookie: session=a; language=b; lang=c\r\n")),
  ).toBe(false);
  expect(
    isHit(get("/a?page=2&q=&page=3", "Accept-Language: de\r\nCookie: session=b; language=b; lang=c\r\n")),
  ).toBe(false);
});

test("two requests have one key only where they are one: separators cannot be had from outside", () => {
  const { get } = distribution(() => response("hi", fresh), {
    ...plain,
    forwardedHeaders: { option: "allow-list", names: ["A", "B"] },
    forwardedCookies: { option: "all", names: [] },
    forwardedQueryStrings: { option: "all", names: [] },
  });
  const requests = [
    ["/a", "A: 1\r\nB: 2\r\n"],
    ["/a", "A: 12\r\nB: \r\n"],
    ["/a", "A: 12\r\n"],
    ["/a", "A: 1\r\nA: 2\r\n"],
    ["/a", "A: 1, 2\r\n"],
    ["/a", "B: 12\r\n"],
    ["/a", "Cookie: 12\r\n"],
    ["/a?12", ""],
    ["/a?", ""],
    ["/a", ""],
  ] as const;
  for (const [path, lines] of requests) expect(isHit(get(path, lines)), `${path} ${lines}`).toBe(false);
  for (const [path, lines] of requests) expect(isHit(get(path, lines)), `${path} ${lines}`).toBe(true);
});

test("the host is part of the key where the origin is shown it, and the scheme always", () => {
  const { engine, network, set } = distribution(() => response("hi", fresh), transparent, {
    scheme: (listener) => (listener === 1 ? "https" : "http"),
  });
  const ask = (host: string, listener = 0): string => {
    const visitor = network.accept("127.53.8.9:8080", "127.0.0.1:40000", listener);
    visitor.send(`GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return visitor.text;
  };
  expect(isHit(ask("shop.test"))).toBe(false);
  expect(isHit(ask("SHOP.test"))).toBe(true);
  expect(isHit(ask("other.test"))).toBe(false);
  expect(isHit(ask("shop.test:81"))).toBe(false);
  expect(isHit(ask("shop.test", 1))).toBe(false);
  expect(engine.readCounters()["cache-hits"]).toBe(1);
  set({ ...plain });
  expect(isHit(ask("shop.test"))).toBe(false);
});

test("ttl.default is the life of a response that says nothing, and the bounds hold for what it says", () => {
  const caching = { ...transparent, ttl: { default: 100, minimum: 10, maximum: 200 } };
  const { get } = distribution((request) => {
    const lines = /X-Lines: (.*)\r/.exec(request)?.[1];
    return response("hi", lines === undefined ? "" : `${lines}\r\n`);
  }, caching);
  const ttl = (path: string, lines = ""): string | undefined =>
    /ttl=(-?\d+)|detail=.*/.exec(status(get(path, lines)) ?? "")?.[0];
  expect(ttl("/silent")).toBe("ttl=100");
  expect(ttl("/short", "X-Lines: Cache-Control: max-age=1\r\n")).toBe("ttl=10");
  expect(ttl("/long", "X-Lines: Cache-Control: max-age=1000\r\n")).toBe("ttl=200");
  expect(ttl("/private", "X-Lines: Cache-Control: private\r\n")).toBe("detail=private");
  expect(ttl("/stored", "X-Lines: Cache-Control: no-store\r\n")).toBe("detail=no-store");
});

test("what says nothing and may be one visitor's own is not kept by ttl.default", () => {
  const caching = { ...transparent, ttl: { default: 100, minimum: 0, maximum: 200 } };
  const { get } = distribution(
    (request) => response("hi", request.includes("/set") ? "Set-Cookie: a=b\r\n" : ""),
    caching,
  );
  expect(status(get("/set"))).toContain("detail=no-explicit-freshness");
  expect(status(get("/a", "Cookie: a=b\r\n"))).toContain("detail=no-explicit-freshness");
  expect(status(get("/b"))).toContain("stored");
});

test("paths are cached or not by the first pattern that fits, and what is not cached is passed on as it came", () => {
  const { get, asked } = distribution(() => response("hi", `${fresh}Set-Cookie: a=b\r\n`), {
    ...plain,
    behaviors: [
      { path: "/static/live/*", behavior: "dont-cache" },
      { path: "static/*", behavior: "cache" },
      { path: "admin/", behavior: "dont-cache" },
      { path: "*.php", behavior: "dont-cache" },
    ],
  });
  const stored = (path: string): boolean => status(get(path))?.includes("stored") === true;
  expect(
    [
      "/",
      "/static/a",
      "/static/live/a",
      "/admin",
      "/admin/x",
      "/a.php",
      "/a.php?x",
      "/a.PHP",
      "/Admin/x",
    ].map((path) => [path, stored(path)]),
  ).toEqual([
    ["/", true],
    ["/static/a", true],
    ["/static/live/a", false],
    ["/admin", true],
    ["/admin/x", false],
    ["/a.php", false],
    ["/a.php?x", false],
    ["/a.PHP", true],
    ["/Admin/x", true],
  ]);
  const text = get("/admin/y?z=1", "Cookie: a=1\r\nAuthorization: Basic x\r\nX-Any: 1\r\n");
  expect(status(text)).toBe("fairlead-edge; fwd=bypass; fwd-status=200");
  expect(field(text, "Set-Cookie")).toBe("a=b");
  expect(asked.at(-1)).toMatch(/^GET \/admin\/y\?z=1 HTTP\/1.1\r\nHost: shop.test\r\n/);
  for (const line of ["Cookie: a=1", "Authorization: Basic x", "X-Any: 1"])
    expect(asked.at(-1)).toContain(`${line}\r\n`);
});

test("dont-cache by default keeps only what is named", () => {
  const { get } = distribution(() => response("hi", fresh), {
    ...plain,
    defaultBehavior: "dont-cache",
    behaviors: [{ path: "/img/*", behavior: "cache" }],
  });
  expect(status(get("/a"))).toContain("fwd=bypass");
  expect(status(get("/img/a"))).toContain("stored");
});

test.each([
  ["DELETE", "", 403, "passes no DELETE requests on"],
  ["GET", "Content-Length: 2\r\n", 403, "has no content"],
])("Lightsail's refusals: %s with %j is %i", (method, lines, code, words) => {
  const { get, asked } = distribution(() => response("hi"), { ...plain, allowedMethods: ["GET", "HEAD"] });
  const text = get("/a", lines, method);
  expect(text).toContain(`HTTP/1.1 ${code} `);
  expect(text).toContain(words);
  expect(field(text, "X-Cache")).toBe("Error from cloudfront");
  expect(asked).toEqual([]);
});

test("Lightsail's refusals: a long head is 413, and a disabled distribution answers nothing", () => {
  const { get, set } = distribution(() => response("hi"), plain);
  expect(get("/a", `X: ${"y".repeat(16_000)}\r\nZ: ${"y".repeat(5000)}\r\n`)).toMatch(/^HTTP\/1.1 413/);
  set({ ...plain, isEnabled: false });
  expect(get("/a")).toMatch(/^HTTP\/1.1 503/);
});

test("the default root object is what / stands for", () => {
  const { get, asked } = distribution(() => response("hi", fresh), {
    ...plain,
    defaultRootObject: "index.html",
  });
  get("/?x");
  expect(asked[0]).toMatch(/^GET \/index.html HTTP/);
  expect(isHit(get("/index.html"))).toBe(true);
  expect(isHit(get("/"))).toBe(true);
});

test("a page of the owner's stands in for an error, which is remembered for a while", () => {
  const { get, asked, network } = distribution(
    (request) =>
      request.startsWith("GET /404.html")
        ? response("sorry", fresh)
        : response("no", 'ETag: "x"\r\n', "404 Not Found"),
    { ...plain, errorPages: [{ errorCode: 404, responseCode: 200, pagePath: "/404.html", minTtl: 30 }] },
  );
  const text = get("/a");
  expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(text.endsWith("\r\n\r\nsorry")).toBe(true);
  expect(asked.length).toBe(2);
  expect(get("/a").endsWith("sorry")).toBe(true);
  expect(get("/b").endsWith("sorry")).toBe(true);
  expect(asked.length).toBe(3);
  network.advance(31_000);
  get("/a");
  expect(asked.length).toBe(4);
});

test("where the page of an error fails too, the error is answered and nothing goes in circles", () => {
  const { get, asked } = distribution(() => response("no", "", "503 No"), {
    ...plain,
    errorPages: [{ errorCode: 503, responseCode: 200, pagePath: "/503.html", minTtl: 0 }],
  });
  expect(get("/a")).toMatch(/^HTTP\/1.1 503 /);
  expect(asked.map((request) => request.split(" ")[1])).toEqual(["/a", "/503.html"]);
});

test("a page that is not there is an error each time, and never an empty answer that is none", () => {
  const { get, asked } = distribution(() => response("no", "", "404 Not Found"), {
    ...plain,
    errorPages: [{ errorCode: 404, responseCode: 200, pagePath: "/404.html", minTtl: 60 }],
  });
  for (let i = 0; i < 3; i++) {
    const text = get("/a");
    expect(text).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
    expect(text).toContain("answered with the status 404");
  }
  expect(asked.length).toBe(2);
});

test("an error that a visitor's header brings about is not kept for others by the settings", () => {
  const { get } = distribution(
    (request) =>
      request.includes("X-Bad")
        ? response("bad", "", "400 Bad Request")
        : response(request.split(" ")[1] ?? "", fresh),
    { ...transparent, errorPages: [{ errorCode: 400, pagePath: "/400.html", minTtl: 60 }] },
  );
  expect(get("/a", "X-Bad: 1\r\n")).toMatch(/^HTTP\/1.1 400 /);
  expect(get("/a")).toMatch(/^HTTP\/1.1 200 /);
});

test("an origin that is away is answered for by the page that is stored", () => {
  const { get, network } = distribution(
    (request) => response(request.includes("/502") ? "back soon" : "hi", fresh),
    {
      ...plain,
      errorPages: [{ errorCode: 502, responseCode: 503, pagePath: "/502.html" }],
    },
  );
  get("/502.html");
  network.servers.clear();
  network.advance(5000); // the idle connection ends
  const text = get("/a");
  expect(text).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
  expect(text.endsWith("back soon")).toBe(true);
});

test("the page stands in for an error of what is passed on, too", () => {
  const { get } = distribution(
    (request) =>
      request.includes("/404.html") ? response("sorry", fresh) : response("no", "", "404 Not Found"),
    {
      ...plain,
      defaultBehavior: "dont-cache",
      errorPages: [{ errorCode: 404, pagePath: "/404.html" }],
    },
  );
  const text = get("/a");
  expect(text).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
  expect(text.endsWith("sorry")).toBe(true);
});
