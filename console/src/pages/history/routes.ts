// Routes of the history: all changes with their filters, and one change.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Filters of the history, as they stand in its URL. */
export interface HistorySearch {
  readonly actor?: string;
  readonly zone?: string;
  readonly resource?: string;
  readonly action?: string;
}

const names = ["actor", "zone", "resource", "action"] as const;

/** Reads what stands in the URL; what is no text, or longer than any name, is left out. */
function readSearch(search: Record<string, unknown>): HistorySearch {
  const given = names.flatMap((name) => {
    const value = search[name];
    return (typeof value === "string" || typeof value === "number") && value !== ""
      ? [[name, String(value).slice(0, 1000)]]
      : [];
  });
  return Object.fromEntries(given) as HistorySearch;
}

/** Routes of this area. */
export const historyRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/history",
    validateSearch: readSearch,
    component: lazyRouteComponent(() => import("./history-page.tsx"), "HistoryPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/history/$id",
    component: lazyRouteComponent(() => import("./change-page.tsx"), "ChangePage"),
  }),
] as const;
