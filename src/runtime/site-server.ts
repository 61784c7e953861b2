// The program behind an instance of kind "site": serves the folder named in its one argument on HOST and PORT, and
// ends on SIGTERM once the requests under way are answered.

import { createServer } from "node:http";
import { serveSite } from "./site.ts";

/** How long requests under way may take after SIGTERM, in milliseconds; below the shim's grace period. */
const drainMs = 5000;

const { HOST: host = "127.0.0.1", PORT: port = "0" } = process.env;
const server = createServer(serveSite(process.argv[2] ?? "."));
server.on("error", (error) => {
  process.stderr.write(`Cannot serve on ${host}:${port}: ${error.message}\n`);
  process.exit(1);
});
server.on("listening", () => process.stdout.write(`Serving on http://${host}:${port}/\n`));
server.listen(Number(port), host);

process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), drainMs).unref();
});
