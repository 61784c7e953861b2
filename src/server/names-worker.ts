// What a names worker starts with: it has compiled code kept, as role-main.ts has for the role's main thread, and loads its program.

import { enableCompileCache } from "node:module";
import { workerData } from "node:worker_threads";

enableCompileCache((workerData as { data: { cache: string } }).data.cache);
await import("./names-worker-program.ts");
