// `npm start`: installs what is missing, then starts the platform with the example domain and stays in front.

import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { buildConsole } from "./console.mjs";
import { prepare, root } from "./prepare.mjs";

/** The environment without what npm put there: instances are to have that of the person who started the platform. */
function withoutNpm(environment) {
  const own = Object.entries(environment).filter(
    ([name, value]) =>
      !/^npm_|^INIT_CWD$/.test(name) && !(name === "NODE" && value === environment["npm_node_execpath"]),
  );
  // npm puts folders of its own before those of the person.
  const folders = (environment["PATH"] ?? "").split(delimiter);
  const first = folders.findIndex((folder) => !/node_modules[/\\]\.bin$|node-gyp-bin$/.test(folder));
  return { ...Object.fromEntries(own), PATH: folders.slice(Math.max(0, first)).join(delimiter) };
}

prepare();
buildConsole();
const child = spawn(
  process.execPath,
  [join(root, "bin", "fairlead"), "up", "--example", ...process.argv.slice(2)],
  {
    stdio: "inherit",
    env: withoutNpm(process.env),
  },
);
process.on("SIGINT", () => {}); // Ctrl-C reaches the platform too: wait until it has stopped
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
