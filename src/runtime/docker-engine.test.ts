import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ContainerNodeObject, ContainerNodeState } from "#contract";
import { DockerClient, isImageReference } from "./docker-client.ts";
import { DockerEngine } from "./docker-engine.ts";
import { DockerFrameReader } from "./docker-frames.ts";
import { DockerTransport } from "./docker-transport.ts";
import { FakeDocker, frameOf, type TakeOver } from "./testing-docker.ts";
import { findDocker } from "./find-docker.ts";
import { ImageStore } from "./image-store.ts";
import { noEngine } from "./no-engine.ts";
import { NodeRuntime } from "./node-runtime.ts";
import { removeFolder, temporaryFolder, until } from "./testing.ts";

let folder: string;
let fake: FakeDocker;
let runtime: NodeRuntime | undefined;
let seen: ContainerNodeState[];

beforeEach(() => {
  folder = temporaryFolder();
  fake = new FakeDocker(join(folder, "engine.sock"));
});

afterEach(async () => {
  await runtime?.close("leave");
  runtime = undefined;
  await fake.close();
  removeFolder(folder);
});

function engine(): DockerEngine {
  const store = new ImageStore(join(folder, "images"));
  return new DockerEngine({ place: { socket: fake.socket }, platformId: "ours", logOctets: 1 << 20, store });
}

function open(): NodeRuntime {
  seen = [];
  runtime = new NodeRuntime({
    folder: join(folder, "nodes"),
    engines: { docker: engine(), process: noEngine("process", "It is not tried here") },
    open: (_, sealed) => Buffer.from(sealed),
    onState: (state) => void seen.push(state),
    graceMs: 1000,
    backOffMs: 5,
    maxBackOffMs: 20,
    watchMs: 20,
  });
  return runtime;
}

const node: ContainerNodeObject = {
  kind: "container-node",
  id: "n1",
  serviceId: "s",
  service: "shop",
  version: 1,
  number: 1,
  containers: [
    { name: "side", image: "shop:1", ports: {} },
    { name: "web", image: "shop:1", command: ["serve"], ports: { "80": "HTTP" } },
  ],
  address: "127.0.0.1",
  limits: { cpus: 0.25, memoryOctets: 512 << 20 },
  environment: { secretId: "x", sealed: JSON.stringify({ web: { KEY: "value", PORT: "81" } }) },
  desired: "running",
};

const reaches = (state: ContainerNodeState["state"], reason: RegExp = /^/): Promise<ContainerNodeState> =>
  until(`${state} ${reason}, not ${JSON.stringify(seen.at(-1))}`, () =>
    seen.find((one) => one.state === state && reason.test(one.reason ?? "")),
  );

describe("a node on the engine", () => {
  test("its containers are bounded, labelled and in one network, and end in the right order", async () => {
    await fake.listen();
    open().apply([node]);
    await reaches("running");
    const [owner, joined] = [...fake.containers.values()];
    expect(owner?.order).toMatchObject({
      Image: "shop:1",
      HostConfig: {
        NetworkMode: "bridge",
        Memory: 512 << 20,
        MemorySwap: 512 << 20,
        CpuPeriod: 100_000,
        CpuQuota: 25_000,
        PidsLimit: 1024,
        Init: true,
        SecurityOpt: ["no-new-privileges"],
        RestartPolicy: { Name: "no" },
      },
    });
    expect(joined?.order).toMatchObject({ HostConfig: { NetworkMode: `container:${owner?.id}` } });
    expect(joined?.order).not.toHaveProperty("ExposedPorts");
    const web = [owner, joined].find((one) => one?.labels["fairlead.container"] === "web");
    expect(web?.order).toMatchObject({ Cmd: ["serve"], Env: ["HOST=0.0.0.0", "PORT=81", "KEY=value"] });
    expect(await runtime?.usage()).toEqual([
      { nodeId: "n1", serviceId: "s", cpuSeconds: 4, memoryOctets: 120 },
    ]);
    fake.asked.length = 0;
    runtime?.apply([]);
    await until("gone", () => fake.containers.size === 0);
    expect(fake.asked.filter((path) => path.startsWith("DELETE"))).toEqual([
      `DELETE /containers/${joined?.id}`,
      `DELETE /containers/${owner?.id}`,
    ]);
  });

  test("an image that is missing, or is no reference, fails the node with the reason and leaves nothing", async () => {
    await fake.listen();
    open().apply([{ ...node, containers: [{ name: "web", image: "gone:1", ports: {} }] }]);
    await reaches(
      "failed",
      /^Cannot start container "web": the container engine has no image "gone:1"; pull it there, /,
    );
    runtime?.apply([{ ...node, containers: [{ name: "web", image: "../containers/json", ports: {} }] }]);
    await reaches("failed", /is no reference to an image$/);
    expect(fake.containers.size).toBe(0);
    fake.images.add("gone:1");
    runtime?.apply([{ ...node, containers: [{ name: "web", image: "gone:1", ports: {} }] }]);
    await reaches("running");
  });

  test("an engine that refuses a start fails the node with its words, and what was created is removed", async () => {
    await fake.listen();
    fake.takeOver = (_, response, path) => {
      if (!path.endsWith("/start")) return false;
      response
        .writeHead(500)
        .end(JSON.stringify({ message: `port is already\n allocated ${"x".repeat(5000)}` }));
      return true;
    };
    open().apply([node]);
    const { reason = "" } = await reaches("failed", /port is already allocated/);
    expect(reason.length).toBeLessThan(700);
    fake.takeOver = () => false;
    await reaches("running");
    expect(fake.containers.size).toBe(2);
  });

  test("an engine that is absent is waited for; one that goes away leaves its nodes running, and has them again when it is back", async () => {
    open().apply([{ ...node, engine: "docker" }]);
    await reaches("failed", /there is no such socket$/);
    await fake.listen();
    await reaches("running");
    const ids = [...fake.containers.keys()];
    await fake.close();
    await reaches("running", /^Cannot ask the container engine/);
    await fake.listen();
    await until(
      "no reason any more",
      () => seen.at(-1)?.state === "running" && seen.at(-1)?.reason === undefined,
    );
    expect([...fake.containers.keys()]).toEqual(ids);
  });

  test("a runtime that starts ends what its platform left without a record, and touches nothing of others", async () => {
    await fake.listen();
    const mark = (platform: string, id: string): Record<string, string> => ({
      "fairlead.platform": platform,
      "fairlead.node": id,
      "fairlead.container": "web",
      "fairlead.digest": "d",
      "fairlead.network-owner": "1",
    });
    fake.add(mark("ours", "old"));
    fake.add(mark("ours", "../up"));
    const others = [fake.add(mark("theirs", "old")), fake.add({})];
    open().apply([]);
    await until(
      "the old one is gone",
      () =>
        ![...fake.containers.values()].some(
          ({ labels }) => labels["fairlead.platform"] === "ours" && labels["fairlead.node"] === "old",
        ),
    );
    await until("it is told of", () => seen.some(({ id, state }) => id === "old" && state === "stopped"));
    expect(others.every(({ id }) => fake.containers.has(id))).toBe(true);
  });

  test("half a node, as a runtime that was killed leaves it, is ended and started whole", async () => {
    await fake.listen();
    open().apply([node]);
    await reaches("running");
    await runtime?.close("leave");
    const [owner, joined] = [...fake.containers.values()];
    fake.containers.delete(joined?.id ?? "");
    open().apply([node]);
    await reaches("running");
    expect(fake.containers.size).toBe(2);
    expect(fake.containers.has(owner?.id ?? "")).toBe(false);
  });

  test("a container that ended is told of with its status and last lines, whatever else its log holds", async () => {
    await fake.listen();
    fake.takeOver = (_, response, path) => {
      if (!path.endsWith("/logs")) return false;
      response.writeHead(200);
      response.write(frameOf(1, "2026-01-01T00:00:00.123456789Z first\n"));
      response.write(frameOf(2, "2026-01-01T02:00:01.5+02:00 second\r\nno time\n"));
      response.end(Buffer.from("\x07rubbish that is no frame"));
      return true;
    };
    open().apply([{ ...node, containers: node.containers.slice(0, 1) }]);
    await reaches("running");
    const [one] = fake.containers.values();
    if (one) [one.exitCode, one.state] = [3, "exited"];
    const { reason, containers } = await reaches("failed");
    expect(reason).toMatch(
      /^Container "side": It ended with status 3 after \d+\.\d s\nfirst\nsecond\nno time$/,
    );
    expect(containers[0]).toMatchObject({ exitStatus: 3, state: "failed" });
    const { events } = (await runtime?.logs({ serviceId: "s", container: "side", lines: 10 })) ?? {
      events: [],
    };
    expect(events.slice(0, 2).map(({ at, message }) => [new Date(at).toISOString(), message])).toEqual([
      ["2026-01-01T00:00:00.123Z", "first"],
      ["2026-01-01T00:00:01.500Z", "second"],
    ]);
  });
});

describe("answers that are none", () => {
  const answer =
    (text: string): TakeOver =>
    (request) => {
      request.socket.end(text);
      return true;
    };
  const head = "HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\n";

  test.each<[string, TakeOver, RegExp]>([
    ["something else than HTTP", answer("SSH-2.0-OpenSSH\r\n"), /does not speak HTTP/],
    ["no answer", answer(""), /broke off/],
    ["half a head", answer("HTTP/1.1 200 OK\r\nA: "), /broke off|does not speak HTTP/],
    ["half a body", answer(`${head}Content-Length: 100\r\n\r\n[`), /its answer broke off/],
    ["endless fields", answer(`${head}${"A: b\r\n".repeat(20_000)}\r\n`), /does not speak HTTP/],
    ["no version", answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"), /its version cannot be read/],
    [
      "a version of another kind",
      answer("HTTP/1.1 200 OK\r\nApi-Version: new\r\nContent-Length: 2\r\n\r\nOK"),
      /its version cannot be read/,
    ],
    ["too large a body", answer(`${head}\r\n${"x".repeat(10_000)}`), /has more than 4096 octets/],
    ["nothing, for long", () => true, /does not answer|no whole answer/],
  ])("%s is an engine that is away", async (_, takeOver, message) => {
    await fake.listen();
    fake.takeOver = takeOver;
    const client = new DockerClient(fake.socket);
    await expect(client.ping(200)).rejects.toMatchObject({
      name: "EngineAway",
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([
    ["no JSON", "<html>"],
    ["another form", '{"Id":"x"}'],
    ["ids that lead elsewhere", '[{"Id":"../../images/json","State":"running","Labels":{}}]'],
    ["labels that are no texts", '[{"Id":"0123456789ab","State":"running","Labels":{"a":{}}}]'],
  ])("a list with %s is an engine that is away", async (_, body) => {
    await fake.listen();
    fake.takeOver = (__, response, path) => {
      if (path !== "/containers/json") return false;
      response.writeHead(200).end(body);
      return true;
    };
    await expect(new DockerClient(fake.socket).containers(["a=b"])).rejects.toMatchObject({
      name: "EngineAway",
      message: expect.stringContaining("its answer to /containers/json cannot be read") as string,
    });
  });

  test("a refusal is told in the engine's words, bounded, whatever form they have", async () => {
    await fake.listen();
    fake.takeOver = (_, response) => {
      response.writeHead(500).end(`\x00 broken\n ${"y".repeat(9000)}`);
      return true;
    };
    const { message, status } = (await new DockerTransport(fake.socket)
      .ask({ path: "/x" })
      .catch((error: unknown) => error)) as { message: string; status: number };
    expect([status, message.length]).toEqual([500, 500]);
  });

  test("an image that is said to be taken in, and is not, is refused", async () => {
    await fake.listen();
    fake.takeOver = (request, response, path) => {
      if (path !== "/images/load") return false;
      request
        .resume()
        .once("end", () => response.writeHead(200).end('{"stream":"…"}\n{"error":"no space left"}\n'));
      return true;
    };
    await expect(new DockerClient(fake.socket).load(Readable.from([Buffer.alloc(1 << 20)]))).rejects.toThrow(
      "no space left",
    );
  });
});

test("FrameReader reads frames cut anywhere, and stops at what is none", () => {
  const octets = Buffer.concat([frameOf(1, "one"), frameOf(2, ""), frameOf(2, "two\n")]);
  for (let size = 1; size <= octets.length; size++) {
    const reader = new DockerFrameReader();
    const texts = ["", "", ""];
    for (let at = 0; at < octets.length; at += size)
      reader.push(octets.subarray(at, at + size), (stream, part) => {
        texts[stream] += Buffer.from(part).toString();
      });
    expect(texts).toEqual(["", "one", "two\n"]);
  }
  const bad = new DockerFrameReader();
  expect(bad.push(Buffer.from([1, 0, 0, 0, 0xff, 0, 0, 0, 1]), () => {})).toBe(false);
  expect(bad.push(frameOf(1, "x"), () => expect.unreachable())).toBe(false);
  expect(new DockerFrameReader().push(Buffer.from([3, 0, 0, 0, 0, 0, 0, 1]), () => {})).toBe(false);
});

test("isImageReference() takes what images are called, and no path", () => {
  const names = ["shop:1", "localhost/a/b:1", "docker.io/library/nginx@sha256:00", "0123456789ab"];
  expect(names.map(isImageReference)).toEqual(names.map(() => true));
  const others = ["", "../x", "a/../b", "a//b", "/a", "a b", "a?b", "a\n", ".", `a${"b".repeat(2000)}`];
  expect(others.map(isImageReference)).toEqual(others.map(() => false));
});

test.each([
  [{ DOCKER_HOST: "unix:///run/x.sock" }, undefined, [], { socket: "/run/x.sock" }],
  [{ DOCKER_HOST: "unix:///run/x.sock" }, "/run/y.sock", [], { socket: "/run/y.sock" }],
  [{}, undefined, ["/run/podman/podman.sock"], { socket: "/run/podman/podman.sock" }],
  [
    { XDG_RUNTIME_DIR: "/run/user/1" },
    undefined,
    ["/run/user/1/podman/podman.sock"],
    { socket: "/run/user/1/podman/podman.sock" },
  ],
])(
  "findDocker() with %j and setting %j finds %j",
  (environment, setting, there: readonly string[], place) => {
    expect(findDocker(environment, setting, (path) => there.includes(path))).toEqual(place);
  },
);

test.each([
  ["tcp://10.0.0.1:2375", /only UNIX sockets are supported/],
  ["none", /switched off/],
  [undefined, /DOCKER_HOST is not set, and there is no socket at \/var\/run\/docker\.sock, \/run\/podman/],
])("findDocker() with setting %j says why there is none", (setting, reason) => {
  expect(findDocker({}, setting, () => false).reason).toMatch(reason);
});
