// The `process` engine as the contract suite takes it (node-runtime.contract.ts).

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { findControlGroups, foldersOf } from "./control-groups.ts";
import { ImageStore } from "./image-store.ts";
import { noEngine } from "./no-engine.ts";
import type { EngineUnderTest } from "./node-runtime.contract.ts";
import { ProcessEngine } from "./process-engine.ts";
import { busyboxLayer, ociArchive } from "./testing-images.ts";
import { instanceVariable } from "./strays.ts";

/** The engine of processes, with folders of this machine as images. */
export const processUnderTest: EngineUnderTest = {
  name: "process",
  title: "engine process with folders",
  make: (folder) => ({
    process: new ProcessEngine({
      graceMs: 3000,
      logOctets: 1 << 20,
      store: new ImageStore(join(folder, "images")),
    }),
    docker: noEngine("docker", "There is no container engine"),
  }),
  image: (folder) => Promise.resolve({ image: `folder:${folder}` }),
  serve: (text) => [
    process.execPath,
    "-e",
    `require("http").createServer((q, s) => s.end(${JSON.stringify(text)}))
      .listen(process.env.PORT, process.env.HOST, () => console.log("hello"))`,
  ],
  port: 8080,
  tellsOutOfMemory: true,
  killScale: 1,
  startMs: 60_000,
  leftovers: (folder) => Promise.resolve([...processesOf(folder), ...groupsOf(folder)]),
};

/** The same with images of the platform's store, in roots of their own. */
export const processImagesUnderTest: EngineUnderTest = {
  ...processUnderTest,
  title: "engine process with images",
  async image(folder) {
    const store = new ImageStore(join(folder, "images"));
    const { archive } = ociArchive({ layers: [busyboxLayer()], compression: "gzip" });
    const { digest } = await store.add(Readable.from([archive]));
    return { image: ":shop.web.1", storedImage: digest };
  },
  // busybox's httpd leaves SIGTERM to the system, which does nothing for a first process: the shell in front of it minds it.
  serve: (text) => [
    "sh",
    "-c",
    `echo -n '${text}' > /www/index.html; httpd -f -p $HOST:$PORT -h /www & trap 'kill $!; exit 0' TERM; echo hello; wait`,
  ],
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
