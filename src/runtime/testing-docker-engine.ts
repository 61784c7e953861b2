// The `docker` engine on a Podman of the tests' own, as the contract suite takes it (node-runtime.contract.ts).

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DockerEngine } from "./docker-engine.ts";
import { ImageStore } from "./image-store.ts";
import { noEngine } from "./no-engine.ts";
import type { EngineUnderTest } from "./node-runtime.contract.ts";
import { testImage, type Podman } from "./testing-podman.ts";

/** How long a monitor may take to end, in milliseconds. */
const monitorLimitMs = 60_000;

/** The engine as the suite takes it. */
export function dockerUnderTest(podman: Podman): EngineUnderTest {
  return {
    name: "docker",
    title: "engine docker",
    make: (folder) => ({
      process: noEngine("process", "It is not tried here"),
      docker: new DockerEngine({
        store: new ImageStore(join(folder, "images")),
        place: { socket: podman.socket },
        platformId: "platform-a",
        logOctets: 1 << 20,
      }),
    }),
    image: () => Promise.resolve({ image: testImage }),
    // busybox's httpd leaves SIGTERM to the system, which does nothing for a first process: the shell in front of it minds it.
    serve: (text) => [
      "sh",
      "-c",
      `echo -n '${text}' > /www/index.html; httpd -f -p $HOST:$PORT -h /www & trap 'kill $!; exit 0' TERM; echo hello; wait`,
    ],
    port: 80,
    tellsOutOfMemory: false,
    killScale: 3,
    startMs: 120_000,
    leftovers: async () => {
      const containers = podman
        .run("ps", "--all", "--quiet", "--no-trunc")
        .split("\n")
        .filter((id) => id !== "");
      return containers.length > 0 ? containers : lastingMonitorsOf(podman);
    },
  };
}

/** A monitor ends by itself a moment after the container that it watched is gone: those that do not. */
async function lastingMonitorsOf(podman: Podman): Promise<string[]> {
  const end = performance.now() + monitorLimitMs;
  for (;;) {
    const found = monitorsOf(podman);
    if (found.length === 0 || performance.now() >= end) return found;
    await pause(10);
  }
}

/** Processes that watch a container of this Podman. */
function monitorsOf({ socket }: Podman): string[] {
  const folder = socket.slice(0, socket.lastIndexOf("/"));
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words[0]?.endsWith("conmon") && words.some((word) => word.startsWith(folder));
    } catch {
      return false; // it is gone
    }
  });
}
