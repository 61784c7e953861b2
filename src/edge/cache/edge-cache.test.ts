// The cache of a distribution from request to answer, on a virtual clock: RFC 9111 section by section.

import { expect, test } from "vitest";
import { distribution, field, response, transparent } from "../testing-distribution.ts";

const fresh = "Cache-Control: max-age=60\r\n";
const status = (text: string): string | undefined => field(text, "Cache-Status");

test("RFC 9111 section 4: a fresh response is answered from the store, with its age", () => {
  const { get, asked, network } = distribution(() => response("hi", fresh));
  const first = get("/a");
  expect(first).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(status(first)).toBe("fairlead-edge; fwd=uri-miss; fwd-status=200; stored; ttl=60");
  expect(field(first, "X-Cache")).toBe("Miss from cloudfront");
  expect(field(first, "Age")).toBeUndefined();
  network.advance(7500);
  const second = get("/a");
  expect(asked.length).toBe(1);
  expect(status(second)).toBe("fairlead-edge; hit; ttl=53");
  expect(field(second, "Age")).toBe("7");
  expect(field(second, "X-Cache")).toBe("Hit from cloudfront");
  expect(field(second, "Via")).toBe("1.1 fairlead-edge");
  expect(second.endsWith("\r\n\r\nhi")).toBe(true);
});

test("RFC 9111 section 4.2: once it is stale, the origin is asked again", () => {
  const { get, asked, network } = distribution(() => response("hi", fresh));
  get("/a");
  network.advance(60_000);
  expect(status(get("/a"))).toBe("fairlead-edge; fwd=stale; fwd-status=200; stored; ttl=60");
  expect(asked.length).toBe(2);
});

test.each([
  ["Cache-Control: no-store, max-age=60", "no-store"],
  ["Cache-Control: private, max-age=60", "private"],
  ["Cache-Control: no-cache, max-age=60", "no-cache"],
  ["Cache-Control: max-age=60\r\nVary: *", "vary"],
  ["X: y", "no-explicit-freshness"],
  ["Expires: 0", "expired"],
  ["Cache-Control: max-age=60\r\nCDN-Cache-Control: no-store", "no-store"],
  ["CDN-Cache-Control: max-age=60\r\nFairlead-Cache-Control: private", "private"],
])("RFC 9111 section 3: a response with %j is not stored", (lines, detail) => {
  const { get, asked } = distribution(() => response("hi", `${lines}\r\n`));
  expect(status(get("/a"))).toBe(`fairlead-edge; fwd=uri-miss; fwd-status=200; detail=${detail}`);
  expect(get("/a").endsWith("hi")).toBe(true);
  expect(asked.length).toBe(2);
});

test.each([
  ["Cache-Control: max-age=1, s-maxage=60", 60],
  ["Cache-Control: no-store\r\nCDN-Cache-Control: max-age=60", 60],
  ["Cache-Control: max-age=1\r\nCDN-Cache-Control: max-age=2\r\nFairlead-Cache-Control: max-age=60", 60],
  ["Cache-Control: max-age=60\r\nCDN-Cache-Control: max-age=", 60],
  ["Cache-Control: max-age=60\r\nCDN-Cache-Control: ", 60],
  ["Expires: Sun, 06 Nov 1994 08:50:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT", 60],
  ["Cache-Control: max-age=100\r\nAge: 40", 60],
])("RFC 9213 section 2, RFC 9111 section 4.2.1: with %j it is fresh for a minute", (lines, ttl) => {
  const { get } = distribution(() => response("hi", `${lines}\r\n`));
  expect(status(get("/a"))).toContain(`; stored; ttl=${ttl}`);
  expect(status(get("/a"))).toBe(`fairlead-edge; hit; ttl=${ttl}`);
});

test("RFC 9213 section 2: the field of our own is not passed on, the others are", () => {
  const { get } = distribution(() =>
    response("hi", "CDN-Cache-Control: max-age=9\r\nFairlead-Cache-Control: max-age=60\r\n"),
  );
  const text = get("/a");
  expect(field(text, "CDN-Cache-Control")).toBe("max-age=9");
  expect(field(text, "Fairlead-Cache-Control")).toBeUndefined();
});

test("RFC 9111 section 4.3: a stale response is validated, and a 304 makes it fresh with its new fields", () => {
  let count = 0;
  const { get, asked, network } = distribution((request) => {
    if (!request.includes("If-None-Match"))
      return response(
        "hi",
        `${fresh}ETag: "1"\r\nA: old\r\nLast-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\n`,
      );
    return `HTTP/1.1 304 Not Modified\r\n${fresh}ETag: "1"\r\nA: new${++count}\r\nContent-Length: 99\r\n\r\n`;
  });
  get("/a");
  network.advance(61_000);
  const second = get("/a");
  expect(asked[1]).toContain('If-None-Match: "1"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:00:00 GMT\r\n');
  expect(status(second)).toBe("fairlead-edge; fwd=stale; fwd-status=304; stored; ttl=60");
  expect(field(second, "X-Cache")).toBe("RefreshHit from cloudfront");
  expect(field(second, "A")).toBe("new1");
  expect(field(second, "Content-Length")).toBe("2");
  expect(second.endsWith("\r\n\r\nhi")).toBe(true);
  expect(status(get("/a"))).toBe("fairlead-edge; hit; ttl=60");
  expect(asked.length).toBe(2);
});

test("RFC 9111 section 4.3.2: conditions of visitors are answered from the store", () => {
  const { get, asked } = distribution(() =>
    response(
      "hi",
      `${fresh}ETag: "1"\r\nContent-Type: text/plain\r\nLast-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\n`,
    ),
  );
  get("/a");
  const match = get("/a", 'If-None-Match: "0", W/"1"\r\n');
  expect(match).toMatch(/^HTTP\/1.1 304 Not Modified\r\n/);
  expect(field(match, "ETag")).toBe('"1"');
  expect(field(match, "Content-Type")).toBeUndefined();
  expect(match.endsWith("\r\n\r\n")).toBe(true);
  expect(get("/a", 'If-None-Match: "2"\r\n')).toMatch(/^HTTP\/1.1 200/);
  expect(get("/a", "If-Modified-Since: Sun, 06 Nov 1994 08:00:00 GMT\r\n")).toMatch(/^HTTP\/1.1 304/);
  expect(get("/a", "If-Modified-Since: Sun, 06 Nov 1994 07:00:00 GMT\r\n")).toMatch(/^HTTP\/1.1 200/);
  expect(get("/a", "If-Modified-Since: yesterday\r\n")).toMatch(/^HTTP\/1.1 200/);
  expect(get("/a", 'If-None-Match: "2"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:00:00 GMT\r\n')).toMatch(
    /^HTTP\/1.1 200/,
  );
  expect(asked.length).toBe(1);
});

test("RFC 9111 section 4.3.2: If-Match and If-Unmodified-Since are the origin's to judge", () => {
  const { get, asked } = distribution(() => response("hi", `${fresh}ETag: "1"\r\n`));
  get("/a");
  expect(status(get("/a", 'If-Match: "2"\r\n'))).toBe("fairlead-edge; fwd=request; fwd-status=200");
  expect(asked[1]).toContain('If-Match: "2"\r\n');
});

test("RFC 9111 section 4.1: Vary tells responses of one URI apart", () => {
  const { get, asked } = distribution((request) =>
    response(/A: (.*)\r/.exec(request)?.[1] ?? "none", `${fresh}Vary: a, B\r\n`),
  );
  expect(get("/a", "A: 1\r\n").endsWith("1")).toBe(true);
  expect(status(get("/a", "A: 2\r\n"))).toContain("fwd=vary-miss");
  expect(get("/a").endsWith("none")).toBe(true);
  for (const [lines, content] of [
    ["A: 1\r\n", "1"],
    ["A: 2\r\n", "2"],
    ["", "none"],
    ["a:1\r\nOther: x\r\n", "1"],
  ] as const) {
    const text = get("/a", lines);
    expect(status(text)).toContain("; hit");
    expect(text.endsWith(content)).toBe(true);
  }
  expect(asked.length).toBe(3);
  expect(status(get("/a", "A: 1\r\nB: \r\n"))).toContain("fwd=vary-miss");
});

test("RFC 9111 section 3.5: what was asked for with Authorization is kept only where the response says so", () => {
  const { get, asked } = distribution((request) =>
    response("hi", request.includes("/public") ? "Cache-Control: public, max-age=60\r\n" : fresh),
  );
  expect(status(get("/a", "Authorization: Basic x\r\n"))).toBe(
    "fairlead-edge; fwd=uri-miss; fwd-status=200; detail=authorization",
  );
  expect(status(get("/a"))).toContain("fwd=uri-miss");
  expect(asked[0]).toContain("Authorization: Basic x\r\n");
  get("/public", "Authorization: Basic x\r\n");
  expect(status(get("/public"))).toBe("fairlead-edge; hit; ttl=60");
});

test("RFC 9110 section 9.3.2: HEAD is answered from what GET stored, and is passed on where nothing is", () => {
  const { get, asked } = distribution((request) =>
    request.startsWith("HEAD")
      ? `HTTP/1.1 200 OK\r\n${fresh}Content-Length: 2\r\n\r\n`
      : response("hi", fresh),
  );
  expect(status(get("/a", "", "HEAD"))).toBe("fairlead-edge; fwd=uri-miss; fwd-status=200; detail=head");
  get("/a");
  const head = get("/a", "", "HEAD");
  expect(status(head)).toBe("fairlead-edge; hit; ttl=60");
  expect(field(head, "Content-Length")).toBe("2");
  expect(head.endsWith("\r\n\r\n")).toBe(true);
  expect(asked.length).toBe(2);
});

test.each([
  ["bytes=1-3", "206 Partial Content", "bytes 1-3/10", "123"],
  ["bytes=-3", "206 Partial Content", "bytes 7-9/10", "789"],
  ["bytes=8-", "206 Partial Content", "bytes 8-9/10", "89"],
  ["bytes=10-", "416 Range Not Satisfiable", "bytes */10", ""],
  ["lines=1-2", "200 OK", undefined, "0123456789"],
])("RFC 9110 section 14: %s is answered from the store", (range, line, contentRange, content) => {
  const { get, asked } = distribution(() => response("0123456789", `${fresh}ETag: "1"\r\n`));
  get("/a");
  const text = get("/a", `Range: ${range}\r\n`);
  expect(text.split("\r\n")[0]).toBe(`HTTP/1.1 ${line}`);
  expect(field(text, "Content-Range")).toBe(contentRange);
  expect(field(text, "Content-Length")).toBe(String(content.length));
  expect(text.split("\r\n\r\n")[1]).toBe(content);
  expect(asked.length).toBe(1);
});

test("RFC 9110 section 15.3.7.2: ranges far apart come as parts of one response", () => {
  const content = "x".repeat(100) + "a" + "y".repeat(400) + "b" + "z".repeat(100);
  const { get } = distribution(() => response(content, `${fresh}Content-Type: text/plain\r\n`));
  get("/a");
  const text = get("/a", "Range: bytes=501-501,100-100\r\n");
  expect(text).toMatch(/^HTTP\/1.1 206 /);
  const type = field(text, "Content-Type") ?? "";
  const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(type)?.[1] ?? "";
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  expect(body).toBe(
    `--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 501-501/602\r\n\r\nb\r\n` +
      `--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 100-100/602\r\n\r\na\r\n--${boundary}--\r\n`,
  );
  expect(field(text, "Content-Length")).toBe(String(body.length));
});

test("RFC 9110 section 13.1.5: If-Range has a part only of what is the same", () => {
  const { get } = distribution(() =>
    response("0123456789", `${fresh}ETag: "1"\r\nLast-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\n`),
  );
  get("/a");
  const part = (condition: string): string =>
    get("/a", `Range: bytes=0-0\r\nIf-Range: ${condition}\r\n`).split(" ")[1] ?? "";
  expect(part('"1"')).toBe("206");
  expect(part('W/"1"')).toBe("200");
  expect(part('"2"')).toBe("200");
  expect(part("Sun, 06 Nov 1994 08:00:00 GMT")).toBe("206");
  expect(part("Sun, 06 Nov 1994 09:00:00 GMT")).toBe("200");
});

test("RFC 9111 section 3.3: a part is never stored as the whole", () => {
  const { get, asked } = distribution((request) =>
    request.includes("Range:")
      ? response("12", `${fresh}Content-Range: bytes 1-2/10\r\n`, "206 Partial Content")
      : response("0123456789", fresh),
  );
  expect(status(get("/a", "Range: bytes=1-2\r\n"))).toBe(
    "fairlead-edge; fwd=uri-miss; fwd-status=206; detail=range",
  );
  expect(get("/a").endsWith("0123456789")).toBe(true);
  expect(get("/a", "Range: bytes=1-2\r\n").endsWith("\r\n\r\n12")).toBe(true);
  expect(asked.length).toBe(2);
});

test("a 206 that nobody asked for goes on and is not stored", () => {
  const { get, asked } = distribution(() =>
    response("12", `${fresh}Content-Range: bytes 1-2/10\r\n`, "206 Partial Content"),
  );
  expect(status(get("/a"))).toContain("detail=status");
  get("/a");
  expect(asked.length).toBe(2);
});

test("RFC 9111 section 4.4: what an unsafe method changed is not answered from the store, nor what it names of the same host", () => {
  const { get, asked } = distribution((request) =>
    request.startsWith("GET")
      ? response(request.split(" ")[1] ?? "", fresh)
      : response(
          "",
          "Location: ../b?x\r\nContent-Location: http://shop.test/c\r\n",
          request.includes("fails") ? "500 No" : "201 Created",
        ),
  );
  const paths = ["/d/a", "/b?x", "/c", "/d/other", "/d/fails"];
  for (const path of paths) get(path);
  expect(asked.length).toBe(5);
  get("/d/a", "Content-Length: 0\r\n", "POST");
  get("/d/fails", "Content-Length: 0\r\n", "PATCH");
  for (const path of paths) get(path);
  expect(asked.slice(7).map((request) => request.split(" ")[1])).toEqual(["/d/a", "/b?x", "/c"]);
});

test("RFC 9111 section 4.4: a method that nobody knows may change something too; what it names elsewhere stays", () => {
  const { get, asked } = distribution((request) =>
    request.startsWith("GET") ? response("x", fresh) : response("", "Location: http://other.test/b\r\n"),
  );
  get("/a");
  get("/b");
  get("/a", "", "M-SEARCH");
  get("/a");
  get("/b");
  expect(asked.map((request) => request.split(" ", 2).join(" "))).toEqual([
    "GET /a",
    "GET /b",
    "M-SEARCH /a",
    "GET /a",
  ]);
});

test("RFC 5861 section 3: while it is revalidated, something stale is answered", () => {
  let count = 0;
  const { get, asked, network } = distribution(() =>
    response(`v${++count}`, "Cache-Control: max-age=10, stale-while-revalidate=20\r\n"),
  );
  get("/a");
  network.advance(15_000);
  const stale = get("/a");
  expect(status(stale)).toBe("fairlead-edge; hit; ttl=-5; detail=refreshing");
  expect(stale.endsWith("v1")).toBe(true);
  expect(asked.length).toBe(2);
  expect(get("/a").endsWith("v2")).toBe(true);
  network.advance(31_000);
  expect(status(get("/a"))).toContain("fwd=stale");
});

test("RFC 5861 section 4: an error is covered by something stale, at once after the first one", () => {
  let isDown = false;
  const { get, asked, network } = distribution(() =>
    isDown
      ? response("no", "", "503 No")
      : response("hi", 'Cache-Control: max-age=10, stale-if-error=100\r\nETag: "1"\r\n'),
  );
  get("/a");
  isDown = true;
  network.advance(11_000);
  const covered = get("/a");
  expect(covered.endsWith("hi")).toBe(true);
  expect(status(covered)).toBe("fairlead-edge; hit; ttl=-1; detail=origin-503");
  for (let i = 0; i < 5; i++) expect(get("/a").endsWith("hi")).toBe(true);
  expect(asked.length).toBe(2);
  network.advance(11_000);
  get("/a");
  expect(asked.length).toBe(3);
  network.advance(100_000);
  expect(get("/a")).toMatch(/^HTTP\/1.1 503/);
});

test("RFC 9111 section 4.2.4: who cannot reach the origin may answer with something stale, unless that is forbidden", () => {
  const { get, network } = distribution((request) => {
    const policy = request.includes("/strict") ? "max-age=10, must-revalidate" : "max-age=10";
    return response("hi", `Cache-Control: ${policy}\r\nETag: "1"\r\n`);
  });
  get("/a");
  get("/strict");
  network.servers.clear();
  network.advance(11_000);
  expect(get("/a").endsWith("hi")).toBe(true);
  expect(get("/strict")).toMatch(/^HTTP\/1.1 502/);
});

test("an origin that does not answer is waited for once, and not by each visitor", () => {
  let isSilent = false;
  const { get, open, network } = distribution(
    () => (isSilent ? undefined : response("hi", 'Cache-Control: max-age=10\r\nETag: "1"\r\n')),
    transparent,
    { origin: { responseTimeoutMs: 5000 } },
  );
  get("/a");
  isSilent = true;
  network.advance(11_000);
  const first = open();
  first.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect(first.text).toBe("");
  network.advance(5100);
  expect(first.text.endsWith("hi")).toBe(true);
  expect(get("/a").endsWith("hi")).toBe(true);
});

test("RFC 9111 section 5.2.1: a visitor's Cache-Control is heeded where all headers are forwarded", () => {
  const { get, asked, network } = distribution(() => response("hi", `${fresh}ETag: "1"\r\n`));
  expect(get("/a", "Cache-Control: only-if-cached\r\n")).toMatch(/^HTTP\/1.1 504/);
  get("/a");
  network.advance(5000);
  expect(status(get("/a", "Cache-Control: max-age=3\r\n"))).toContain("fwd=request");
  expect(status(get("/a", "Cache-Control: max-age=3\r\n"))).toBe("fairlead-edge; hit; ttl=60");
  expect(status(get("/a", "Cache-Control: no-cache\r\n"))).toContain("fwd=request");
  expect(status(get("/a", "Cache-Control: min-fresh=61\r\n"))).toContain("fwd=request");
  network.advance(70_000);
  expect(status(get("/a", "Cache-Control: max-stale=20\r\n"))).toBe(
    "fairlead-edge; hit; ttl=-10; detail=stale",
  );
  expect(asked.length).toBe(4);
});

test("RFC 9110 section 15.2: interim responses reach all who wait", () => {
  const { open } = distribution(
    () => `HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n${response("hi", fresh)}`,
  );
  const visitor = open();
  visitor.send("GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect(visitor.text).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: <\/s.css>\r\n\r\nHTTP\/1.1 200 OK\r\n/);
});

test("requests on one connection are answered in order, from the store or not", () => {
  const { open, get } = distribution((request) => response(request.split(" ")[1] ?? "", fresh));
  get("/a");
  const visitor = open();
  visitor.send(
    ["/a", "/b", "/a", "/c"].map((path) => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`).join(""),
  );
  expect(visitor.text.match(/\r\n\r\n\/./g)).toEqual(
    ["/a", "/b", "/a", "/c"].map((path) => `\r\n\r\n${path}`),
  );
});

test("RFC 9112 section 9.3: HTTP/1.0 and close are kept to with hits", () => {
  const { open, get } = distribution(() => response("hi", fresh));
  get("/a");
  const old = open();
  old.send("GET /a HTTP/1.0\r\nHost: shop.test\r\n\r\n");
  expect(field(old.text, "Connection")).toBe("close");
  expect(old.hasEnd).toBe(true);
  const kept = open();
  kept.send("GET /a HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\n\r\n");
  expect(field(kept.text, "Connection")).toBe("keep-alive");
  expect(kept.hasEnd).toBe(false);
});
