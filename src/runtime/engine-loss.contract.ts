// What comes of nodes when a real container engine goes away and comes back, with images of the platform's store, and with containers of others beside
// them. With a Podman of the tests' own; seconds long, so among the tests of the platform.

import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ContainerNodeObject, ContainerNodeState } from "#contract";
import { dockerUnderTest } from "./testing-docker-engine.ts";
import { ImageStore } from "./image-store.ts";
import { NodeRuntime } from "./node-runtime.ts";
import { testImage, type Podman } from "./testing-podman.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";
import { busyboxLayer, ociArchive, savedArchive } from "./testing-images.ts";

const address = "127.0.0.1";
const limitMs = 120_000;

/** Runs the suite on a Podman. */
export function runEngineLossContract(podman: Podman): void {
  const subject = dockerUnderTest(podman);
  let folder: string;
  let runtime: NodeRuntime;
  let seen: ContainerNodeState[];
  let count = 0;

  beforeEach(() => {
    folder = temporaryFolder();
    seen = [];
    runtime = new NodeRuntime({
      folder: join(folder, "nodes"),
      engines: subject.make(folder),
      open: (_, sealed) => Buffer.from(sealed),
      onState: (state) => void seen.push(state),
      graceMs: 2000,
      backOffMs: 50,
      watchMs: 200,
    });
  });

  afterEach(async () => {
    runtime.apply([]);
    await until("all nodes gone", () => runtime.states().length === 0, limitMs);
    await runtime.close("leave");
    removeFolder(folder);
  });

  async function web(image: object): Promise<ContainerNodeObject> {
    return {
      kind: "container-node",
      id: `e${process.pid}-${++count}`,
      serviceId: "s",
      service: "shop",
      version: 1,
      number: 1,
      containers: [
        {
          name: "web",
          image: ":shop.web.1",
          ...image,
          command: subject.serve("here"),
          ports: { "80": "HTTP" },
        },
      ],
      address,
      publicEndpoint: { container: "web", port: 80, listen: { address, port: await freePort(address) } },
      limits: { cpus: 0.5, memoryOctets: 128 << 20 },
      desired: "running",
    };
  }
  const page = async ({ publicEndpoint }: ContainerNodeObject): Promise<string> =>
    (await fetch(`http://${address}:${publicEndpoint?.listen.port}/`)).text();
  const runs = (): Promise<ContainerNodeState> =>
    until(
      `running, not ${JSON.stringify(seen.at(-1))}`,
      () => seen.find(({ state }) => state === "running"),
      limitMs,
    );

  test("containers serve on while the engine is away, are told of as such, and are the same when it is back", async () => {
    const shop = await web({ image: testImage });
    runtime.apply([shop]);
    const { containers } = await runs();
    await podman.stop();
    await until("told of", () => seen.at(-1)?.reason?.startsWith("Cannot ask the container engine"), limitMs);
    expect(seen.at(-1)?.state).toBe("running");
    expect(await page(shop)).toBe("here");
    await podman.start();
    await until(
      "all is well",
      () => seen.at(-1)?.state === "running" && seen.at(-1)?.reason === undefined,
      limitMs,
    );
    expect(seen.at(-1)?.containers[0]?.pid).toBe(containers[0]?.pid);
    expect(await page(shop)).toBe("here");
  });

  test("a node that should go while the engine is away goes when it is back", async () => {
    const shop = await web({ image: testImage });
    runtime.apply([shop]);
    await runs();
    await podman.stop();
    runtime.apply([]);
    await until(
      "told of",
      () => seen.at(-1)?.state === "stopping" && seen.at(-1)?.reason !== undefined,
      limitMs,
    );
    expect(await page(shop)).toBe("here");
    await podman.start();
    await until("gone", () => runtime.states().length === 0, limitMs);
    expect(await subject.leftovers(folder)).toEqual([]);
  });

  test.each([
    ["an OCI layout", (): Buffer => ociArchive({ layers: [busyboxLayer()], compression: "gzip" }).archive],
    ["what `docker save` writes", (): Buffer => savedArchive({ layers: [busyboxLayer()] })],
  ])(
    "an image of the platform's store that came as %s is brought to the engine, and goes when it is removed",
    async (_, archive) => {
      const store = new ImageStore(join(folder, "images"));
      const { digest } = await store.add(Readable.from([archive()]));
      const shop = await web({ storedImage: digest });
      runtime.apply([shop]);
      await runs();
      expect(await page(shop)).toBe("here");
      const names = (): Promise<string[]> =>
        runtime.images().then(({ images }) => images.flatMap(({ references }) => references));
      expect((await names()).filter((name) => name.startsWith("localhost/fairlead-platform:"))).toHaveLength(
        1,
      );
      runtime.apply([]);
      await until("gone", () => runtime.states().length === 0, limitMs);
      store.remove(digest);
      const [other] = Object.values(subject.make(folder)).filter(({ name }) => name === "docker");
      await other?.list([]);
      await other?.close();
      expect((await names()).filter((name) => name.startsWith("localhost/fairlead-"))).toEqual([testImage]);
    },
  );

  test("containers of others are left alone, whatever is asked for", async () => {
    const label = "--label=fairlead.platform=another";
    const id = podman
      .run("run", "--detach", label, "--label=fairlead.node=old", testImage, "sleep", "1000")
      .trim();
    const shop = await web({ image: testImage });
    runtime.apply([shop]);
    await runs();
    runtime.apply([]);
    await until("gone", () => runtime.states().length === 0, limitMs);
    expect(podman.run("ps", "--quiet", "--no-trunc").trim()).toBe(id);
    podman.run("rm", "--force", "--time=0", id);
  });

  test("an image that the engine has not fails the node with the reason", async () => {
    runtime.apply([await web({ image: "localhost/no-such-image:1" })]);
    await until(
      "the reason",
      () => seen.at(-1)?.reason?.includes('has no image "localhost/no-such-image:1"'),
      limitMs,
    );
    expect(await subject.leftovers(folder)).toEqual([]);
  });
}
