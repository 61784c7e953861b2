import { isSameAddress, parseAddress } from "#engine";
import { expect, test } from "vitest";
import { MemoryNetwork, type FarEnd } from "./testing.ts";
import { type LookupOutcome, VisitorProxyEngine } from "./visitor-proxy.ts";

const at = "127.0.0.1:7780";
const edges = ["127.53.8.1", "127.53.8.2", "::1"];
const names: Record<string, LookupOutcome> = {
  "shop.test": addresses("127.53.8.1"),
  "two.test": addresses("127.53.8.1", "127.53.8.2"),
  "printer.home.arpa": addresses("192.168.1.5"),
  "control.test": addresses("127.0.0.1"),
  "cloud.test": addresses("169.254.169.254", "::ffff:127.0.0.1", "fe80::1", "64:ff9b::a00:1"),
  "empty.test": { kind: "nodata" },
  "broken.test": { kind: "failed", reason: "none of the four name servers answers" },
};

function addresses(...texts: string[]): LookupOutcome {
  return { kind: "addresses", addresses: texts.map((text) => parseAddress(text) ?? new Uint8Array(16)) };
}

/** A proxy whose lookups are answered at once, and what was looked up. */
function proxy(isSlow = false): MemoryNetwork & { asked: string[]; answers: (() => void)[] } {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const engine = new VisitorProxyEngine({
    names: {
      lookup(host, traceId, callback) {
        asked.push(traceId === undefined ? host : `${host} ${traceId}`);
        const answer = (): void => callback(names[host] ?? { kind: "nxdomain" }, network.now);
        if (isSlow) answers.push(answer);
        else answer();
      },
    },
    suffixes: ["test", "internal", "lab", "home.arpa"],
    isEdgeAddress: (address) =>
      edges.some((edge) => isSameAddress(address, parseAddress(edge) ?? new Uint8Array(16))),
    edgeHttpPort: 8080,
    edgeHttpsPort: 8443,
  });
  const network = Object.assign(new MemoryNetwork(engine), { asked, answers });
  return network;
}

function ask(network: MemoryNetwork, request: string): FarEnd {
  const client = network.accept(at);
  client.send(request);
  return client;
}

test.each([
  ["GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n", "127.53.8.1:8080"],
  ["GET http://SHOP.test.:80/a HTTP/1.1\r\nHost: shop.test.:80\r\n\r\n", "127.53.8.1:8080"],
  ["GET http://shop.test:8080/a HTTP/1.1\r\nHost: shop.test:8080\r\n\r\n", "127.53.8.1:8080"],
  ["GET http://127.53.8.2/a HTTP/1.1\r\nHost: 127.53.8.2\r\n\r\n", "127.53.8.2:8080"],
  ["GET http://[::1]/a HTTP/1.1\r\nHost: [::1]\r\n\r\n", "[::1]:8080"],
  ["GET http://printer.home.arpa:631/a HTTP/1.1\r\nHost: printer.home.arpa:631\r\n\r\n", "192.168.1.5:631"],
])("passes %j on to %s", (request, target) => {
  const network = proxy();
  network.servers.set(target, {
    received: (peer) => peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: x\r\n\r\ny"),
  });
  const client = ask(network, request);
  expect(network.outgoing[0]?.text).toMatch(
    /^GET \/a HTTP\/1.1\r\nHost: [^\r]*\r\nVia: 1.1 fairlead-visitor\r\n\r\n$/,
  );
  expect(client.text).toBe(
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: x\r\nVia: 1.1 fairlead-visitor\r\n\r\ny",
  );
});

test.each([
  ["shop.test:443", "127.53.8.1:8443"],
  ["shop.test:80", "127.53.8.1:8080"],
])("tunnels CONNECT %s to %s untouched", (authority, target) => {
  const network = proxy();
  network.servers.set(target, {});
  const client = ask(network, `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n\x16\x03\x01`);
  expect(client.text).toBe("HTTP/1.1 200 Connection established\r\n\r\n");
  expect(network.outgoing[0]?.text).toBe("\x16\x03\x01");
  network.outgoing[0]?.send("\x00\xff");
  client.send("\r\n\r\n");
  expect([client.text.slice(-2), network.outgoing[0]?.text.slice(3)]).toEqual(["\x00\xff", "\r\n\r\n"]);
  network.outgoing[0]?.reset();
  expect(client.wasDestroyed).toBe(true);
});

test("goes on to a name's next address where one refuses", () => {
  const network = proxy();
  network.servers.set("127.53.8.2:8443", {});
  const client = ask(network, "CONNECT two.test:443 HTTP/1.1\r\nHost: two.test:443\r\n\r\n");
  expect(client.text).toBe("HTTP/1.1 200 Connection established\r\n\r\n");
});

test.each([
  [
    "CONNECT example.org:443",
    403,
    '"example.org" is outside the private tree (test, internal, lab, home.arpa)',
  ],
  ["CONNECT nottest:443", 403, "outside the private tree"],
  ["CONNECT 0x7f.1:443", 403, "outside the private tree"],
  ["CONNECT 127.0.0.1:7700", 403, 'does not lead to "127.0.0.1"'],
  ["CONNECT [::ffff:127.0.0.1]:7700", 403, "does not lead to"],
  ["CONNECT shop.test:22", 403, '"shop.test" leads to 127.53.8.1:22, which this proxy does not open.'],
  ["CONNECT control.test:7700", 403, '"control.test" leads to 127.0.0.1:7700'],
  ["CONNECT cloud.test:80", 403, '"cloud.test" leads to 169.254.169.254:80'],
  [
    "CONNECT none.test:443",
    502,
    'The name "none.test" does not exist. What to do about it: fairlead trace none.test',
  ],
  ["CONNECT empty.test:443", 502, 'The name "empty.test" exists, but has no address.'],
  ["CONNECT broken.test:443", 502, "could not be found: none of the four name servers answers."],
  ["CONNECT shop.test:443", 502, 'No answer from "shop.test" at 127.53.8.1:8443: it refuses connections'],
])("refuses %s with one sentence", (line, status, sentence) => {
  const client = ask(proxy(), `${line} HTTP/1.1\r\nHost: ${line.slice(8)}\r\n\r\n`);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(client.text).toContain(sentence);
});

test("takes a late answer of the resolver, and none for a visitor who has gone", () => {
  const network = proxy(true);
  network.servers.set("127.53.8.1:8080", {
    received: (peer) => peer.send("HTTP/1.1 204 No Content\r\n\r\n"),
  });
  const request =
    "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\nFairlead-Trace: 00000000000000aa\r\n\r\n";
  const client = ask(network, request);
  const gone = ask(network, request);
  gone.reset();
  for (const answer of network.answers) answer();
  network.run();
  expect(client.text).toMatch(/^HTTP\/1.1 204 /);
  expect(network.asked).toEqual(["shop.test 00000000000000aa", "shop.test 00000000000000aa"]);
  expect(network.outgoing).toHaveLength(1);
  expect(network.outgoing[0]?.text).toContain("Fairlead-Trace: 00000000000000aa\r\n");
});

test("answers 504 where the resolver is silent, and lets its late answer pass", () => {
  const network = proxy(true);
  const client = ask(network, "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  network.advance(15_100);
  expect(client.text).toMatch(/^HTTP\/1.1 504 /);
  network.answers[0]?.();
  network.run();
  expect(network.outgoing).toHaveLength(0);
});

test.each([
  ["GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1:7780\r\n\r\n", 200, "application/x-ns-proxy-autoconfig"],
  ["GET /?x HTTP/1.1\r\nHost: localhost:7780\r\n\r\n", 200, "curl -x http://127.0.0.1:7780"],
  ["GET http://127.0.0.1:7780/ HTTP/1.1\r\nHost: 127.0.0.1:7780\r\n\r\n", 200, "requests 1"],
  ["GET /other HTTP/1.1\r\nHost: 127.0.0.1:7780\r\n\r\n", 404, "two pages"],
  ["POST / HTTP/1.1\r\nHost: 127.0.0.1:7780\r\n\r\n", 405, "for GET"],
  ["GET /proxy.pac HTTP/1.1\r\nHost: rebound.example.org:7780\r\n\r\n", 421, "http://127.0.0.1:7780/ only"],
  ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421, "http://127.0.0.1:7780/ only"],
  ["GET https://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n", 400, "CONNECT"],
  [
    "CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\nContent-Length: 3\r\n\r\nabc",
    400,
    "no content",
  ],
])("answers %j itself", (request, status, part) => {
  const client = ask(proxy(), request);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(client.text).toContain(part);
});

test("serves visitors on its own machine only", () => {
  const client = proxy().accept(at, "192.168.1.9:4000");
  client.send("GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  expect(client.text).toMatch(/^HTTP\/1.1 403 /);
});

test.each([
  ["shop.test", "PROXY 127.0.0.1:7780"],
  ["Printer.HOME.arpa.", "PROXY 127.0.0.1:7780"],
  ["nottest", "DIRECT"],
  ["example.org", "DIRECT"],
])("its script leads %s to %s", (host, expected) => {
  const client = ask(proxy(), "GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1:7780\r\n\r\n");
  const script = client.text.slice(client.text.indexOf("\r\n\r\n"));
  // The script is a program for browsers: running it is the test.
  // oxlint-disable-next-line typescript/no-implied-eval
  const find = new Function(`${script}; return FindProxyForURL;`) as () => (
    url: string,
    host: string,
  ) => string;
  expect(find()(`http://${host}/`, host)).toBe(expected);
});
