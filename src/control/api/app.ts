// The native API: guard, routes, OpenAPI document, errors. Made from the schemas in src/contract.

import { OpenAPIHono } from "@hono/zod-openapi";
import { PlatformError } from "#contract";
import type { Hono } from "hono";
import type { ControlCore } from "../control.ts";
import { declareCertificateRoutes } from "./certificate-routes.ts";
import { declareAlarmRoutes } from "./alarm-routes.ts";
import { declareAliasRoutes } from "./alias-routes.ts";
import { declareChangeRoutes } from "./change-routes.ts";
import { declareContainerRoutes } from "./container-routes.ts";
import { failureHandler, refuseMembers } from "./failure.ts";
import { guard, limitBody, type ApiEnvironment } from "./guard.ts";
import { declareDelegationRoutes } from "./delegation-routes.ts";
import { declareFigureRoutes } from "./figure-routes.ts";
import { declareIdentityRoutes } from "./identity-routes.ts";
import { declareLiveRoutes } from "./live-routes.ts";
import { declareMetricRoutes } from "./metric-routes.ts";
import { declareNameRoutes } from "./name-routes.ts";
import { declarePlatformRoutes } from "./platform-routes.ts";
import { declareQueryRoutes } from "./query-routes.ts";
import { declareRegistrationRoutes } from "./registration-routes.ts";
import { declareResourceRoutes } from "./resource-routes.ts";
import { document } from "./routes.ts";
import { declareDistributionRoutes } from "./distribution-routes.ts";
import { declareNegativeAnchorRoutes } from "./negative-anchor-routes.ts";
import { declarePolicyRoutes } from "./policy-routes.ts";
import { declareSigningRoutes } from "./signing-routes.ts";
import { declareTagRoutes } from "./tag-routes.ts";
import { declareTrafficRoutes } from "./traffic-routes.ts";
import { declareSessionRoutes } from "./session-routes.ts";

/** Makes the API. Every route, its own description included, wants a key. */
export function createApi(core: ControlCore): Hono {
  const api = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (!result.success) refuseMembers(result.error);
    },
  });
  api.onError(failureHandler(core.host.log, () => core.identities.hex(10)));
  api.notFound((c) => {
    throw new PlatformError(
      "not-found",
      `Cannot serve ${c.req.method} "${c.req.path.slice(0, 200)}": there is no such path`,
    );
  });
  api.use(guard(core), limitBody());
  api.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
  declareNameRoutes(api, core);
  declareRegistrationRoutes(api, core);
  declareAliasRoutes(api, core);
  declareDelegationRoutes(api, core);
  declareSigningRoutes(api, core);
  declarePolicyRoutes(api, core);
  declareNegativeAnchorRoutes(api, core);
  declareResourceRoutes(api, core);
  declareTrafficRoutes(api, core);
  declareDistributionRoutes(api, core);
  declareContainerRoutes(api, core);
  declareFigureRoutes(api, core);
  declareCertificateRoutes(api, core);
  declareTagRoutes(api, core);
  declareChangeRoutes(api, core);
  declareIdentityRoutes(api, core);
  declareSessionRoutes(api, core);
  declareMetricRoutes(api, core);
  declareLiveRoutes(api, core);
  declareQueryRoutes(api, core);
  declareAlarmRoutes(api, core);
  declarePlatformRoutes(api, core);
  document(api, {
    path: "/v1/openapi.json",
    summary: "This description",
    mediaType: "application/json",
    about: "OpenAPI 3.1",
  });
  api.get("/v1/openapi.json", (c) =>
    c.json(
      api.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Fairlead",
          version: core.config.version,
          license: { name: "Apache-2.0" },
        },
      }),
    ),
  );
  return api as unknown as Hono;
}
