// Routes of delegations: a domain's name servers, and zones whose domains are registered elsewhere.

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
      summary: "Delete a zone that no domain here is delegated to",
    },
    ({ params }) => ({ action: "delete-zone", name: params["zone"] ?? "" }),
  );
}
