// Routes of the overview.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** What of the overview stands in its URL: part of a name, and whether the routes stand as a list. */
export interface OverviewSearch {
  readonly name?: string;
  readonly as?: "list";
}

/** Routes of this area. */
export const overviewRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/",
    validateSearch: ({ name, as }: Record<string, unknown>): OverviewSearch => ({
      ...(typeof name === "string" && name !== "" ? { name: name.slice(0, 255) } : {}),
      ...(as === "list" ? { as } : {}),
    }),
    component: lazyRouteComponent(() => import("./overview-page.tsx"), "OverviewPage"),
  }),
] as const;
