// What the thread that reads zone files ahead starts with: it has compiled code kept, as main.ts has, and loads its program.

import { enableCompileCache } from "node:module";
import { workerData } from "node:worker_threads";

enableCompileCache((workerData as { cache: string }).cache);
await import("./zone-reader-program.ts");
