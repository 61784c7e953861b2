// Routes of static IPs: all of them, one.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Routes of this area. */
export const staticIpRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/static-ips",
    component: lazyRouteComponent(() => import("./list-page.tsx"), "ListPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/static-ips/$name",
    component: lazyRouteComponent(() => import("./detail-page.tsx"), "DetailPage"),
  }),
] as const;
