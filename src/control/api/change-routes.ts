// Routes of changes: plans, history, undo, operations and their events.

import { z } from "@hono/zod-openapi";
import {
  change,
  changeList,
  operation,
  operationList,
  plan,
  planBody,
  writeAnswer,
  type ChangeEvent,
  type Operation,
} from "#contract";
import type { Principal } from "../access/principal.ts";
import type { ControlCore } from "../control.ts";
import { readName, shown } from "../names.ts";
import { unknownOperation } from "../operations.ts";
import type { ApiEnvironment } from "./guard.ts";
import { declare, declareWrite, document, nothing, type Api } from "./routes.ts";

/** Events that may wait for a slow reader before its stream is ended. */
const maxWaitingEvents = 1000;

/** Declares the routes of plans, changes, operations and events. */
export function declareChangeRoutes(api: Api, core: ControlCore): void {
  declarePlans(api, core);
  declareHistory(api, core);
  declareOperations(api, core);
}

function declarePlans(api: Api, core: ControlCore): void {
  declare(
    api,
    {
      method: "post",
      path: "/v1/plans",
      summary: "What a command would do",
      access: "command",
      body: planBody,
      answer: plan,
    },
    ({ body }, c) => core.plan(body.command, c.get("principal")),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/plans/{id}/apply",
      summary: "Carry a plan out as it was shown",
      access: "command",
      body: nothing,
      answer: writeAnswer,
    },
    ({ params }, c) => core.applyPlan(params["id"] ?? "", c.get("principal")),
  );
}

const revisionText = z.string().regex(/^\d+$/).max(16);
/** Which changes are asked for: all that is given holds. */
const historyQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  pageToken: revisionText.optional(),
  /** Changes of a lower revision. */
  before: revisionText.optional(),
  /** A zone whose records they changed, or a domain. */
  zone: z.string().min(1).max(1020).optional(),
  /** The name of what they touched, as plans have it: `web`, `www.shop.test A`. */
  resource: z.string().min(1).max(1100).optional(),
  actor: z.string().min(1).max(400).optional(),
  /** Of the command: `assign`. */
  action: z.string().min(1).max(64).optional(),
});

function declareHistory(api: Api, core: ControlCore): void {
  declare(
    api,
    {
      method: "get",
      path: "/v1/changes",
      summary: "The history, the latest change first",
      query: historyQuery,
      answer: changeList,
    },
    async ({ query }) => {
      const { zone, resource, actor, action, before, pageToken } = query;
      const from = pageToken ?? before;
      const { changes, next } = await core.history(
        Number(query["limit"]),
        from === undefined ? Infinity : Number(from),
        {
          ...(zone === undefined ? {} : { zone: shown(readName(zone)) }),
          ...(resource === undefined ? {} : { resource }),
          ...(actor === undefined ? {} : { actor }),
          ...(action === undefined ? {} : { action }),
        },
      );
      return { changes, ...(next === undefined ? {} : { nextPageToken: String(next) }) };
    },
  );
  declare(
    api,
    { method: "get", path: "/v1/changes/{id}", summary: "One change, by its id or revision", answer: change },
    ({ params }) => core.change(params["id"] ?? ""),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/changes/{id}/undo",
      summary: "Take a change back",
      body: nothing,
    },
    ({ params }) => ({ action: "undo", changeId: params["id"] ?? "" }),
  );
}

function declareOperations(api: Api, core: ControlCore): void {
  declare(
    api,
    { method: "get", path: "/v1/operations", summary: "Operations, the latest first", answer: operationList },
    () => ({ operations: core.operations.list() }),
  );
  declare(
    api,
    { method: "get", path: "/v1/operations/{id}", summary: "How far a change has come", answer: operation },
    async ({ params }, c) => {
      const found = await core.findOperation(params["id"] ?? "");
      if (!found || !(await maySee(core, c.get("principal"), found)))
        throw unknownOperation(params["id"] ?? "");
      return found;
    },
  );
  document(api, {
    path: "/v1/events",
    summary:
      "Operations as they go on, and every commit: server-sent events of types `operation` and `change`",
    mediaType: "text/event-stream",
    about: "A stream; the data of each event is an Operation, or a ChangeEvent",
  });
  api.get("/v1/events", (c) => new Response(eventStream(core, c.get("isGood")), { headers: eventHeaders }));
}

/** A key with limits sees the operations of its own changes. */
async function maySee(
  core: ControlCore,
  { verbs, zones, actor }: Principal,
  { changeId }: Operation,
): Promise<boolean> {
  if (!zones && (!verbs || verbs.includes("read"))) return true;
  return (await core.change(changeId)).actor === actor;
}

const eventHeaders = { "content-type": "text/event-stream", "cache-control": "no-store" };

/**
 * Operations as they go on, and commits. Whose stream it is may lose the right to it meanwhile: before each event that is looked at anew.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
function eventStream(
  core: ControlCore,
  isGood: ApiEnvironment["Variables"]["isGood"],
): ReadableStream<Uint8Array> {
  let stop: (() => void) | undefined;
  let isOpen = true;
  let last: Promise<void> = Promise.resolve();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (): void => {
          if (isOpen) controller.close();
          isOpen = false;
          stop?.();
        };
        const tell = async (type: "operation" | "change", data: Operation | ChangeEvent): Promise<void> => {
          const mayHear = isOpen && (controller.desiredSize ?? 0) > 0 && (await isGood());
          if (mayHear && isOpen)
            controller.enqueue(encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`));
          else end();
        };
        // At once, so that the reader knows that the stream is open.
        controller.enqueue(encoder.encode(": open\n\n"));
        // One after the other, in their order.
        const follow = (type: "operation" | "change", data: Operation | ChangeEvent): void => {
          last = last.then(() => tell(type, data)).catch(end);
        };
        const stops = [
          core.listen((event) => follow("change", event)),
          core.operations.listen((operation) => follow("operation", operation)),
        ];
        stop = () => stops.forEach((one) => one());
      },
      cancel: () => {
        isOpen = false;
        stop?.();
      },
    },
    { highWaterMark: maxWaitingEvents },
  );
}
