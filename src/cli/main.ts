// The command line's entry. It only switches on the cache of compiled code, so that what it then loads comes from there: a command is
// up in half the time. The cache lies with the person's other caches and is made anew by itself.

import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "fairlead", "compiled");
enableCompileCache(cache);
// It is this program's alone, and not of those that it starts; a name server starts none, and its threads go by the same.
if (process.env["NODE_COMPILE_CACHE"] === cache && process.argv[2] !== "name-server")
  delete process.env["NODE_COMPILE_CACHE"];
// Who reads the output may have seen enough (`fairlead history | head`): that is no failure, and the rest is not written.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
const { runCommandLine } = await import("./run.ts");
const code = await runCommandLine(process.argv.slice(2));
// A command may have set another one: a trace that found a broken hop has run well, and says so by its code.
process.exitCode = code || process.exitCode || 0;
