// Routes of zones. What is filtered, grouped and shown of one is in its URL.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** What of a zone is shown. */
export interface ZoneSearch {
  readonly filter?: string | undefined;
  readonly group?: "name" | "type" | undefined;
  readonly tab?: "records" | "file" | "signing" | "queries" | "history" | undefined;
}

/** Routes of this area. */
export const zoneRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/zones",
    component: lazyRouteComponent(() => import("./zones-page.tsx"), "ZonesPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/zones/$zone",
    validateSearch: ({ filter, group, tab }: Record<string, unknown>): ZoneSearch => ({
      ...(typeof filter === "string" && filter !== "" ? { filter: filter.slice(0, 500) } : {}),
      ...(typeof filter === "number" ? { filter: String(filter) } : {}),
      ...(group === "type" ? { group } : {}),
      ...(tab === "file" || tab === "signing" || tab === "queries" || tab === "history" ? { tab } : {}),
    }),
    component: lazyRouteComponent(() => import("./zone-page.tsx"), "ZonePage"),
  }),
] as const;
