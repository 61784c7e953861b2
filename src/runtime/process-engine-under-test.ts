// The `process` engine as the contract suite takes it (node-runtime.contract.ts).

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findControlGroups, foldersOf } from "./control-groups.ts";
import { noEngine } from "./no-engine.ts";
import type { EngineUnderTest } from "./node-runtime.contract.ts";
import { ProcessEngine } from "./process-engine.ts";
import { instanceVariable } from "./strays.ts";

/** The engine of processes, with folders of this machine as images. */
export const processUnderTest: EngineUnderTest = {
  name: "process",
  make: () => ({
    process: new ProcessEngine({ graceMs: 3000, logOctets: 1 << 20 }),
    docker: noEngine("docker", "There is no container engine"),
  }),
  image: (folder) => `folder:${folder}`,
  serve: (text) => [
    process.execPath,
    "-e",
    `require("http").createServer((q, s) => s.end(${JSON.stringify(text)}))
      .listen(process.env.PORT, process.env.HOST, () => console.log("hello"))`,
  ],
  port: 8080,
  tellsOutOfMemory: true,
  startMs: 10_000,
  leftovers: (folder) => Promise.resolve([...processesOf(folder), ...groupsOf(folder)]),
};

/** Processes whose environment names a folder below the given one. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`${instanceVariable}=${folder}`);
    } catch {
      return false; // gone, or another user's
    }
  });
}

/** Control groups of the nodes in it. */
function groupsOf(folder: string): string[] {
  const nodes = join(folder, "nodes");
  const ids = existsSync(nodes) ? readdirSync(nodes) : [];
  return ids.flatMap((id) => foldersOf(findControlGroups(), id));
}
