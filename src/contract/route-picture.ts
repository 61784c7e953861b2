// The picture of routes: from each name over its record to what answers, with how each of them does. Nodes and edges in one flat list
// each, so that a page can draw them and a program can follow them.

import { z } from "zod";

/**
 * How something does. `ok`: it serves. `impaired`: part of it does. `waiting`: it is starting. `off`: somebody stopped it. `down`: it should
 * serve and does not. `unknown`: nobody here can tell, such as of an address elsewhere.
 */
export const routeState = z.enum(["ok", "impaired", "waiting", "off", "down", "unknown"]);
export type RouteState = z.infer<typeof routeState>;

/** Where a node stands, from the left: `front` is what stands before another resource, a static IP or a distribution. */
export const routeColumn = z.enum(["name", "record", "front", "resource", "target"]);
export type RouteColumn = z.infer<typeof routeColumn>;

/** One thing on the way. */
export const routeNode = z.strictObject({
  id: z.string(),
  column: routeColumn,
  kind: z.enum([
    "name",
    "assignment",
    "alias",
    "addresses",
    "cname",
    "Instance",
    "StaticIp",
    "LoadBalancer",
    "Distribution",
    "ContainerService",
    "outside",
    "process",
    "instance",
    "node",
  ]),
  title: z.string(),
  /** A second line: the record's data, where a resource answers, what runs. */
  detail: z.string().optional(),
  /** The zone of a name or record. */
  zone: z.string().optional(),
  /** The resource that it is, or belongs to. */
  resourceName: z.string().optional(),
  /** How it does itself. */
  state: routeState,
  /** The same in a word or two: `healthy`, `stopped`. */
  word: z.string(),
  /** How a visit that comes through here does: the worst of what lies behind, as far as it matters. */
  reach: routeState,
  /** What is wrong with it. */
  problem: z.string().optional(),
});
/** One thing on the way. */
export type RouteNode = z.infer<typeof routeNode>;

/** What leads from one node to the next; `reach` is that of the node it leads to, as seen from here. */
export const routeEdge = z.strictObject({ from: z.string(), to: z.string(), reach: routeState });
/** What leads from one node to the next. */
export type RouteEdge = z.infer<typeof routeEdge>;

/** Most names of one picture. */
export const maxPictureNames = 500;

/** The whole picture. */
export const routePicture = z
  .strictObject({
    /** Another text: another picture. */
    picture: z.string(),
    nodes: z.array(routeNode),
    edges: z.array(routeEdge),
    /** Names that do not lead a visitor to a page, with the first thing on the way that is wrong. */
    problems: z.array(z.strictObject({ name: z.string(), nodeId: z.string(), text: z.string() })),
    /** Names there are; the picture has the worst off of them where these are more. */
    nameCount: z.number(),
    isCut: z.boolean(),
  })
  .meta({ id: "RoutePicture" });
/** The whole picture. */
export type RoutePicture = z.infer<typeof routePicture>;
