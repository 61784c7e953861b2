// Routes of alarms.

import { z } from "@hono/zod-openapi";
import { alarm, alarmList, putAlarmBody, testAlarmBody } from "#contract";
import type { ControlCore } from "../control.ts";
import { declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of alarms. */
export function declareAlarmRoutes(api: Api, core: ControlCore): void {
  const { alarms } = core.metrics;
  const path = "/v1/alarms";
  declare(
    api,
    {
      method: "get",
      path,
      summary: "All alarms, or those of one resource, with how they stand",
      query: z.strictObject({ resource: z.string().max(255).optional() }),
      answer: alarmList,
    },
    async ({ query }) => ({ alarms: await alarms.list(query["resource"]) }),
  );
  declare(api, { method: "get", path: `${path}/{name}`, summary: "One alarm", answer: alarm }, ({ params }) =>
    alarms.view(alarms.require(params["name"] ?? "")),
  );
  declareWrite(
    api,
    core,
    { method: "put", path: `${path}/{name}`, summary: "Create or replace an alarm", body: putAlarmBody },
    ({ params, body }) => ({ action: "put-alarm", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: `${path}/{name}`, summary: "Delete an alarm" },
    ({ params }) => ({ action: "delete-alarm", name: params["name"] ?? "" }),
  );
  declare(
    api,
    {
      method: "post",
      path: `${path}/{name}/test`,
      summary: "Put an alarm into a state until it is judged next",
      body: testAlarmBody,
      answer: alarm,
    },
    ({ params, body }) => alarms.test(params["name"] ?? "", body.state),
  );
}
