// An edge with one resource, for tests of this folder.

import { type HostRouteObject, instanceResource, type ResourceObject } from "#contract";
import { EdgeEngine, type EdgeOptions } from "./edge-engine.ts";
import { MemoryNetwork, serverOf } from "./testing.ts";

/** The date of the virtual clock, as a header line. */
export const date: string = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
/** One resource and its host, and where its target is. */
export const web: ResourceObject = instanceResource({
  id: "r1",
  name: "web",
  addresses: ["127.53.8.1"],
  listen: [{ address: "127.53.9.1", port: 8080 }],
});
export const host: HostRouteObject = { kind: "host", host: "shop.test", resourceId: "r1" };
export const target: string = "127.53.9.1:8080";

/** An edge with one resource, whose target answers each request with what `answer` makes of it. */
export function edge(
  answer?: (request: string) => string | undefined,
  options: EdgeOptions = {},
): MemoryNetwork & { edge: EdgeEngine } {
  const engine = new EdgeEngine(options);
  const network = Object.assign(new MemoryNetwork(engine), { edge: engine });
  engine.setRoutes([web, host]);
  if (answer) network.servers.set(target, serverOf(answer));
  return network;
}

/** A response, as it goes on to a client, and a request. */
export const ok: string = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
export const okRelayed: string = `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${date}\r\nhi`;
export const get: string = "GET /a?b=c HTTP/1.1\r\nHost: shop.test\r\n\r\n";
