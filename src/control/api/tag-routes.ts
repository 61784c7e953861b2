// Routes of tags.

import { tagBody, tagList, untagBody } from "#contract";
import type { ControlCore } from "../control.ts";
import { describeTagged } from "../tags.ts";
import { declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of tags. */
export function declareTagRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const path = "/v1/tags";
  declare(
    api,
    { method: "get", path, summary: "The tags of every resource that has some", answer: tagList },
    () => ({
      resources: [...state.all("tags").entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { value }]) => ({ ...describeTagged(value), tags: [...value.tags] })),
    }),
  );
  declareWrite(
    api,
    core,
    { method: "post", path, summary: "Put tags on a resource", body: tagBody },
    ({ body }) => ({
      action: "tag-resource",
      ...body,
    }),
  );
  declareWrite(
    api,
    core,
    { method: "post", path: `${path}/remove`, summary: "Take tags from a resource", body: untagBody },
    ({ body }) => ({ action: "untag-resource", ...body }),
  );
}
