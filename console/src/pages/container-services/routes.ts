// Routes of container services: all of them, a new one, one, and what is deployed on it.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Tabs of a service's page. */
export const serviceTabs = ["overview", "deployments", "logs", "images", "names"] as const;
export type ServiceTab = (typeof serviceTabs)[number];

/** What a service's page has in its URL. */
export interface ServiceSearch {
  readonly tab?: ServiceTab;
  /** The container whose log is shown, and what its lines must have in them. */
  readonly container?: string;
  readonly filter?: string;
}

/** Routes of this area. */
export const containerServiceRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/container-services",
    component: lazyRouteComponent(() => import("./list-page.tsx"), "ListPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/container-services/create",
    component: lazyRouteComponent(() => import("./create-page.tsx"), "CreatePage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/container-services/$name",
    validateSearch: ({ tab, container, filter }): ServiceSearch => {
      const known = serviceTabs.find((one) => one === tab && one !== "overview");
      return {
        ...(known === undefined ? {} : { tab: known }),
        ...(typeof container === "string" ? { container } : {}),
        ...(typeof filter === "string" && filter !== "" ? { filter } : {}),
      };
    },
    component: lazyRouteComponent(() => import("./detail-page.tsx"), "DetailPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/container-services/$name/deploy",
    validateSearch: ({ from }): { from?: number } => {
      const version = Number(from);
      return Number.isSafeInteger(version) && version > 0 ? { from: version } : {};
    },
    component: lazyRouteComponent(() => import("./deploy-page.tsx"), "DeployPage"),
  }),
] as const;
