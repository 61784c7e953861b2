// Routes of load balancers: all of them, a new one, one.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Tabs of a load balancer's page. */
export type LoadBalancerTab = "targets" | "settings" | "names";

/** Routes of this area. */
export const loadBalancerRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/load-balancers",
    component: lazyRouteComponent(() => import("./list-page.tsx"), "ListPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/load-balancers/create",
    component: lazyRouteComponent(() => import("./create-page.tsx"), "CreatePage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/load-balancers/$name",
    validateSearch: ({ tab }): { tab?: LoadBalancerTab } =>
      tab === "settings" || tab === "names" ? { tab } : {},
    component: lazyRouteComponent(() => import("./detail-page.tsx"), "DetailPage"),
  }),
] as const;
