// Routes of delegations: a domain's name servers, and zones whose domains are registered elsewhere.

import { z } from "@hono/zod-openapi";
import { createZoneBody, nameServersBody } from "#contract";
import type { ControlCore } from "../control.ts";
import { declareWrite, type Api } from "./routes.ts";

/** Declares the routes of what names are delegated to. */
export function declareDelegationRoutes(api: Api, core: ControlCore): void {
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/domains/{name}/name-servers",
      summary: "Change the name servers of a domain; each is asked for the zone first",
      body: nameServersBody,
    },
    ({ params, body }) => ({ action: "set-name-servers", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/zones",
      summary: "Create a zone whose domain is registered elsewhere",
      body: createZoneBody,
    },
    ({ body }) => ({ action: "create-zone", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: "/v1/zones/{zone}",
      summary: "Delete a zone; with `?withDelegation=1` also one that a domain here is delegated to",
      query: z.strictObject({ withDelegation: z.enum(["0", "1"]).optional() }),
    },
    ({ params, query }) => ({
      action: "delete-zone",
      name: params["zone"] ?? "",
      ...(query["withDelegation"] === "1" ? { withDelegation: true } : {}),
    }),
  );
}
