// Routes of what the edge still remembers: health checks of targets, and what caches do and miss.

import { cacheFigures, checkHistory, storedPreview, storedPreviewBody } from "#contract";
import { previewPurge, readCache } from "../cache-figures.ts";
import type { ControlCore } from "../control.ts";
import { readChecks } from "../target-checks.ts";
import { declare, type Api } from "./routes.ts";

/** Declares the routes of checks and caches. */
export function declareFigureRoutes(api: Api, core: ControlCore): void {
  const { views, hub, metrics, host } = core;
  for (const path of ["/v1/load-balancers/{name}/checks", "/v1/container-services/{name}/checks"]) {
    declare(
      api,
      { method: "get", path, summary: "The last health checks of each target", answer: checkHistory },
      ({ params }) => readChecks(views, hub, params["name"] ?? ""),
    );
  }
  declare(
    api,
    {
      method: "get",
      path: "/v1/distributions/{name}/cache",
      summary: "Hit ratio, octets saved, and the misses that come most often with their reasons",
      answer: cacheFigures,
    },
    ({ params }) => readCache({ state: views.state, hub, metrics, clock: host.clock }, params["name"] ?? ""),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/distributions/{name}/stored",
      summary: "What is stored under paths: what a purge of them would have it forget",
      access: "read",
      body: storedPreviewBody,
      answer: storedPreview,
    },
    ({ params, body }) => previewPurge({ state: views.state, hub }, params["name"] ?? "", body.paths),
  );
}
