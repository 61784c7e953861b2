// CPU per query over DNS over TLS: ours on system calls and on Node's sockets, beside NSD and BIND, each with one worker, in turns; connections that stay
// open, and a handshake for every few queries. Knot's release of Debian 12 has no TLS.

import { createPublicKey } from "node:crypto";
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { issueLeaf, makeIssuing, makePrivateKey, makeRoot } from "#certificate";
import { runLoad } from "./names-load.ts";
import { median, ratio, tell } from "./names-figures.ts";
import { address, memoryOf, type Server, startServer, stopServer } from "./names-servers.ts";
import { plainApex, writePlainZone, writeQuestions } from "./names-zones.ts";

interface Files {
  readonly certificate: string;
  readonly key: string;
  readonly zone: string;
}

/** Connections that are open and say nothing, for what each of them costs; ours take a hundred of an address. */
const idleConnections = 100;

/** Runs it, so many rounds of so many seconds each. */
export async function measureTls(folder: string, rounds: number, seconds: number): Promise<void> {
  const files = writeFiles(folder);
  const questions = writeQuestions(folder, plainApex, "address");
  const servers: Record<string, Server> = {};
  try {
    let port = 5391;
    for (const kind of ["linux", "node"] as const) {
      const at = port++;
      const more = ["--listen-tls", `${address}:${at + 100}`, "--tls", `${files.certificate}:${files.key}`];
      const zones = [{ apex: plainApex, path: files.zone }];
      servers[kind] = { ...(await startServer(folder, { kind, port: at, zones, more })), port: at + 100 };
    }
    servers["nsd"] = await startPeer("nsd", ["-d", "-c", writeNsd(folder, files, 5395)], 5495);
    servers["bind"] = await startPeer("named", ["-g", "-n", "1", "-c", writeBind(folder, files, 5396)], 5496);
    for (const [name, options] of [
      ["tls-persistent", ["-m", "dot", "-c", "8", "-q", "400"]],
      ["tls-20000", ["-m", "dot", "-c", "8", "-q", "400", "-Q", "20000"]],
    ] as const) {
      const micros: Record<string, number[]> = {};
      const rates: Record<string, number[]> = {};
      for (const server of Object.values(servers)) await runLoad(server, questions, options, 1); // warms up
      for (let round = 0; round < rounds; round++)
        for (const [server, at] of Object.entries(servers)) {
          const { answered, cpu } = await runLoad(at, questions, options, seconds);
          (micros[server] ??= []).push(((cpu.user + cpu.kernel) / answered) * 1e6);
          (rates[server] ??= []).push(answered / seconds);
        }
      tell(`${name} (dnsperf ${options.join(" ")})`);
      for (const [server, own] of Object.entries(micros))
        tell(
          `  ${server.padEnd(6)} ${median(own).toFixed(2).padStart(6)} µs CPU a query, ${ratio(own, micros["nsd"])} of NSD's, ${ratio(own, micros["bind"])} of BIND's, ` +
            `${ratio(own, micros["node"])} of ours on Node, ${median(rates[server] ?? []).toFixed(0)} queries/s`,
        );
    }
    for (const [name, server] of Object.entries(servers)) await measureIdle(name, server);
  } finally {
    for (const server of Object.values(servers)) await stopServer(server);
  }
}

async function measureIdle(name: string, { port, child }: Server): Promise<void> {
  const before = memoryOf(child.pid ?? 0);
  const open = await Promise.all(
    Array.from({ length: idleConnections }, async () => {
      const socket = connectTls({ host: address, port, rejectUnauthorized: false, ALPNProtocols: ["dot"] });
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("secureConnect", resolve).once("close", resolve));
      return socket;
    }),
  );
  await pause(200);
  const each = (memoryOf(child.pid ?? 0) - before) / idleConnections / 1024;
  tell(`tls-idle ${name.padEnd(6)} ${each.toFixed(1)} KiB for each of ${open.length} connections`);
  for (const socket of open) socket.destroy();
}

function writeFiles(folder: string): Files {
  const now = Date.now();
  const root = makeRoot(["test"], now);
  const issuing = makeIssuing(root, ["test"], now);
  const own = makePrivateKey();
  const leaf = issueLeaf(issuing, { names: ["ns1.test"], publicKey: createPublicKey(own), now });
  const files = { certificate: join(folder, "tls.pem"), key: join(folder, "tls.key") };
  writeFileSync(files.certificate, `${leaf}${issuing.certificate}`);
  writeFileSync(files.key, own.export({ type: "pkcs8", format: "pem" }));
  return { ...files, zone: writePlainZone(folder, plainApex) };
}

async function startPeer(program: string, parameters: readonly string[], port: number): Promise<Server> {
  const log = openSync("/dev/null", "w");
  const startedAt = performance.now();
  const child = spawn(program, parameters, { stdio: ["ignore", log, log] });
  closeSync(log);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} has ended`);
    const socket = connectTls({ host: address, port, rejectUnauthorized: false });
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once("secureConnect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isThere) return { port, child, startedInMs: performance.now() - startedAt };
    await pause(20);
  }
}

function writeNsd(folder: string, { certificate, key, zone }: Files, port: number): string {
  const own = mkdtempSync(join(folder, "nsd-tls-"));
  const file = join(own, "nsd.conf");
  writeFileSync(
    file,
    `server:
  ip-address: ${address}@${port}
  ip-address: ${address}@${port + 100}
  tls-port: ${port + 100}
  tls-service-key: "${key}"
  tls-service-pem: "${certificate}"
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: ""
  database: ""
  pidfile: "${own}/pid"
  xfrdfile: "${own}/xfrd"
  zonelistfile: "${own}/zones"
  rrl-ratelimit: 0
  tcp-count: 1000
remote-control:
  control-enable: no
zone:
  name: ${plainApex}
  zonefile: "${zone}"
`,
  );
  return file;
}

function writeBind(folder: string, { certificate, key, zone }: Files, port: number): string {
  const own = mkdtempSync(join(folder, "bind-tls-"));
  const file = join(own, "named.conf");
  writeFileSync(
    file,
    `tls own { cert-file "${certificate}"; key-file "${key}"; protocols { TLSv1.3; }; };
options {
  directory "${own}";
  listen-on port ${port} { ${address}; };
  listen-on port ${port + 100} tls own { ${address}; };
  listen-on-v6 { none; };
  pid-file "${own}/pid"; session-keyfile "${own}/session.key";
  recursion no; dnssec-validation no; empty-zones-enable no; tcp-clients 1000;
};
controls { };
zone "${plainApex}" { type primary; file "${zone}"; };
`,
  );
  return file;
}
