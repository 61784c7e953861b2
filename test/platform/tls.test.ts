// Clients that nobody here wrote open the edge over TLS: curl, through the visitor proxy and at the edge itself, and openssl's client, which
// shows versions, ciphers, ALPN, resumption and how a connection ends. The engines are the product's; names are looked up in a table.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createPublicKey } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { encodePrivateKey, issueLeaf, makePrivateKey, makeRoot } from "#certificate";
import { instanceResource, type CertificateObject, type RoleObject, type TlsPolicy } from "#contract";
import { endpoint } from "#engine";
import { NodeDriver, systemRandom } from "#reactor";
import { freePort } from "#runtime/testing";
import { makeEdgeEngines, type EdgeEngines } from "#server";
import { runAside } from "./harness.ts";

const address = "127.0.0.1";
const root = makeRoot(["test"], Date.now());
const folder = mkdtempSync(join(tmpdir(), "fl-tls-"));
const rootFile = join(folder, "root.pem");

let driver: NodeDriver;
let engines: EdgeEngines;
let origin: Server;
let httpsPort: number;
let proxyPort: number;

let made = 0;
function certificate(names: string[]): CertificateObject {
  const key = makePrivateKey();
  const now = Date.now();
  return {
    kind: "certificate",
    id: "c",
    name: `certificate ${++made}`,
    names,
    chain: issueLeaf(root, { names, publicKey: createPublicKey(key), now }),
    sealedKey: Buffer.from(encodePrivateKey(key)).toString("base64"),
    keyId: "k",
    notAfter: now + 1e9,
  };
}

function serve(object: CertificateObject, tlsPolicy: TlsPolicy = "TLS-2016-08"): void {
  const { port } = origin.address() as AddressInfo;
  const resource = instanceResource({
    id: "r",
    name: "web",
    addresses: [address],
    listen: [{ address, port }],
    certificates: ["c"],
    tlsPolicy,
  });
  const put: RoleObject[] = [resource, object];
  engines.apply({ put, removed: [], objects: new Map(put.map((one) => [one.kind, one])) });
}

beforeAll(async () => {
  writeFileSync(rootFile, root.certificate);
  origin = createServer((incoming, response) => {
    const { host } = incoming.headers;
    response.end(`page of ${host} by ${String(incoming.headers["x-forwarded-proto"])}\n`);
  });
  await new Promise<void>((resolve) => origin.listen(0, address, resolve));
  httpsPort = await freePort(address);
  const edge = { httpPort: 1, httpsPort, addresses: [address], sharedAddresses: [] };
  engines = makeEdgeEngines(
    { tlds: ["test."], edge },
    {
      report: () => {},
      random: systemRandom,
      names: {
        lookup: (host, _trace, callback) =>
          callback(
            host.endsWith("shop.test")
              ? { kind: "addresses", addresses: [endpoint(address, 0).address] }
              : { kind: "nxdomain" },
            driver.now(),
          ),
      },
      openKey: (_id, sealed) => new Uint8Array(Buffer.from(sealed, "base64")),
      isHttps: () => true,
    },
  );
  driver = new NodeDriver();
  const { tls } = engines;
  await driver.attach(engines.edge, [{ transport: "tcp", address, port: httpsPort, tls }]);
  const proxy = await driver.attach(engines.proxy, [{ transport: "tcp", address, port: 0 }]);
  proxyPort = proxy.listeners[0]?.port ?? 0;
});
beforeEach(() => serve(certificate(["shop.test", "*.shop.test"])));
afterAll(async () => {
  await driver?.close();
  origin?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function curl(...words: string[]): Promise<string> {
  const { stdout, stderr } = await runAside("curl", [
    "-sS",
    "--max-time",
    "60",
    "--cacert",
    rootFile,
    ...words,
  ]);
  return `${stdout}${stderr}`;
}

/** What openssl's client prints; `input` goes to the server once the handshake is done. */
function openssl(words: string[], input = ""): Promise<string> {
  return new Promise((resolve) => {
    const all = [
      "s_client",
      "-connect",
      `${address}:${httpsPort}`,
      "-servername",
      "shop.test",
      "-CAfile",
      rootFile,
      ...words,
    ];
    const child = spawn("openssl", all, { stdio: ["pipe", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
    child.stdin.on("error", () => {}); // it may be gone already
    child.stdin.end(input);
    child.once("close", () => resolve(printed));
  });
}

const page = "GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n";

test.each([
  ["as it is", []],
  ["that also speaks HTTP/2", ["--http2"]],
  ["of TLS 1.2", ["--tls-max", "1.2"]],
])(
  "curl %s opens https://shop.test/ through the visitor proxy, on the standard port, and trusts it",
  async (_name, words) => {
    const through = ["-x", `http://${address}:${proxyPort}`, ...words];
    expect(await curl(...through, "https://shop.test/")).toBe("page of shop.test by https\n");
    expect(await curl(...through, "https://pay.shop.test/")).toBe("page of pay.shop.test by https\n");
  },
);

test("a name that the certificate has not is the client's to refuse", async () => {
  const words = ["-x", `http://${address}:${proxyPort}`];
  expect(await curl(...words, "https://a.b.shop.test/")).toContain("curl: (60)");
  expect(await curl(...words, "-k", "https://a.b.shop.test/")).toBe("page of a.b.shop.test by https\n");
});

test("at its address, without a name, a resource has its default certificate", async () => {
  expect(await curl("-k", `https://${address}:${httpsPort}/`)).toBe(
    `page of ${address}:${httpsPort} by https\n`,
  );
});

test("http on the port of https is answered with an alert, not with silence", async () => {
  expect(await curl(`http://${address}:${httpsPort}/`)).toContain("curl: (1)");
});

test.each([
  ["-tls1_3", /TLSv1\.3, Cipher is TLS_AES_/],
  ["-tls1_2", /TLSv1\.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256/],
  ["-tls1_1", /alert protocol version/],
  ["-tls1", /alert protocol version/],
])("openssl's client with %s", async (version, expected) => {
  const printed = await openssl([version, "-cipher", "DEFAULT@SECLEVEL=0", "-ign_eof"], page);
  expect(printed).toMatch(expected);
  if (version === "-tls1_3" || version === "-tls1_2") {
    expect(printed).toContain("Verify return code: 0 (ok)");
    expect(printed).toContain("page of shop.test by https");
  }
});

test.each<[TlsPolicy, boolean]>([
  ["TLS-2016-08", true],
  ["TLS-FS-Res-1-2-2019-08", false],
])("policy %s takes SHA-1 in HMAC: %s; AEAD always", async (policy, isTaken) => {
  serve(certificate(["shop.test"]), policy);
  const old = await openssl(["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"]);
  expect(old).toContain(isTaken ? "Cipher is ECDHE-ECDSA-AES256-SHA" : "alert handshake failure");
  expect(await openssl(["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"])).toContain(
    "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384",
  );
});

test("ALPN: http/1.1 is agreed on, h2 alone is refused", async () => {
  expect(await openssl(["-alpn", "h2,http/1.1"])).toContain("ALPN protocol: http/1.1");
  expect(await openssl(["-alpn", "h2"])).toContain("alert no application protocol");
});

test.each(["-tls1_3", "-tls1_2"])(
  "a session of %s is resumed after the certificate was swapped",
  async (version) => {
    const session = join(folder, `session${version}`);
    expect(await openssl([version, "-ign_eof", "-sess_out", session], page)).toContain("New, TLSv1.");
    serve(certificate(["shop.test"]));
    const printed = await openssl([version, "-ign_eof", "-sess_in", session], page);
    expect(printed).toContain("Reused, TLSv1.");
    expect(printed).toContain("page of shop.test by https");
  },
);

test("a response ends with close_notify, and renegotiation is refused", async () => {
  expect(await openssl(["-msg", "-ign_eof"], page)).toMatch(/<<< TLS 1\.3, Alert .*warning close_notify/);
  expect(await openssl(["-tls1_2"], "R\n")).toMatch(/no renegotiation/);
});
