// Routes of what name servers and the resolver tell of queries.

import { z } from "@hono/zod-openapi";
import { nameServerFigures, watchedQueries, zoneFigures, zoneQueries } from "#contract";
import type { ControlCore } from "../control.ts";
import { showNameServerFigures, showZoneFigures } from "../query-figures.ts";
import { readQueries, readZoneQueries } from "../watched-queries.ts";
import { heldZone } from "./name-routes.ts";
import { declare, type Api } from "./routes.ts";

/** Declares the routes of queries. */
export function declareQueryRoutes(api: Api, core: ControlCore): void {
  const { hub } = core;
  declare(
    api,
    {
      method: "get",
      path: "/v1/queries",
      summary:
        "Queries that name servers or the resolver answer: those since the last time that somebody asked, for as long as somebody does",
      query: z.strictObject({
        role: z.enum(["names", "resolver"]).optional(),
        /** `next` of the last answer. */
        after: z.coerce.number().int().min(0).optional(),
      }),
      answer: watchedQueries,
    },
    ({ query }) =>
      readQueries(
        hub,
        query["role"] === "resolver" ? "resolver" : "names",
        query["after"] === undefined ? undefined : Number(query["after"]),
      ),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones/{zone}/queries",
      summary: "How often the zone was asked for, by type, since its name servers run",
      answer: zoneQueries,
    },
    ({ params }) => readZoneQueries(hub, heldZone(core, params["zone"]).value.apex),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/queries/figures",
      summary:
        "How many queries name servers answered in the last hour, how, of which types, and how long they took",
      answer: nameServerFigures,
    },
    async () => showNameServerFigures(await core.metrics.queries.read()),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/zones/{zone}/queries/figures",
      summary:
        "How many queries there were for the zone in the last hour, how they were answered, and of which types",
      answer: zoneFigures,
    },
    async ({ params }) => {
      const { apex } = heldZone(core, params["zone"]).value;
      return showZoneFigures(await core.metrics.queries.read(), apex);
    },
  );
}
