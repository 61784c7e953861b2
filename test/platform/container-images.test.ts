// Images on a whole platform, on each engine that this machine can run them with: pushed out of an archive, deployed one after the other under
// load, scaled, rolled back; and what comes of images that are none, and of an engine that is away.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerEngine, ContainerEngineList, ContainerImage, ContainerService } from "#contract";
import { busyboxLayer, ociArchive, startPodman, testImage, whyNoRoots } from "#runtime/contract-suites";
import { startPlatform, type Platform } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-images-"));
const path = "/v1/container-services/app";
const podman = await startPodman();
const noRoots = whyNoRoots();

afterAll(async () => {
  if (!("failedProbe" in podman)) await podman.close();
  rmSync(folder, { recursive: true, force: true });
});

/** busybox's httpd leaves SIGTERM to the system, which does nothing for a first process: the shell in front of it minds it. */
function serve(text: string): string[] {
  const script = `echo -n ${text} > /www/index.html; httpd -f -p $HOST:$PORT -h /www & trap 'kill $!; exit 0' TERM; echo serving ${text}; wait`;
  return ["/bin/sh", "-c", script];
}

/** An image in a file, whose command serves its version. */
function imageFile(version: string): string {
  const { archive } = ociArchive({ layers: [busyboxLayer()], config: { Cmd: serve(version) } });
  const file = join(folder, `${version}.tar`);
  writeFileSync(file, archive);
  return file;
}

const engines: [ContainerEngine, string | undefined, string][] = [
  [
    "docker",
    "failedProbe" in podman ? podman.failedProbe : undefined,
    "socket" in podman ? podman.socket : "none",
  ],
  ["process", noRoots, "none"],
];

describe.each(engines)("engine %s", (engine, whyNot, socket) => {
  if (whyNot !== undefined) {
    test.skip(`images cannot be run so here: ${whyNot}`, () => expect(whyNot).toBeUndefined());
    return;
  }
  let platform: Platform;
  beforeAll(async () => {
    platform = await startPlatform({ environment: { FAIRLEAD_DOCKER_HOST: socket } });
  });
  afterAll(async () => platform?.remove());

  const deployment = (image: string, given: object = {}): object => ({
    containers: { web: { image, ports: { "80": "HTTP" }, ...given } },
    publicEndpoint: {
      containerName: "web",
      containerPort: 80,
      healthCheck: { successCodes: "200", intervalMs: 1000, timeoutMs: 900, unhealthyThreshold: 10 },
    },
  });

  const service = (): Promise<ContainerService> => platform.call("GET", path);

  /** Visitors until told to stop, and what they got, counted. */
  const load = (): {
    readonly counts: Readonly<Record<string, number>>;
    readonly stop: () => Promise<void>;
  } => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const counts: Record<string, number> = {};
    let isOver = false;
    const visit = async (): Promise<void> => {
      while (!isOver) {
        const outcome = await new Promise<string>((resolve) => {
          const place = { host: platform.address("127.53.8.1"), port: platform.port(8080) };
          const asked = request({ agent, ...place, path: "/" }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part: string) => (text += part));
            response.on("end", () => resolve(`${response.statusCode} ${text}`));
            response.on("error", (error) => resolve(error.message));
          });
          asked.on("error", (error) => resolve(error.message)).end();
        });
        counts[outcome] = (counts[outcome] ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const all = Promise.all(Array.from({ length: 4 }, visit));
    const stop = async (): Promise<void> => {
      isOver = true;
      await all;
      agent.destroy();
    };
    return { counts, stop };
  };

  test("what runs containers is told, and which images the container engine has", async () => {
    const found = await platform.call<ContainerEngineList>("GET", "/v1/container-engines");
    const [processes, docker] = ["process", "docker"].map((name) =>
      found.engines.find((one) => one.engine === name),
    );
    expect(processes).toMatchObject({ isPresent: true });
    expect(docker?.isPresent).toBe(engine === "docker");
    expect(found.images.some(({ references }) => references.includes(testImage))).toBe(engine === "docker");
    const { stdout } = platform.fairlead("container-service", "engines");
    expect(stdout).toMatch(engine === "docker" ? /docker +yes +Podman Engine/ : /docker +no .*switched off/);
  });

  test("images that are pushed are deployed ten times under load, scaled 1, 5, 2 and rolled back, and no request is lost", async () => {
    await platform.succeed("POST", "/v1/container-services", { name: "app", power: "micro", scale: 1 });
    for (const version of ["one", "two"]) {
      const pushed = platform.json<{ image: string }>("push-image", "app", "web", imageFile(version));
      expect(pushed.image).toBe(`:app.web.${version === "one" ? 1 : 2}`);
    }
    await platform.succeed("POST", `${path}/deployments`, deployment(":app.web.1"));
    expect((await service()).nodes.map((node) => node.engine)).toEqual([engine]);
    const { counts, stop } = load();
    await platform.succeed("POST", `${path}/deployments`, deployment(":app.web.latest"));
    for (let i = 0; i < 8; i++)
      await platform.succeed("POST", `${path}/deployments`, deployment(`:app.web.${(i % 2) + 1}`));
    for (const scale of [5, 2]) await platform.succeed("PUT", path, { scale });
    await platform.succeed("POST", `${path}/deployments/1/roll-back`, {});
    await stop();
    expect(Object.keys(counts).sort()).toEqual(["200 one", "200 two"]);
    expect((await service()).currentDeployment).toMatchObject({
      version: 11,
      state: "ACTIVE",
      rollsBackTo: 1,
    });
    const { containerImages } = await platform.call<{ containerImages: ContainerImage[] }>(
      "GET",
      `${path}/images`,
    );
    expect(containerImages.map(({ usedBy }) => usedBy)).toEqual([[], [11]]);
    const logs = platform.json<{ message: string }[]>(
      "container-service",
      "logs",
      "app",
      "web",
      "--filter",
      "two",
    );
    expect(logs.map(({ message }) => message)).toContain("serving two");
  });

  test("what is no image is refused, and a deployment that cannot run leaves what serves", async () => {
    writeFileSync(join(folder, "none.tar"), "this is no archive".repeat(100));
    const refused = platform.fairlead("push-image", "app", "web", join(folder, "none.tar"));
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("(image-malformed)")]);
    const missing = await platform.change(
      "POST",
      `${path}/deployments`,
      deployment("localhost/nowhere/none:1"),
    );
    expect(missing).toMatchObject({ status: "Failed", errorCode: "deployment-failed" });
    expect(missing.errorDetails).toMatch(engine === "docker" ? /none:1/ : /container engine|switched off/);
    const ends = await platform.change(
      "POST",
      `${path}/deployments`,
      deployment(":app.web.1", { command: ["/bin/sh", "-c", "exit 3"] }),
    );
    expect(ends.errorDetails).toMatch(/status 3/);
    expect((await service()).currentDeployment?.version).toBe(11);
  });

  if (engine === "docker" && !("failedProbe" in podman)) {
    test("an engine that is away fails a deployment with the reason; what runs serves on, and the next one is well once it is back", async () => {
      const { counts, stop } = load();
      // Of the engine's own store: one that was pushed would run without an engine meanwhile.
      const own = deployment(testImage, { command: serve("three") });
      await podman.stop();
      try {
        const failed = await platform.change("POST", `${path}/deployments`, own);
        expect(failed).toMatchObject({ status: "Failed", errorCode: "deployment-failed" });
      } finally {
        await podman.start();
      }
      await platform.succeed("POST", `${path}/deployments`, own);
      await expect.poll(() => Object.keys(counts)).toContain("200 three");
      await stop();
      expect(Object.keys(counts).sort()).toEqual(["200 one", "200 three"]);
    });
  }

  test("a service that is deleted leaves neither containers nor images", async () => {
    await platform.succeed("DELETE", path);
    if (engine === "docker" && !("failedProbe" in podman))
      expect(podman.run("ps", "--all", "--quiet")).toBe("");
    expect(platform.json("container-service", "list")).toEqual([]);
  });
});
