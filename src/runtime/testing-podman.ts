// A Podman of a test's own: its service on a socket, with storage and settings below a temporary folder, and a small image made here out of
// busybox. Whether Podman can run anything on this machine is tried first: where it cannot, the probe that failed says why.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DockerClient } from "./docker-client.ts";
import { rlimitOf } from "./rlimits.ts";
import { removeFolder, temporaryFolder, until } from "./testing.ts";
import { busyboxLayer } from "./testing-images.ts";

/** What the image of tests is called. */
export const testImage = "localhost/fairlead-test:1";

/** A Podman that runs. */
export interface Podman {
  readonly socket: string;
  /** Ends and starts its service; containers run on. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Runs the command with the same storage, and gives what it printed. */
  run(...words: string[]): string;
  /** Ends all of it and removes its storage. */
  close(): Promise<void>;
}

/** Starts one with the image of tests in its store, having run a container of it once; else which probe failed. */
export async function startPodman(): Promise<Podman | { readonly failedProbe: string }> {
  for (const program of ["podman", "busybox"])
    if (spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0)
      return { failedProbe: `there is no program "${program}" (Debian: podman, runc, busybox-static)` };
  const folder = temporaryFolder();
  const podman = new LocalPodman(folder);
  try {
    await podman.start();
    podman.run("import", podman.imageFile(), testImage);
    const trial = `run --rm --network=bridge -p 127.0.0.1::80 --memory=64m --cpus=0.5 --pids-limit=64 ${testImage} sleep 0`;
    podman.run(...trial.split(" "));
    return podman;
  } catch (error) {
    await podman.close();
    return { failedProbe: (error as Error).message };
  }
}

class LocalPodman implements Podman {
  readonly socket: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #service: ChildProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.socket = join(folder, "podman.sock");
    const settings = join(folder, "containers.conf");
    const most = (name: Parameters<typeof rlimitOf>[0]): number => Math.min(rlimitOf(name), 20_000);
    writeFileSync(
      settings,
      `[containers]
default_ulimits=["nofile=${most("Max open files")}:${most("Max open files")}","nproc=${most("Max processes")}:${most("Max processes")}"]
[engine]
cgroup_manager="cgroupfs"
runtime="runc"
events_logger="file"
`,
    );
    this.#env = { ...process.env, CONTAINERS_CONF: settings, TMPDIR: folder };
  }

  async start(): Promise<void> {
    const words = ["system", "service", "--time=0", `unix://${this.socket}`];
    const service = spawn("podman", [...this.#storage(), ...words], {
      cwd: this.#folder, // its monitors leave files where they are started
      env: this.#env,
      stdio: "ignore",
    });
    this.#service = service;
    service.once("error", () => {}); // the ping fails then
    await until("Podman's service answers", async () => {
      if (service.exitCode !== null)
        throw new Error(`podman system service ended with status ${service.exitCode}`);
      return new DockerClient(this.socket).ping().then(
        () => true,
        () => false, // not yet
      );
    });
  }

  async stop(): Promise<void> {
    const service = this.#service;
    if (!service || service.exitCode !== null) return;
    const isOver = new Promise((resolve) => service.once("exit", resolve));
    service.kill("SIGKILL");
    await isOver;
  }

  run(...words: string[]): string {
    const { status, stdout, stderr } = spawnSync("podman", [...this.#storage(), ...words], {
      cwd: this.#folder,
      env: this.#env,
      encoding: "utf8",
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`podman ${words.slice(0, 2).join(" ")}: ${stderr.trim()}`);
    return stdout;
  }

  async close(): Promise<void> {
    try {
      this.run("rm", "--all", "--force", "--time=0");
    } catch {
      // It never came up.
    }
    await this.stop();
    spawnSync("umount", [join(this.#folder, "root/overlay")]); // Podman leaves its own mount behind
    removeFolder(this.#folder);
  }

  /** The file system of the test image, in a file. */
  imageFile(): string {
    const path = join(this.#folder, "image.tar");
    writeFileSync(path, busyboxLayer());
    return path;
  }

  #storage(): string[] {
    return [
      "--root",
      join(this.#folder, "root"),
      "--runroot",
      join(this.#folder, "run"),
      "--log-level=error",
    ];
  }
}
