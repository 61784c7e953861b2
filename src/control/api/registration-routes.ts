// Routes of registrations: renew, change, authorization code.

import { addSignerBody, authCodeAnswer, domainBody, renewBody } from "#contract";
import type { ControlCore } from "../control.ts";
import { declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of what a registration is changed with. */
export function declareRegistrationRoutes(api: Api, core: ControlCore): void {
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/domains/{name}/renew",
      summary: "Renew a domain; one in its redemption period is restored",
      body: renewBody,
    },
    ({ params, body }) => ({ action: "renew-domain", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/domains/{name}",
      summary: "Change auto-renew, lock, statuses, contacts and their privacy",
      body: domainBody,
    },
    ({ params, body }) => ({ action: "set-domain", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/domains/{name}/delegation-signers",
      summary: "Have the top-level domain vouch for the zone with a key, which the zone must have",
      body: addSignerBody,
    },
    ({ params, body }) => ({ action: "add-delegation-signer", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: "/v1/domains/{name}/delegation-signers/{id}",
      summary: "No longer have the top-level domain vouch for the zone with a key",
    },
    ({ params }) => ({
      action: "remove-delegation-signer",
      name: params["name"] ?? "",
      id: params["id"] ?? "",
    }),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/domains/{name}/auth-code",
      summary: "A new authorization code for a transfer; it ends the one before",
      answer: authCodeAnswer,
    },
    ({ params }, c) => core.renewAuthCode(params["name"] ?? "", c.get("principal").actor),
  );
}
