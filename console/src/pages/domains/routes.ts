// Routes of domains. What is searched for is in the URL.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** What is searched for. */
export interface DomainsSearch {
  readonly q?: string;
}

/** Routes of this area. */
export const domainRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/domains",
    validateSearch: ({ q }: Record<string, unknown>): DomainsSearch =>
      (typeof q === "string" && q !== "") || typeof q === "number" ? { q: String(q).slice(0, 255) } : {},
    component: lazyRouteComponent(() => import("./domains-page.tsx"), "DomainsPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/domains/$name",
    component: lazyRouteComponent(() => import("./domain-page.tsx"), "DomainPage"),
  }),
] as const;
