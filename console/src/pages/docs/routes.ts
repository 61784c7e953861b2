// Routes of the documentation: every page of docs/ below /docs, and the search in the URL.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

const page = lazyRouteComponent(() => import("./docs-page.tsx"), "DocsPage");

/** What is searched for. */
const readSearch = ({ q }: Record<string, unknown>): { readonly q?: string } =>
  typeof q === "string" && q !== "" ? { q: q.slice(0, 100) } : {};

/** Routes of this area. */
export const docsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/docs",
    component: page,
    validateSearch: readSearch,
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/docs/$",
    component: page,
    validateSearch: readSearch,
  }),
] as const;
