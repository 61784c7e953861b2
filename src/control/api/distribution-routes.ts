// Routes of distributions.

import {
  createDistributionBody,
  distribution,
  distributionCertificateBody,
  distributionList,
  distributionSettings,
  PlatformError,
  purgeBody,
} from "#contract";
import type { ControlCore } from "../control.ts";
import { viewDistribution } from "../view-distribution.ts";
import { byName, declare, declareWrite, nothing, type Api } from "./routes.ts";

/** Declares the routes of distributions. */
export function declareDistributionRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const path = "/v1/distributions";
  const named = `${path}/{name}`;
  declare(api, { method: "get", path, summary: "All distributions", answer: distributionList }, () => ({
    distributions: byName(
      [...state.all("distribution").values()].map((held) => viewDistribution(core.views, held)),
    ),
  }));
  declare(
    api,
    { method: "get", path: named, summary: "One distribution", answer: distribution },
    ({ params }) => {
      const held = state.get("distribution", params["name"] ?? "");
      if (!held)
        throw new PlatformError(
          "resource-not-found",
          `Cannot find distribution "${params["name"]}": there is none`,
        );
      return viewDistribution(core.views, held);
    },
  );
  declareWrite(
    api,
    core,
    { method: "post", path, summary: "Create a distribution over an origin", body: createDistributionBody },
    ({ body }) => ({ action: "create-distribution", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: named,
      summary: "Change settings; what is absent stays, null brings the default back",
      body: distributionSettings,
    },
    ({ params, body }) => ({ action: "update-distribution", name: params["name"] ?? "", settings: body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: named, summary: "Delete a distribution that no name leads to" },
    ({ params }) => ({ action: "delete-distribution", name: params["name"] ?? "" }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${named}/reset`,
      summary: "Forget all that is stored; done once the edge has",
      body: nothing,
    },
    ({ params }) => ({ action: "reset-distribution-cache", name: params["name"] ?? "" }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${named}/purge`,
      summary: "Forget what is stored under paths; done once the edge has",
      body: purgeBody,
    },
    ({ params, body }) => ({ action: "purge-distribution", name: params["name"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: `${named}/certificate`,
      summary: "Attach a certificate, in place of the one before; its names become the distribution's",
      body: distributionCertificateBody,
    },
    ({ params, body }) => ({
      action: "attach-distribution-certificate",
      distribution: params["name"] ?? "",
      ...body,
    }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: `${named}/certificate`, summary: "Detach the certificate" },
    ({ params }) => ({ action: "detach-distribution-certificate", distribution: params["name"] ?? "" }),
  );
}
