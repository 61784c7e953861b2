// Names asked in private: DNS over TLS and over HTTPS, of the resolver and of every group of name servers, by the clients that people have (kdig,
// dig, curl, openssl), each judging the certificate by name and by address; and what these servers refuse.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Authority } from "#contract";
import { run, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let folder: string;
let root: string;
let rootText: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-private-"));
  platform = await startPlatform();
  rootText = (await platform.call<Authority>("GET", "/v1/authority")).root;
  root = join(folder, "root.pem");
  writeFileSync(root, rootText);
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site", "index.html"), "asked in private");
  for (const words of [
    ["register", "shop.test"],
    ["instance", "create", "shop", "--site", join(folder, "site")],
    ["assign", "shop.test", "shop"],
  ])
    expect(platform.fairlead(...words)).toMatchObject({ status: 0 });
});
afterAll(async () => {
  await platform?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks with kdig over TLS, judging the certificate. */
function kdig(address: string, name: string, ...words: string[]): { status: number | null; stdout: string } {
  const port = String(platform.port(8853));
  return run("kdig", [
    `@${platform.address(address)}`,
    "-p",
    port,
    `+tls-ca=${root}`,
    `+tls-hostname=${name}`,
    "+timeout=5",
    "+retry=0",
    ...words,
  ]);
}

const sizeOf = (text: string): number => Number(/Received (\d+) B/.exec(text)?.[1]);

test.each([
  ["127.0.0.1", "resolver.fairlead.internal", "shop.test", "qr rd ra"],
  ["127.53.0.1", "a.root.internal", "test", "qr rd"],
  ["127.53.0.2", "b.root.internal", "test", "qr rd"],
  ["127.53.1.1", "a.nic.test", "shop.test", "qr rd"],
  ["127.53.2.1", "ns1.s1.nic.test", "shop.test", "qr aa rd"],
  ["127.53.2.4", "ns4.s1.nic.test", "shop.test", "qr aa rd"],
])(
  "kdig asks %s, which is %s by its certificate; what is padded has a multiple of 468 octets",
  (at, name, asked, flags) => {
    const padded = kdig(at, name, "+padding", asked, "NS");
    expect(padded.stdout).toContain(`Flags: ${flags}`);
    expect(padded.stdout).toContain("PADDING");
    expect(padded.stdout).toContain(asked === "test" ? "a.nic.test." : "ns1.s1.nic.test.");
    expect(sizeOf(padded.stdout) % 468).toBe(0);
    const plain = kdig(at, name, "+nopadding", asked, "NS");
    expect(plain.stdout).not.toContain("PADDING");
    expect(sizeOf(plain.stdout)).toBeLessThan(468);
  },
);

test("who knows the resolver's address alone is told where it is asked in private, and finds it there (RFC 9462)", () => {
  const at = [`@${platform.address("127.0.0.1")}`, "-p", String(platform.port(5300))];
  const told = run("dig", [...at, "+tries=2", "_dns.resolver.arpa", "SVCB"]).stdout;
  const service = (priority: number): RegExpExecArray | null =>
    new RegExp(
      String.raw`^_dns\.resolver\.arpa\.\s+\d+\s+IN\s+SVCB\s+${priority} (\S+)\. alpn="(\S+)" port=(\d+) ipv4hint=(\S+)`,
      "m",
    ).exec(told);
  const [, name = "", protocol, port = "", address = ""] = service(1) ?? [];
  expect([name, protocol]).toEqual(["resolver.fairlead.internal", "dot"]);
  const [, , second, httpsPort = ""] = service(2) ?? [];
  expect(second).toBe("h2");
  expect(told).toMatch(/dohpath="\/dns-query\{\?dns\}"|key7="\/dns-query\{\?dns\}"/);
  expect(told).toMatch(
    new RegExp(String.raw`^resolver\.fairlead\.internal\.\s+\d+\s+IN\s+A\s+${address}$`, "m"),
  );
  for (const [way, of] of [
    ["+tls", port],
    ["+https", httpsPort],
  ] as const) {
    // By its name, and by the address that it was asked at (section 4.2).
    for (const hostname of [name, address]) {
      const words = ["-p", of, way, `+tls-ca=${root}`, `+tls-hostname=${hostname}`, "+timeout=5", "+retry=1"];
      const answer = run("kdig", [`@${address}`, ...words, "shop.test", "NS"]).stdout;
      expect([way, hostname, answer.includes("ns1.s1.nic.test.")]).toEqual([way, hostname, true]);
    }
  }
  const other = run("dig", [...at, "+tries=2", "anything.resolver.arpa", "A"]).stdout;
  expect(other).toContain("status: NOERROR");
  expect(other).toContain("ANSWER: 0");
});

test("who asks for another name than the certificate's gets no answer; over UDP and TCP nothing is padded", () => {
  expect(kdig("127.53.2.1", "ns1.elsewhere.test", "shop.test", "A").status).not.toBe(0);
  for (const words of [[], ["+tcp"]]) {
    const at = [`@${platform.address("127.53.2.1")}`, "-p", String(platform.port(5301))];
    const plain = run("kdig", [...at, ...words, "+padding=64", "shop.test", "A"]);
    expect(plain.stdout).toContain("NOERROR");
    // kdig shows the padding of what it got alone.
    expect(plain.stdout).not.toContain("PADDING");
  }
});

test("dig asks over TLS and HTTPS, one connection for several questions", () => {
  for (const at of ["127.0.0.1", "127.53.2.2"]) {
    const where = `@${platform.address(at)}`;
    const tls = run("dig", [
      where,
      "-p",
      String(platform.port(8853)),
      `+tls-ca=${root}`,
      "+keepopen",
      "+short",
      "shop.test",
      "A",
      "shop.test",
      "SOA",
      "nothing.shop.test",
      "A",
    ]);
    expect(tls.stdout).toMatch(new RegExp(`${platform.address("127.53.8.")}\\d+\\n.*hostmaster`));
    for (const words of [["+https"], ["+https-get"]]) {
      const https = run("dig", [
        where,
        "-p",
        String(platform.port(7443)),
        ...words,
        "+nocmd",
        "nothing.shop.test",
        "A",
      ]);
      expect(https.stdout).toContain("status: NXDOMAIN");
      expect(https.stdout).toContain("hostmaster.shop.test.");
    }
  }
});

test("kdig asks over HTTPS by POST and GET", () => {
  for (const words of [["+https"], ["+https", "+https-get"]]) {
    const asked = run("kdig", [
      `@127.0.0.1`,
      "-p",
      String(platform.port(7443)),
      ...words,
      `+tls-ca=${root}`,
      "+tls-hostname=resolver.fairlead.internal",
      "shop.test",
      "A",
    ]);
    expect(asked.stdout).toContain(`status: 200`);
    expect(asked.stdout).toContain(platform.address("127.53.8."));
  }
});

test("curl finds a page through DNS over HTTPS, and sees how long an answer may be kept", () => {
  const url = `https://127.0.0.1:${platform.port(7443)}/dns-query`;
  const page = run("curl", [
    "-sS",
    "--max-time",
    "20",
    "--cacert",
    root,
    "--doh-url",
    url,
    `http://shop.test:${platform.port(8080)}/`,
  ]);
  expect(page.stdout).toBe("asked in private");
  const query = Buffer.from([
    0,
    0,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    4,
    ...Buffer.from("shop"),
    4,
    ...Buffer.from("test"),
    0,
    0,
    1,
    0,
    1,
  ]);
  for (const version of ["--http2", "--http1.1"]) {
    const head = run("curl", [
      "-sS",
      version,
      "--cacert",
      root,
      "-o",
      join(folder, "answer"),
      "-D",
      "-",
      `${url}?dns=${query.toString("base64url")}`,
    ]);
    expect(head.stdout).toMatch(/^HTTP\/(2|1\.1) 200/);
    const seconds = Number(/cache-control: max-age=(\d+)/i.exec(head.stdout)?.[1]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
  }
});

test("a transfer is refused over HTTPS, and over TLS to who may not have it", () => {
  const at = `@${platform.address("127.53.2.1")}`;
  const https = run("dig", [at, "-p", String(platform.port(7443)), "+https", "shop.test", "AXFR"]);
  expect(https.stdout).not.toContain("hostmaster");
  const tls = run("kdig", [at, "-p", String(platform.port(8853)), "+tls", "shop.test", "AXFR"]);
  expect(tls.stdout).not.toContain("hostmaster");
});

test("openssl: ALPN is dot, TLS 1.2 and other protocols are refused", () => {
  const connect = (...words: string[]): { stdout: string; stderr: string } =>
    run("openssl", [
      "s_client",
      "-connect",
      `${platform.address("127.53.2.1")}:${platform.port(8853)}`,
      "-CAfile",
      root,
      "-verify_hostname",
      "ns1.s1.nic.test",
      "-verify_return_error",
      ...words,
    ]);
  const good = connect("-alpn", "dot");
  expect(good.stdout).toContain("ALPN protocol: dot");
  expect(good.stdout).toContain("Verification: OK");
  expect(good.stdout).toContain("New, TLSv1.3");
  expect(connect("-tls1_2").stderr).toContain("alert protocol version");
  expect(connect("-alpn", "h2").stderr).toContain("alert no application protocol");
});

test("garbage, silence and half a message get nothing, and others are answered meanwhile", async () => {
  const port = platform.port(8853);
  const host = platform.address("127.53.2.1");
  const garbage = connectTcp(port, host);
  garbage.on("error", () => {}).resume();
  // It may be gone before the others are there.
  const gone = new Promise((resolve) => garbage.once("close", resolve));
  garbage.end("GET / HTTP/1.1\r\n\r\n");
  const silent = Array.from({ length: 50 }, () => connectTcp(port, host).on("error", () => {}));
  const half = connectTls({
    host,
    port,
    ca: rootText,
    servername: "ns1.s1.nic.test",
    ALPNProtocols: ["dot"],
  });
  half.on("error", () => {});
  await once(half, "secureConnect");
  half.write(Buffer.of(0, 40, 1, 2, 3));
  await gone;
  expect(kdig("127.53.2.1", "ns1.s1.nic.test", "+short", "shop.test", "SOA").stdout).toContain("hostmaster");
  half.destroy();
  for (const one of silent) one.destroy();
});

test("a restart of the platform serves the same certificate", async () => {
  const serial = async (): Promise<string> => {
    const client = connectTls({
      host: platform.address("127.53.2.1"),
      port: platform.port(8853),
      ca: rootText,
      servername: "ns1.s1.nic.test",
      ALPNProtocols: ["dot"],
    });
    await once(client, "secureConnect");
    const { serialNumber } = client.getPeerCertificate();
    client.destroy();
    return serialNumber;
  };
  const before = await serial();
  await platform.stop();
  await platform.start();
  expect(await serial()).toBe(before);
  expect(kdig("127.0.0.1", "resolver.fairlead.internal", "+short", "shop.test", "SOA").stdout).toContain(
    "hostmaster",
  );
});
