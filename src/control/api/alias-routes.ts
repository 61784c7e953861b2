// Routes of aliases: names that have the addresses of a resource or of another name.

import { aliasList, putAliasBody } from "#contract";
import type { ControlCore } from "../control.ts";
import { aliasKeyOf } from "../facts.ts";
import { viewAlias } from "../view-alias.ts";
import { heldZone } from "./name-routes.ts";
import { byName, declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of aliases. */
export function declareAliasRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    { method: "get", path: "/v1/zones/{zone}/aliases", summary: "All aliases of a zone", answer: aliasList },
    ({ params }) => {
      const { apex } = heldZone(core, params["zone"]).value;
      const keys = state.aliasesOfZone(apex).map(aliasKeyOf);
      return {
        aliases: byName(
          keys.flatMap((key) => {
            const held = state.get("alias", key);
            return held ? [viewAlias(core.views, key, held)] : [];
          }),
        ),
      };
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/zones/{zone}/aliases",
      summary: "Make a name an alias of a resource or of another name",
      body: putAliasBody,
    },
    ({ params, body }) => ({ action: "put-alias", zone: params["zone"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/zones/{zone}/aliases/{name}", summary: "Take an alias away" },
    ({ params }) => ({
      action: "delete-alias",
      zone: params["zone"] ?? "",
      name: params["name"] ?? "",
    }),
  );
}
