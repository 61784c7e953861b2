// CPU time that the edge takes for a request over TLS 1.3, beside nginx as a TLS proxy in the same place: same origin, same certificate,
// same load (wrk), one process and one connection pool each, runs in turns. Two rows: requests on connections that are kept, and a
// connection for each request, of which wrk resumes every second session. The ratio is ours to nginx's, of medians.
//
// Needs nginx and wrk on the path. Run: node --conditions=fairlead-source bench/tls.ts [ROUNDS] [SECONDS]

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePrivateKey, issueLeaf, makePrivateKey, makeRoot } from "#certificate";
import { instanceResource, type RoleObject } from "#contract";
import { NodeDriver, systemRandom } from "#reactor";
import { makeEdgeEngines } from "#server";

const rounds = Number(process.argv[2] ?? 3);
const seconds = Number(process.argv[3] ?? 4);
const address = "127.0.0.1";
/** Clock ticks a second in /proc/PID/stat. */
const ticks = 100;
const connections = 16;
/** nginx's words for a process that stays in the foreground and starts no other. */
const oneProcess = "daemon off; master_process off; worker_processes 1;";

const folder = mkdtempSync(join(tmpdir(), "fl-bench-"));
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts one nginx process with these servers, and waits until it listens. */
async function nginx(name: string, port: number, http: string): Promise<ChildProcess> {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${join(folder, `${name}-${kind}`)};`,
  );
  const file = join(folder, `${name}.conf`);
  writeFileSync(
    file,
    `${oneProcess} pid ${join(folder, `${name}.pid`)};
     error_log ${join(folder, `${name}.log`)};
     events { worker_connections 4096; }
     http { access_log off; keepalive_requests 100000000; ${paths.join(" ")} ${http} }`,
  );
  const child = spawn("nginx", ["-p", folder, "-c", file], { stdio: "inherit" });
  children.push(child);
  for (let tries = 0; ; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port }, () => (socket.destroy(), resolve(true)));
      socket.on("error", () => resolve(false));
    });
    if (isOpen) return child;
    if (tries > 100) throw new Error(`nginx does not listen on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** CPU seconds of a child so far. */
function childCpu({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Loads a port; microseconds of CPU a request that `cpu` tells of. */
async function load(port: number, fields: readonly string[], cpu: () => number): Promise<number> {
  const words = ["-t1", `-c${connections}`, `-d${seconds}`, ...fields.flatMap((field) => ["-H", field])];
  const before = cpu();
  const child = spawn("wrk", [...words, `https://${address}:${port}/`]);
  children.push(child);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await new Promise((resolve) => child.once("close", resolve));
  const requests = Number(/(\d+) requests in/.exec(printed)?.[1] ?? 0);
  if (requests === 0 || /Non-2xx/.test(printed)) throw new Error(`The load failed:\n${printed}`);
  return ((cpu() - before) * 1e6) / requests;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN;
}

async function run(): Promise<void> {
  const key = makePrivateKey();
  const now = Date.now();
  const chain = issueLeaf(makeRoot(["test"], now), {
    names: ["shop.test"],
    publicKey: createPublicKey(key),
    now,
  });
  writeFileSync(join(folder, "chain.pem"), chain);
  writeFileSync(join(folder, "key.pem"), key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const [originPort, peerPort] = [await freePort(), await freePort()];
  await nginx(
    "origin",
    originPort,
    `server { listen ${address}:${originPort}; location / { return 200 "${"x".repeat(1024)}"; } }`,
  );
  const peer = await nginx(
    "peer",
    peerPort,
    `upstream origin { server ${address}:${originPort}; keepalive ${connections}; keepalive_requests 100000000; }
     server {
       listen ${address}:${peerPort} ssl;
       ssl_certificate ${join(folder, "chain.pem")}; ssl_certificate_key ${join(folder, "key.pem")};
       ssl_protocols TLSv1.2 TLSv1.3;
       location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }
     }`,
  );
  const edge = { httpPort: 1, httpsPort: 2, addresses: [address], sharedAddresses: [] };
  const engines = makeEdgeEngines(
    { tlds: ["test."], edge },
    {
      report: () => {},
      random: systemRandom,
      names: { lookup: () => {} },
      openKey: () => encodePrivateKey(key),
      isHttps: () => true,
    },
  );
  const put: RoleObject[] = [
    instanceResource({
      id: "r",
      name: "web",
      addresses: [address],
      listen: [{ address, port: originPort }],
      certificates: ["c"],
    }),
    {
      kind: "certificate",
      id: "c",
      name: "c",
      names: ["shop.test"],
      chain,
      sealedKey: "",
      keyId: "k",
      notAfter: now + 1e9,
    },
  ];
  engines.apply({ put, removed: [], objects: new Map(put.map((object) => [object.kind, object])) });
  const driver = new NodeDriver();
  const { listeners } = await driver.attach(engines.edge, [
    { transport: "tcp", address, port: 0, tls: engines.tls },
  ]);
  const port = listeners[0]?.port ?? 0;
  for (const [name, fields] of [
    ["1 KiB, connections kept", []],
    ["1 KiB, a connection each", ["Connection: close"]],
  ] as const) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      ours.push(await load(port, fields, ownCpu));
      theirs.push(await load(peerPort, fields, () => childCpu(peer)));
    }
    const [a, b] = [median(ours), median(theirs)];
    process.stdout.write(
      `${name.padEnd(26)} ${a.toFixed(1).padStart(7)} µs   nginx ${b.toFixed(1).padStart(7)} µs   ratio ${(a / b).toFixed(2)}\n`,
    );
  }
  process.stdout.write(`${JSON.stringify(engines.tls.readCounters())}\n`);
  await driver.close();
}

try {
  const missing = ["nginx", "wrk"].filter((program) => spawnSync(program, ["-v"]).error);
  if (missing.length > 0) throw new Error(`Not on the path: ${missing.join(", ")}`);
  await run();
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
