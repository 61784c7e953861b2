// The runtime role: keeps the instances running that control says there should be, and tells their states.

import { randomUUID } from "node:crypto";
import type { InstanceObject, MetricsAnswer, RoleQuestion } from "#contract";
import { ProcessRuntime } from "#runtime";
import { join } from "node:path";
import { RoleStream } from "./role-stream.ts";
import type { StartRole } from "./role.ts";

/** Starts the runtime role. */
export const startRuntime: StartRole = ({ layout, log }) => {
  let startCount = 0;
  let failureCount = 0;
  const epoch = randomUUID();
  const runtime = new ProcessRuntime({
    folder: layout.instances,
    onState: (instance) => {
      log.info({ instance }, "instance");
      if (instance.state === "pending") startCount++;
      if (instance.state === "failed") failureCount++;
      stream.report({ type: "instance", instance });
    },
  });
  const stream: RoleStream = new RoleStream({
    role: "runtime",
    socketPath: layout.streamSocket,
    statePath: join(layout.state, "runtime"),
    log,
    apply: ({ objects }) => {
      runtime.apply(
        [...objects.values()].filter((object): object is InstanceObject => object.kind === "instance"),
      );
    },
    answer: (question: RoleQuestion) => {
      if (question.ask === "metrics")
        return { epoch, at: performance.now(), samples: runtime.samples() } satisfies MetricsAnswer;
      if (question.ask === "logs") return runtime.logs(question.instanceId, question.lines);
      return {
        instances: runtime.states().length,
        "instance-starts": startCount,
        "instance-failures": failureCount,
      };
    },
    // Control asks for nothing after it was away: it is told where each instance stands.
    onConnected: () => {
      for (const instance of runtime.states()) stream.report({ type: "instance", instance });
    },
  });
  stream.start();
  // Whoever starts the platform is told that it is ready when the sites are there too; later it is no matter.
  let hasSettled = false;
  const settled = (): boolean => (hasSettled ||= runtime.isSettled);
  return Promise.resolve({
    get isSynced() {
      return stream.isSynced && settled();
    },
    get revision() {
      return stream.revision;
    },
    stop: async (instances) => {
      await runtime.close(instances);
      stream.close();
    },
  });
};
