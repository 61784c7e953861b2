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
import { judge } from "./zone-judges.ts";

let platform: Platform;
let folder: string;
let root: string;
let rootText: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fl-private-"));
  platform = await startPlatform({
    words: ["test", "internal"].flatMap((apex) => ["--allow-transfer", `${apex}=127.0.0.0/8`]),
  });
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
    "+timeout=30",
    "+retry=1",
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

test("each name server says at its name where it is asked in private, signed, and is asked there (RFC 9461)", () => {
  const [resolver, tld] = ["127.0.0.1", "127.53.1.1"].map((at) => platform.address(at));
  const [resolverPort, port] = [5300, 5301].map((one) => String(platform.port(one)));
  for (const name of ["ns1.s1.nic.test", "ns4.s1.nic.test", "a.nic.test", "b.root.internal"]) {
    const expected = [
      `1 ${name}. alpn="?dot"? port=${platform.port(8853)}`,
      `2 ${name}. alpn="?h2"? port=${platform.port(7443)} (dohpath|key7)="?/dns-query\\{\\?dns\\}"?`,
    ].map((line) => new RegExp(`^${line}$`, "m"));
    for (const program of ["dig", "kdig"])
      for (const line of expected)
        expect(run(program, [`@${tld}`, "-p", port ?? "", "+short", `_dns.${name}`, "SVCB"]).stdout).toMatch(
          line,
        );
    const { stdout } = run("dig", [
      `@${resolver}`,
      "-p",
      resolverPort ?? "",
      "+dnssec",
      `_dns.${name}`,
      "SVCB",
    ]);
    expect(stdout).toMatch(/;; flags:[^;]* ad[ ;]/);
    expect(stdout).toMatch(/\sIN\s+RRSIG\s+SVCB /);
  }
  const zone = join(folder, "test.zone");
  for (const apex of ["test", "internal"]) {
    const { stdout } = run("dig", [
      `@${tld}`,
      "-p",
      port ?? "",
      apex,
      "AXFR",
      "+noall",
      "+answer",
      "+onesoa",
    ]);
    expect(stdout).toMatch(/^_dns\.\S+\s+3600\s+IN\s+SVCB\s/m);
    writeFileSync(zone, stdout);
    expect(judge(apex, zone)).toEqual([]);
  }
});

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
      const words = [
        "-p",
        of,
        way,
        `+tls-ca=${root}`,
        `+tls-hostname=${hostname}`,
        "+timeout=30",
        "+retry=1",
      ];
      const answer = run("kdig", [`@${address}`, ...words, "shop.test", "NS"]).stdout;
      expect([way, hostname, answer.includes("ns1.s1.nic.test.")]).toEqual([way, hostname, true]);
    }
  }
  const other = run("dig", [...at, "+tries=2", "anything.resolver.arpa", "A"]).stdout;
  expect(other).toContain("status: NOERROR");
  expect(other).toContain("ANSWER: 0");
});

test("what does not validate is answered under a negative trust anchor, and refused again once that is over (RFC 7646)", async () => {
  const asked = (name: string): string => {
    const at = [`@${platform.address("127.0.0.1")}`, "-p", String(platform.port(5300))];
    const { stdout } = run("dig", [...at, "+dnssec", name, "A"]);
    const rcode = /status: ([A-Z]+)/.exec(stdout)?.[1];
    return `${rcode}${/;; flags:[^;]* ad[ ;]/.test(stdout) ? " authentic" : ""}`;
  };
  const dsOf = (zone: string): string =>
    run("dig", [
      `@${platform.address("127.53.1.1")}`,
      "-p",
      String(platform.port(5301)),
      "+short",
      zone,
      "DS",
    ]).stdout;
  const done = (...words: string[]): void => expect(platform.fairlead(...words)).toMatchObject({ status: 0 });
  done("register", "broken.test");
  done("records", "set", "broken.test", "www", "A", "192.0.2.1");
  // Its parent stops vouching for it, and then vouches for a key that it does not have.
  done("dnssec", "disable", "broken.test");
  await expect.poll(() => dsOf("broken.test")).toBe("");
  const key =
    "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
  done("domain", "signers", "broken.test", "--add", key, "--force");
  await expect.poll(() => dsOf("broken.test")).toMatch(/^\d+ 13 2 /);
  // Longer than anybody keeps that nobody vouched for it.
  await expect.poll(() => asked("www.broken.test"), { timeout: 90_000 }).toBe("SERVFAIL");
  done("negative-anchors", "set", "broken.test", "--for", "1h", "--reason", "its key is gone");
  await expect.poll(() => asked("www.broken.test")).toBe("NOERROR");
  expect([asked("no.broken.test"), asked("shop.test")]).toEqual(["NXDOMAIN", "NOERROR authentic"]);
  expect(platform.fairlead("negative-anchors").stdout).toMatch(/^broken\.test .*its key is gone$/m);
  done("undo");
  await expect.poll(() => asked("www.broken.test")).toBe("SERVFAIL");
  done("negative-anchors", "set", "broken.test", "--for", "1s");
  await expect.poll(() => asked("www.broken.test")).toBe("SERVFAIL");
  await expect.poll(() => platform.fairlead("negative-anchors").stdout).not.toContain("broken.test");
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
