// The picture of routes as a list: each name with its way, step by step, in words. What a picture cannot be for, this is.

import { Link } from "@tanstack/react-router";
import type { RouteNode, RoutePicture } from "#contract";
import { compact } from "../text/quantities.ts";
import { visible } from "../text/visible.ts";
import { Chip } from "./chip.tsx";
import { placeOf, type RouteRates } from "./route-places.ts";
import { routeLooks, RouteSign } from "./route-state.tsx";

/** What begins a way: a name, or a resource that no name leads to. */
function startsOf({ nodes, edges }: RoutePicture): RouteNode[] {
  const led = new Set(edges.map(({ to }) => to));
  return nodes.filter(({ id }) => !led.has(id));
}

/** The list. */
export function RouteList({
  picture,
  rates,
}: {
  readonly picture: RoutePicture;
  readonly rates?: RouteRates;
}) {
  const byId = new Map(picture.nodes.map((node) => [node.id, node]));
  const behind = (id: string): RouteNode[] =>
    picture.edges.filter(({ from }) => from === id).flatMap(({ to }) => byId.get(to) ?? []);
  return (
    <ul aria-label="Routes" className="divide-y divide-line">
      {startsOf(picture).map((node) => (
        <li key={node.id} className="py-2.5 first:pt-0 last:pb-0">
          <Step node={node} behind={behind} rates={rates} depth={0} />
        </li>
      ))}
    </ul>
  );
}

/** Steps that are followed: more than any way has. */
const maxDepth = 8;

function Step({
  node,
  behind,
  rates,
  depth,
}: {
  readonly node: RouteNode;
  readonly behind: (id: string) => RouteNode[];
  readonly rates: RouteRates | undefined;
  readonly depth: number;
}) {
  const to = placeOf(node);
  const next = depth < maxDepth ? behind(node.id) : [];
  const rate = node.resourceName === undefined ? undefined : rates?.get(node.resourceName);
  const isResource = node.column === "front" || node.column === "resource";
  return (
    <>
      <div className="flex items-center justify-between gap-3">
        <span className="flex min-w-0 items-center gap-2">
          <RouteSign state={node.reach} />
          <span className="min-w-0">
            {to ? (
              <Link {...to} className="link font-medium break-words">
                {visible(node.title)}
              </Link>
            ) : (
              <span className="font-medium break-words">{visible(node.title)}</span>
            )}
            {node.detail !== undefined && node.column !== "name" && (
              <span className="block text-sm break-all text-soft">{visible(node.detail)}</span>
            )}
          </span>
        </span>
        <span className="flex shrink-0 items-center gap-2">
          {isResource && rate !== undefined && rate > 0 && (
            <span className="text-sm text-soft tabular-nums">{compact(rate)}/s</span>
          )}
          {(node.column !== "record" || node.state !== "ok") && (
            <Chip tone={routeLooks[node.reach].tone}>
              {node.column === "name" ? routeLooks[node.reach].word : node.word}
            </Chip>
          )}
        </span>
      </div>
      {node.problem !== undefined && (
        <p className={`pl-6 text-sm break-words ${routeLooks[node.reach].text}`}>{visible(node.problem)}</p>
      )}
      {next.length > 0 && (
        <ul className="mt-1.5 ml-1.75 flex flex-col gap-1.5 border-l-2 border-line pl-4">
          {next.map((one) => (
            <li key={one.id}>
              <Step node={one} behind={behind} rates={rates} depth={depth + 1} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
