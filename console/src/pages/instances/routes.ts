// Routes of instances: all of them, a new one, one.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Tabs of an instance's page. */
export type InstanceTab = "overview" | "log" | "settings";

/** Routes of this area. */
export const instanceRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/instances",
    component: lazyRouteComponent(() => import("./list-page.tsx"), "ListPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/instances/create",
    component: lazyRouteComponent(() => import("./create-page.tsx"), "CreatePage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/instances/$name",
    validateSearch: ({ tab }): { tab?: InstanceTab } => (tab === "log" || tab === "settings" ? { tab } : {}),
    component: lazyRouteComponent(() => import("./detail-page.tsx"), "DetailPage"),
  }),
] as const;
