// Places of the console by their path: what one area links to in another, whose routes it does not import.

import type { LinkProps } from "@tanstack/react-router";

/**
 * Where a link leads: `<Link {...place("assign", { resource: name })}>`. @param path  below /console, in segments
 */
export function place(
  path: string | readonly string[],
  search: Readonly<Record<string, string>> = {},
): LinkProps {
  const to = typeof path === "string" ? path : path.map(encodeURIComponent).join("/");
  // Which routes there are is known to the router alone; a path that leads nowhere shows the page for that.
  return { to: `/${to}`, search } as unknown as LinkProps;
}

/** Folders of the types of resources that names lead to. */
const folders: Readonly<Record<string, string>> = {
  Instance: "instances",
  StaticIp: "static-ips",
  LoadBalancer: "load-balancers",
  Distribution: "distributions",
  ContainerService: "container-services",
  Certificate: "certificates",
};

/** Where the page of a resource is; undefined for a type that has none. */
export function resourcePlace(type: string, name: string): LinkProps | undefined {
  const folder = folders[type];
  return folder === undefined ? undefined : place([folder, name]);
}
