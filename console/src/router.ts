// All routes of the console. An area brings its own in `pages/AREA/routes.ts`; each page is a chunk that is loaded when it is opened.

import { createRouter } from "@tanstack/react-router";
import { alarmRoutes } from "./pages/alarms/routes.ts";
import { certificateRoutes } from "./pages/certificates/routes.ts";
import { containerServiceRoutes } from "./pages/container-services/routes.ts";
import { distributionRoutes } from "./pages/distributions/routes.ts";
import { docsRoutes } from "./pages/docs/routes.ts";
import { historyRoutes } from "./pages/history/routes.ts";
import { instanceRoutes } from "./pages/instances/routes.ts";
import { loadBalancerRoutes } from "./pages/load-balancers/routes.ts";
import { overviewRoutes } from "./pages/overview/routes.ts";
import { peopleRoutes } from "./pages/people/routes.ts";
import { platformRoutes } from "./pages/platform/routes.ts";
import { domainRoutes } from "./pages/domains/routes.ts";
import { zoneRoutes } from "./pages/zones/routes.ts";
import { staticIpRoutes } from "./pages/static-ips/routes.ts";
import { traceRoutes } from "./pages/trace/routes.ts";
import { rootRoute } from "./root-route.ts";

const routeTree = rootRoute.addChildren([
  ...overviewRoutes,
  ...instanceRoutes,
  ...staticIpRoutes,
  ...loadBalancerRoutes,
  ...platformRoutes,
  ...docsRoutes,
  ...historyRoutes,
  ...peopleRoutes,
  ...distributionRoutes,
  ...containerServiceRoutes,
  ...certificateRoutes,
  ...alarmRoutes,
  ...domainRoutes,
  ...zoneRoutes,
  ...traceRoutes,
]);

/** The router. */
export const router = createRouter({
  routeTree,
  basepath: "/console",
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
