// The route of alarms; `?resource=web` shows those of one resource.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Routes of this area. */
export const alarmRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/alarms",
    validateSearch: ({ resource }): { resource?: string } =>
      typeof resource === "string" && resource !== "" ? { resource } : {},
    component: lazyRouteComponent(() => import("./alarms-page.tsx"), "AlarmsPage"),
  }),
] as const;
