// Routes of traces: all that are kept and a new one, the map of one; and the wizard that leads a name to a resource.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** What the link of a map says: the step that is open, whether it is compared. */
export interface MapSearch {
  readonly step?: number;
  readonly compare?: boolean;
}

/** Routes of this area. */
export const traceRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/traces",
    validateSearch: ({ url }): { url?: string } => (typeof url === "string" && url !== "" ? { url } : {}),
    component: lazyRouteComponent(() => import("./list-page.tsx"), "TracesPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/traces/$id",
    validateSearch: ({ step, compare }): MapSearch => ({
      ...(typeof step === "number" && Number.isInteger(step) && step > 0 ? { step } : {}),
      ...(compare === true ? { compare } : {}),
    }),
    component: lazyRouteComponent(() => import("./map-page.tsx"), "TracePage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/assign",
    validateSearch: ({ name, resource }): { name?: string; resource?: string } => ({
      ...(typeof name === "string" ? { name } : {}),
      ...(typeof resource === "string" ? { resource } : {}),
    }),
    component: lazyRouteComponent(() => import("./assign-page.tsx"), "AssignPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/assign/$name",
    validateSearch: ({ change }): { change?: string } => (typeof change === "string" ? { change } : {}),
    component: lazyRouteComponent(() => import("./readiness-page.tsx"), "ReadinessPage"),
  }),
] as const;
