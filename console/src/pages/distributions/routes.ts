// Routes of distributions: all of them, a new one, one.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Tabs of a distribution's page. */
export type DistributionTab = "cache" | "settings" | "names";

/** Routes of this area. */
export const distributionRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/distributions",
    component: lazyRouteComponent(() => import("./list-page.tsx"), "ListPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/distributions/create",
    validateSearch: ({ origin }): { origin?: string } => (typeof origin === "string" ? { origin } : {}),
    component: lazyRouteComponent(() => import("./create-page.tsx"), "CreatePage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/distributions/$name",
    validateSearch: ({ tab }): { tab?: DistributionTab } =>
      tab === "settings" || tab === "names" ? { tab } : {},
    component: lazyRouteComponent(() => import("./detail-page.tsx"), "DetailPage"),
  }),
] as const;
