// The program behind a launched instance, in its own folder: runs the launch script once, with HOST and PORT in its environment, and then
// serves the pages in `www`. A script that goes on and listens is the instance's server itself, and runs each time; one that leaves a
// server behind is let serve. A script that fails ends the instance, and is tried again when that is rebooted.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { constants } from "node:os";
import {
  launchedPages,
  launchScriptPath,
  putStartPage,
  readOutcome,
  writeOutcome,
  type LaunchOrder,
} from "./launch.ts";
import { acceptsConnections } from "./readiness.ts";
import { serveSite } from "./site.ts";

/** How often is looked whether the script listens, or the port is free again, in milliseconds. */
const lookMs = 500;
/** How long requests under way may take after SIGTERM, in milliseconds; below the shim's grace period. */
const drainMs = 5000;

const folder = process.cwd();
const order = JSON.parse(process.argv[2] ?? "{}") as LaunchOrder;
const { HOST: host = "127.0.0.1", PORT: port = "0" } = process.env;
let isStopping = false;

process.on("SIGTERM", () => {
  isStopping = true;
});

const status = await launch();
if (status !== 0) {
  process.stderr.write(`The launch script ended with status ${status}; a reboot tries it again\n`);
  process.exit(status);
}
putStartPage(folder, order);
serve();

/** Runs the script where it is still to be run. @returns its status, or the one that it had */
async function launch(): Promise<number> {
  const before = readOutcome(folder);
  const isDue = before === undefined || (before.status !== 0 && before.generation !== order.generation);
  if (!existsSync(launchScriptPath(folder)) || !isDue) return before?.status ?? 0;
  let hasListened = false;
  const looking = setInterval(() => {
    void acceptsConnections(host, Number(port), lookMs).then((accepts) => (hasListened ||= accepts));
  }, lookMs);
  const ended = await runScript();
  clearInterval(looking);
  // It was told to end, or was a server that broke: it runs again with the next start.
  if (isStopping) process.exit(0);
  if (ended !== 0 && hasListened) process.exit(ended);
  writeOutcome(folder, { status: ended, generation: order.generation });
  return ended;
}

function runScript(): Promise<number> {
  const path = launchScriptPath(folder);
  const hasInterpreter = readFileSync(path).subarray(0, 2).toString() === "#!";
  const [file, words] = hasInterpreter ? [path, []] : ["/bin/sh", [path]];
  const script = spawn(file, words, {
    cwd: folder,
    env: { ...process.env, HOME: folder },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => {
    script.once("error", (error) => {
      process.stderr.write(`Cannot run the launch script: ${error.message}\n`);
      resolve(126); // as a shell says of what it cannot run
    });
    script.once("exit", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Serves the pages; while what the script left behind has the port, that serves. */
function serve(): void {
  if (isStopping) process.exit(0);
  const server = createServer(serveSite(launchedPages(folder)));
  server.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") {
      setTimeout(() => server.listen(Number(port), host), lookMs);
      return;
    }
    process.stderr.write(`Cannot serve on ${host}:${port}: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(Number(port), host);
  process.on("SIGTERM", () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    // One that waits for the port has no connections to close.
    if (!server.listening) process.exit(0);
    setTimeout(() => process.exit(0), drainMs).unref();
  });
}
