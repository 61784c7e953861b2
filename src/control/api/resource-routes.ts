// Routes of what serves: instances, their logs, and assignments.

import { z } from "@hono/zod-openapi";
import {
  assignBody,
  assignmentList,
  createInstanceBody,
  instance,
  instanceList,
  limitInstanceBody,
  logLines,
  portsBody,
  readiness,
  stopInstanceBody,
  PlatformError,
} from "#contract";
import type { ControlCore } from "../control.ts";
import { readName } from "../names.ts";
import { viewAssignment, viewInstance } from "../views.ts";
import { byName, declare, declareWrite, nothing, type Api } from "./routes.ts";

/** How long the runtime may take to read a log. */
const logTimeoutMs = 5000;

/** What the runtime answers to a question for logs. */
const logAnswer = z.array(z.string());

/** Declares the routes of instances and assignments. */
export function declareResourceRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    { method: "get", path: "/v1/instances", summary: "All instances", answer: instanceList },
    () => ({
      instances: byName([...state.all("instance").values()].map((held) => viewInstance(core.views, held))),
    }),
  );
  declare(
    api,
    { method: "get", path: "/v1/instances/{name}", summary: "One instance", answer: instance },
    ({ params }) => viewInstance(core.views, heldInstance(core, params["name"])),
  );
  declareWrite(
    api,
    core,
    { method: "post", path: "/v1/instances", summary: "Create an instance", body: createInstanceBody },
    ({ body }) => ({ action: "create-instance", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/instances/{name}", summary: "Delete an instance that no name leads to" },
    ({ params }) => ({ action: "delete-instance", name: params["name"] ?? "" }),
  );
  declareInstanceState(api, core);
  declare(
    api,
    {
      method: "get",
      path: "/v1/instances/{name}/logs",
      summary: "The last lines of an instance's log",
      query: z.strictObject({ lines: z.coerce.number().int().min(1).max(10_000).default(100) }),
      answer: logLines,
    },
    async ({ params, query }) => {
      const held = heldInstance(core, params["name"]);
      if (held.value.run.kind === "address") return { lines: [] };
      const question = { ask: "logs" as const, instanceId: held.id, lines: Number(query["lines"]) };
      const answer = logAnswer.safeParse(await core.hub.ask("runtime", question, logTimeoutMs));
      if (!answer.success) {
        throw new PlatformError(
          "role-unreachable",
          `Cannot read the log of "${held.value.name}": the runtime could not`,
        );
      }
      return { lines: answer.data };
    },
  );
  declare(
    api,
    { method: "get", path: "/v1/assignments", summary: "All assigned names", answer: assignmentList },
    () => ({
      assignments: byName(
        [...state.all("assignment").values()].map((held) => viewAssignment(core.views, held)),
      ),
    }),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/assignments/{name}/readiness",
      summary: "Whether an assigned name works for visitors by now, check by check",
      access: "read",
      answer: readiness,
    },
    ({ params }) => core.readiness.look(readName(params["name"] ?? "")),
  );
  declareWrite(
    api,
    core,
    { method: "post", path: "/v1/assignments", summary: "Let a name lead to a resource", body: assignBody },
    ({ body }) => ({ action: "assign", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/assignments/{name}", summary: "Take an assignment away" },
    ({ params }) => ({ action: "unassign", name: params["name"] ?? "" }),
  );
}

/** What changes an instance as it stands. */
function declareInstanceState(api: Api, core: ControlCore): void {
  const path = "/v1/instances/{name}";
  declareWrite(
    api,
    core,
    { method: "post", path: `${path}/start`, summary: "Start an instance", body: nothing },
    ({ params }) => ({ action: "start-instance", name: params["name"] ?? "" }),
  );
  declareWrite(
    api,
    core,
    { method: "post", path: `${path}/stop`, summary: "Stop an instance", body: stopInstanceBody },
    ({ params, body }) => ({ action: "stop-instance", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "post", path: `${path}/reboot`, summary: "Start an instance anew", body: stopInstanceBody },
    ({ params, body }) => ({ action: "reboot-instance", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "put", path: `${path}/limits`, summary: "What an instance may use", body: limitInstanceBody },
    ({ params, body }) => ({ action: "limit-instance", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "put", path: `${path}/ports`, summary: "Which public ports are open", body: portsBody },
    ({ params, body }) => ({ action: "set-instance-ports", name: params["name"] ?? "", ...body }),
  );
}

function heldInstance({ views }: ControlCore, name: string | undefined): Parameters<typeof viewInstance>[1] {
  const held = views.state.get("instance", name ?? "");
  if (!held) throw new PlatformError("resource-not-found", `Cannot find instance "${name}": there is none`);
  return held;
}
