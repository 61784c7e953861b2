// The runtime role: keeps the instances and container nodes running that control says there should be, and tells their states.

import { randomUUID } from "node:crypto";
import {
  containerEnvironmentPurpose,
  type ContainerNodeObject,
  type InstanceObject,
  type MetricsAnswer,
  type RoleQuestion,
} from "#contract";
import {
  DockerEngine,
  findDocker,
  HeldAddresses,
  ImageStore,
  NodeRuntime,
  ProcessEngine,
  ProcessRuntime,
} from "#runtime";
import type { Sealer } from "#store";
import { join } from "node:path";
import { loadSealer, platformIdOf } from "./data-key.ts";
import { RoleStream } from "./role-stream.ts";
import type { StartRole } from "./role.ts";

/** How long what runs may take to end, in milliseconds. */
const graceMs = 10_000;
/** Size in octets that a log of an instance or a container may reach before it is moved aside. */
const logOctets = 4 << 20;

/** Starts the runtime role. */
export const startRuntime: StartRole = ({ config, layout, log }) => {
  let startCount = 0;
  let failureCount = 0;
  const epoch = randomUUID();
  const addresses = new HeldAddresses();
  const runtime = new ProcessRuntime({
    folder: layout.instances,
    launchFolder: layout.launched,
    graceMs,
    logOctets,
    addresses,
    onState: (instance) => {
      log.info({ instance }, "instance");
      if (instance.state === "pending") startCount++;
      if (instance.state === "failed") failureCount++;
      stream.report({ type: "instance", instance });
    },
  });
  // Where no container has an environment, the data key is not looked for.
  let sealer: Sealer | undefined;
  const store = new ImageStore(layout.images);
  const nodes = new NodeRuntime({
    folder: layout.nodes,
    graceMs,
    addresses,
    ...(config.platform.containerReadyMs === undefined ? {} : { readyMs: config.platform.containerReadyMs }),
    engines: {
      process: new ProcessEngine({ graceMs, logOctets, store }),
      docker: new DockerEngine({ place: findDocker(), platformId: platformIdOf(layout), logOctets, store }),
    },
    open: (secretId, sealed) =>
      (sealer ??= loadSealer(layout)).open(containerEnvironmentPurpose, secretId, sealed),
    onState: (node) => {
      log.info({ node }, "container node");
      stream.report({ type: "container-node", node });
    },
  });
  const answer = async (question: RoleQuestion): Promise<unknown> => {
    switch (question.ask) {
      case "logs":
        return runtime.logs(question.instanceId, question.lines);
      case "container-logs":
        return nodes.logs(question);
      case "container-engines":
        return nodes.engines();
      case "container-images":
        return nodes.images();
      case "container-usage":
        return nodes.usage();
      case "counters":
        return {
          instances: runtime.states().length,
          "instance-starts": startCount,
          "instance-failures": failureCount,
          "container-nodes": nodes.states().length,
        };
      case "metrics": {
        const samples = [...runtime.samples(), ...(await nodes.samples())];
        return { epoch, at: performance.now(), samples } satisfies MetricsAnswer;
      }
      // Questions to the edge.
      case "resource-counts":
      case "checks":
      case "cache":
      case "stored":
      case "queries": // to names and resolver
      case "updated": // to names
      case "validates": // to the resolver
        return {};
    }
  };
  const stream: RoleStream = new RoleStream({
    role: "runtime",
    socketPath: layout.streamSocket,
    statePath: join(layout.state, "runtime"),
    log,
    apply: ({ objects }) => {
      const all = [...objects.values()];
      runtime.apply(all.filter((object): object is InstanceObject => object.kind === "instance"));
      nodes.apply(all.filter((object): object is ContainerNodeObject => object.kind === "container-node"));
    },
    answer,
    // Control asks for nothing after it was away: it is told where each instance and node stands.
    onConnected: () => {
      for (const instance of runtime.states()) stream.report({ type: "instance", instance });
      for (const node of nodes.states()) stream.report({ type: "container-node", node });
    },
  });
  stream.start();
  // Whoever starts the platform is told that it is ready when the sites are there too; later it is no matter.
  let hasSettled = false;
  const settled = (): boolean => (hasSettled ||= runtime.isSettled && nodes.isSettled);
  return Promise.resolve({
    get isSynced() {
      return stream.isSynced && settled();
    },
    get revision() {
      return stream.revision;
    },
    stop: async (instances) => {
      await Promise.all([runtime.close(instances), nodes.close(instances)]);
      stream.close();
    },
  });
};
