// Routes of the platform's own pages: status.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Routes of this area. */
export const platformRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/status",
    component: lazyRouteComponent(() => import("./status-page.tsx"), "StatusPage"),
  }),
] as const;
