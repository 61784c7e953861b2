// Routes of people: users, keys, and the asker's own account.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Routes of this area. */
export const peopleRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/users",
    component: lazyRouteComponent(() => import("./users-page.tsx"), "UsersPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/keys",
    component: lazyRouteComponent(() => import("./keys-page.tsx"), "KeysPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/account",
    component: lazyRouteComponent(() => import("./account-page.tsx"), "AccountPage"),
  }),
] as const;
