// Routes of negative trust anchors: names at and below which the resolver validates nothing for a while.

import { negativeAnchorBody, negativeAnchorList } from "#contract";
import type { ControlCore } from "../control.ts";
import { viewNegativeAnchor } from "../plan-negative-anchor.ts";
import { byName, declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of negative trust anchors. */
export function declareNegativeAnchorRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    {
      method: "get",
      path: "/v1/negative-anchors",
      summary: "All negative trust anchors of the resolver that are in force",
      answer: negativeAnchorList,
    },
    () => {
      const now = core.host.clock.wall();
      const facts = [...state.all("negative-anchor").values()].map(({ value }) => value);
      return {
        negativeAnchors: byName(
          facts
            .filter(({ until }) => until > now)
            .map((fact) => viewNegativeAnchor(fact, core.negativeAnchors.lookAt(fact.name))),
        ),
      };
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/negative-anchors",
      summary: "Have the resolver validate nothing at and below a name for a while",
      body: negativeAnchorBody,
    },
    ({ body }) => ({ action: "set-negative-anchor", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: "/v1/negative-anchors/{name}",
      summary: "Have the resolver validate again at and below a name",
    },
    ({ params }) => ({ action: "delete-negative-anchor", name: params["name"] ?? "" }),
  );
}
