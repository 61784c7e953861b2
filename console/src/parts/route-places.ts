// Where the nodes of the picture of routes lead on the console, and what is told of them besides.

import type { LinkProps } from "@tanstack/react-router";
import type { RouteNode } from "#contract";
import { place, resourcePlace } from "./place.ts";

/** Requests a second by the name of a resource. */
export type RouteRates = ReadonlyMap<string, number>;

/** Where a node leads on the console: a name to its trace, a record to its zone, a resource to its page. */
export function placeOf({ kind, title, zone, resourceName, detail }: RouteNode): LinkProps | undefined {
  switch (kind) {
    case "name":
      return place("traces", { url: `${detail === "HTTP" ? "http" : "https"}://${title}/` });
    case "assignment":
    case "alias":
    case "addresses":
    case "cname":
      return zone === undefined ? undefined : place(["zones", zone]);
    case "outside":
      return undefined;
    case "process":
    case "instance":
      return resourceName === undefined ? undefined : resourcePlace("Instance", resourceName);
    case "node":
      return resourceName === undefined ? undefined : resourcePlace("ContainerService", resourceName);
    default:
      return resourcePlace(kind, resourceName ?? title);
  }
}
