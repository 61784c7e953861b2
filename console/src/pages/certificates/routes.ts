// Routes of certificates: all of them with the two authorities, and one.

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../root-route.ts";

/** Tabs of the page of all certificates. */
export const certificateTabs = ["certificates", "authority", "acme"] as const;
export type CertificateTab = (typeof certificateTabs)[number];

/** Routes of this area. */
export const certificateRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/certificates",
    validateSearch: ({ tab }): { tab?: CertificateTab } => {
      const known = certificateTabs.find((one) => one === tab && one !== "certificates");
      return known === undefined ? {} : { tab: known };
    },
    component: lazyRouteComponent(() => import("./list-page.tsx"), "ListPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/certificates/$name",
    component: lazyRouteComponent(() => import("./detail-page.tsx"), "DetailPage"),
  }),
] as const;
