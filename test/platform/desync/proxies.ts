// nginx and HAProxy as reverse proxies for tests: each in the foreground in a folder of its own, on a free loopback port, ended by its id.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "#runtime/testing";

/** A proxy in service. */
export interface Proxy {
  readonly port: number;
  readonly pid: number;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** How long a proxy may take to listen, in milliseconds. */
const startLimitMs = 60_000;

/**
 * Starts nginx in front of an origin.
 * @param isLarge  true for buffers that hold what is just within the edge's limits; false for those it has by itself
 */
export async function startNginx(originPort: number, isLarge: boolean = true): Promise<Proxy> {
  return start("nginx", (folder, port) => {
    for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
    const file = join(folder, "nginx.conf");
    writeFileSync(
      file,
      `
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 512; }
http {
  access_log off; server_tokens off; merge_slashes off; underscores_in_headers on; client_max_body_size 0;
  ${isLarge ? "client_header_buffer_size 96k; large_client_header_buffers 8 96k;" : ""} keepalive_requests 10000000; keepalive_timeout 60s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 16; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off; ${isLarge ? "proxy_buffer_size 64k; proxy_buffers 8 64k;" : ""}
      proxy_set_header Host $http_host; proxy_set_header Connection ""; proxy_next_upstream off;
    }
  }
}
`,
    );
    return ["-p", folder, "-e", join(folder, "error.log"), "-c", file];
  });
}

/** Starts nginx as a cache in front of an origin: everything is kept for an hour, on the fastest medium there is. */
export async function startNginxCache(originPort: number): Promise<Proxy> {
  return start("nginx", (folder, port) => {
    for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi", "cache"]) mkdirSync(join(folder, name));
    const file = join(folder, "nginx.conf");
    writeFileSync(
      file,
      `
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 512; }
http {
  access_log off; server_tokens off; keepalive_requests 10000000; keepalive_timeout 60s; sendfile on; tcp_nopush on;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=pages:10m use_temp_path=off; open_file_cache max=1000;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 16; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache pages; proxy_cache_valid 200 1h; add_header X-Cache $upstream_cache_status;
    }
  }
}
`,
    );
    return ["-p", folder, "-e", join(folder, "error.log"), "-c", file];
  });
}

/** Starts nginx as an origin that answers everything with the same page. */
export async function startPage(octets: number): Promise<Proxy> {
  return start("nginx", (folder, port) => {
    const file = join(folder, "nginx.conf");
    for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
    writeFileSync(
      file,
      `
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 512; }
http {
  access_log off; server_tokens off; keepalive_requests 10000000; keepalive_timeout 60s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; default_type text/html; location / { return 200 "${"x".repeat(octets)}"; } }
}
`,
    );
    return ["-p", folder, "-e", join(folder, "error.log"), "-c", file];
  });
}

/** Starts HAProxy in front of an origin; `isLarge` as for nginx. */
export async function startHaproxy(originPort: number, isLarge: boolean = true): Promise<Proxy> {
  return start("haproxy", (folder, port) => {
    const file = join(folder, "haproxy.cfg");
    writeFileSync(
      file,
      `
global
  maxconn 512
  nbthread 1
  ${isLarge ? "tune.bufsize 131072\n  tune.http.maxhdr 300" : ""}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-keep-alive 60s
  retries 0
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  server origin 127.0.0.1:${originPort}
`,
    );
    return ["-db", "-q", "-f", file];
  });
}

async function start(program: string, configure: (folder: string, port: number) => string[]): Promise<Proxy> {
  for (let attempt = 0; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), `fl-${program}-`));
    const port = await freePort("127.0.0.1");
    const child = spawn(program, configure(folder, port), { stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (printed += text));
    const ended = new Promise<void>((resolve) => {
      child.once("error", (error) => {
        printed += error.message;
        resolve();
      });
      child.once("exit", () => resolve());
    });
    const stop = async (): Promise<void> => {
      end(child);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    if (await Promise.race([listens(port), ended.then(() => false)]))
      return { port, pid: child.pid ?? -1, stop };
    await stop();
    // The port may have been taken in the meantime.
    if (attempt === 2) throw new Error(`${program} does not start: ${printed}`);
  }
}

function end(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) child.kill("SIGKILL");
}

async function listens(port: number): Promise<boolean> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => resolve(false)).once("connect", () => socket.destroy());
    });
    if (isOpen) return true;
    await setTimeout(20);
  }
  return false;
}
