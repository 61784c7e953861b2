// Routes of what routing policies choose by: the health that sets follow, and the table of clients' networks.

import { networkTable, PlatformError, setHealthList } from "#contract";
import type { ControlCore } from "../control.ts";
import { networkTableKey } from "../facts.ts";
import { viewNetworkTable } from "../policies/plan-network-table.ts";
import { declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of health and networks. */
export function declarePolicyRoutes(api: Api, core: ControlCore): void {
  declare(
    api,
    {
      method: "get",
      path: "/v1/health-checks",
      summary: "What record sets of routing policies follow the health of, and how that is",
      answer: setHealthList,
    },
    () => core.health.list(),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/network-table",
      summary: "Where clients' networks are, for the policy `nearest`",
      answer: networkTable,
    },
    () => {
      const table = core.views.state.value("network-table", networkTableKey);
      if (!table)
        throw new PlatformError("record-not-found", "Cannot show the table of networks: there is none");
      return viewNetworkTable(table);
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/network-table",
      summary: "Put a table of clients' networks in place of the one there is",
      body: networkTable,
    },
    ({ body }) => ({ action: "put-network-table", table: body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/network-table", summary: "Delete the table of clients' networks" },
    () => ({ action: "delete-network-table" }),
  );
}
