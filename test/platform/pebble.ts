// Pebble, the strict ACME server of Let's Encrypt's makers, for one test: on ports of its own on loopback, with a certificate of our own
// authority for its listener, asking the resolver that it is given.

import { createPublicKey } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueLeaf, makeIssuing, makePrivateKey, makeRoot } from "#certificate";
import { freePort } from "#runtime/testing";

/** A Pebble that runs. */
export interface Pebble {
  readonly directoryUrl: string;
  /** PEM of the authority that its listener's certificate is of. */
  readonly authority: string;
  /** GET on its management interface: `roots/0`, `cert-status-by-serial/SERIAL`. */
  manage(path: string): Promise<string>;
  /** All that it printed so far. */
  log(): string;
  stop(): Promise<void>;
}

/** What it is started with. */
export interface PebbleOptions {
  /** The resolver that it asks: address and port. */
  readonly dnsServer: string;
  /** Where it looks for HTTP-01 instead of at port 80. */
  readonly httpPort: number;
  /** Of a hundred good nonces, so many are refused. */
  readonly nonceReject?: number;
  /** Of a hundred authorizations that are valid already, so many are used again. */
  readonly authorizationReuse?: number;
  /** Further chains beside the first. */
  readonly alternateRoots?: number;
  /** Accounts must be bound to one of these: key id and HMAC key. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
}

/** Starts one. It looks strictly, and at once: without the naps that it otherwise takes. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), "fl-pebble-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const root = makeRoot(["test"], Date.now());
  const issuing = makeIssuing(root, ["test"], Date.now());
  const key = makePrivateKey();
  const publicKey = createPublicKey(key);
  const own = issueLeaf(issuing, { names: [], addresses: ["127.0.0.1"], publicKey, now: Date.now() });
  const port = await freePort("127.0.0.1");
  const managementPort = await freePort("127.0.0.1");
  const { externalAccounts } = options;
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: file("own.pem", `${own}${issuing.certificate}`),
    privateKey: file("own.key", key.export({ type: "pkcs8", format: "pem" })),
    httpPort: options.httpPort,
    tlsPort: 5001,
    ocspResponderURL: "",
    externalAccountBindingRequired: externalAccounts !== undefined,
    ...(externalAccounts ? { externalAccountMACKeys: externalAccounts } : {}),
  };
  const words = [
    "-strict",
    "-dnsserver",
    options.dnsServer,
    "-config",
    file("config.json", JSON.stringify({ pebble })),
  ];
  let printed = "";
  const child = spawn("pebble", words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_WFE_NONCEREJECT: String(options.nonceReject ?? 0),
      PEBBLE_AUTHZREUSE: String(options.authorizationReuse ?? 0),
      PEBBLE_ALTERNATE_ROOTS: String(options.alternateRoots ?? 0),
    },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const manage = (path: string): Promise<string> =>
    get(`https://127.0.0.1:${managementPort}/${path}`, root.certificate);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`Pebble ended with ${code}:\n${printed}`)));
    const look = (): void => {
      if (printed.includes("ACME directory available at")) resolve();
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
  });
  const directoryUrl = `https://127.0.0.1:${port}/dir`;
  await listening(() => manage("roots/0"));
  await listening(() => get(directoryUrl, root.certificate));
  return {
    directoryUrl,
    authority: root.certificate,
    manage,
    log: () => printed,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says that it is there a moment before it is, at either of its ports. */
async function listening(ask: () => Promise<string>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (attempt === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve(text));
    });
    sent.once("error", reject);
    sent.end();
  });
}
