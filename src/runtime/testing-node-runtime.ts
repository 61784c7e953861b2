// A program for tests that kill runtimes: a runtime of nodes in a process of its own. Its one argument is JSON: its folder, how the engine is
// called, the engine's socket, and the nodes that are wanted; it writes each state as a line of JSON.

import { writeSync } from "node:fs";
import { join } from "node:path";
import type { ContainerNodeObject } from "#contract";
import { DockerEngine } from "./docker-engine.ts";
import { ImageStore } from "./image-store.ts";
import { NodeRuntime } from "./node-runtime.ts";
import { ProcessEngine } from "./process-engine.ts";

/** What the program is told. */
export interface RuntimeProgramOrder {
  readonly folder: string;
  /** The engine's socket; absent where there is none. */
  readonly socket?: string;
  readonly nodes: readonly ContainerNodeObject[];
}

const { folder, socket, nodes } = JSON.parse(process.argv[2] ?? "") as RuntimeProgramOrder;
const store = new ImageStore(join(folder, "images"));
const logOctets = 1 << 20;
new NodeRuntime({
  folder: join(folder, "nodes"),
  engines: {
    process: new ProcessEngine({ graceMs: 1000, logOctets, store }),
    docker: new DockerEngine({
      place: socket === undefined ? { reason: "There is no container engine" } : { socket },
      platformId: "platform-a",
      logOctets,
      store,
    }),
  },
  open: (_, sealed) => Buffer.from(sealed),
  onState: (state) => void writeSync(1, `${JSON.stringify(state)}\n`),
  graceMs: 1000,
  backOffMs: 20,
  watchMs: 200,
}).apply(nodes);
