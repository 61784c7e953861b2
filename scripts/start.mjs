// `npm start`: installs what is missing, then starts the platform with the example domain and stays in front.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

prepare();
const child = spawn(
  process.execPath,
  [join(root, "bin", "fairlead"), "up", "--example", ...process.argv.slice(2)],
  {
    stdio: "inherit",
  },
);
process.on("SIGINT", () => {}); // Ctrl-C reaches the platform too: wait until it has stopped
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
