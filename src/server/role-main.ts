// The program that every role runs in. All it does itself is to have compiled code kept in the data folder: a role that
// was killed is back in half the time.

import { enableCompileCache } from "node:module";

enableCompileCache(process.argv[2]);
const { runRole } = await import("./role-process.ts");
await runRole();
