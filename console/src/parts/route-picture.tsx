// The picture of routes: name, record, what stands in front, resource, target, joined by lines in the colour of how a visit does. Who points
// at a node, or comes to it by keyboard, sees the ways through it. On a phone, and for who wants it, the same ways stand as a list.

import { useEffect, useId, useMemo, useRef, useState, type RefObject } from "react";
import { Link } from "@tanstack/react-router";
import type { RouteColumn, RouteNode, RoutePicture as Picture, RouteState } from "#contract";
import { compact } from "../text/quantities.ts";
import { visible } from "../text/visible.ts";
import { classes } from "./classes.ts";
import { layOut, nodeHeight, waysThrough, type PlacedNode } from "./route-layout.ts";
import { RouteList } from "./route-list.tsx";
import { placeOf, type RouteRates } from "./route-places.ts";
import { routeLooks, RouteSign } from "./route-state.tsx";

const columnTitles: Readonly<Record<RouteColumn, string>> = {
  name: "Name",
  record: "Record",
  front: "In front",
  resource: "Resource",
  target: "Target",
};

/** Room between two columns, and the least width of one, in pixels. */
const gap = 44;
const leastWidth = 128;
/** Width below which the ways stand as a list. */
const listBelow = 700;

const strokes: Readonly<Record<RouteState, string>> = {
  ok: "var(--good)",
  impaired: "var(--warn)",
  waiting: "var(--accent)",
  off: "var(--line-strong)",
  down: "var(--bad)",
  unknown: "var(--line-strong)",
};

/** The picture, or the list where there is no room for it. */
export function RoutePicture({
  picture,
  rates,
  asList = false,
}: {
  readonly picture: Picture;
  readonly rates?: RouteRates;
  readonly asList?: boolean;
}) {
  const around = useRef<HTMLDivElement>(null);
  const width = useWidth(around);
  return (
    <div ref={around}>
      {width > 0 &&
        (asList || width < listBelow ? (
          <RouteList picture={picture} {...(rates ? { rates } : {})} />
        ) : (
          <Drawing picture={picture} width={width} {...(rates ? { rates } : {})} />
        ))}
    </div>
  );
}

function Drawing({
  picture,
  width,
  rates,
}: {
  readonly picture: Picture;
  readonly width: number;
  readonly rates?: RouteRates;
}) {
  const [focus, setFocus] = useState<string>();
  const { columns, nodes, edges, height } = useMemo(() => layOut(picture), [picture]);
  const lit = useMemo(
    () =>
      focus !== undefined && nodes.some(({ node }) => node.id === focus)
        ? waysThrough(picture, focus)
        : undefined,
    [picture, nodes, focus],
  );
  const columnWidth = Math.max(
    leastWidth,
    (width - gap * (columns.length - 1)) / Math.max(columns.length, 1),
  );
  const left = (column: number): number => column * (columnWidth + gap);
  return (
    <div className="overflow-x-auto pb-1">
      <div style={{ width: left(columns.length - 1) + columnWidth }}>
        <div className="relative mb-2 h-5" aria-hidden>
          {columns.map((column, i) => (
            <span
              key={column}
              className="absolute text-xs font-semibold tracking-wide text-soft uppercase"
              style={{ left: left(i) }}
            >
              {columnTitles[column]}
            </span>
          ))}
        </div>
        <div className="relative" style={{ height }}>
          <svg
            width="100%"
            height={height}
            className="absolute inset-0"
            fill="none"
            aria-hidden
            focusable="false"
          >
            {edges.map(({ edge: { from, to, reach }, points }) => {
              const isLit = lit === undefined || (lit.has(from) && lit.has(to));
              return (
                <path
                  key={`${from}\n${to}`}
                  d={pathThrough(
                    points.map(({ column, y }) => ({ x: left(column), y: y + nodeHeight / 2 })),
                    columnWidth,
                  )}
                  stroke={strokes[reach]}
                  strokeWidth={lit !== undefined && isLit ? 2.5 : 1.75}
                  strokeDasharray={reach === "ok" || reach === "impaired" ? undefined : "5 4"}
                  className="transition-opacity"
                  opacity={isLit ? 0.85 : 0.12}
                />
              );
            })}
          </svg>
          <Nodes
            columns={columns}
            nodes={nodes}
            left={left}
            width={columnWidth}
            lit={lit}
            {...(rates ? { rates } : {})}
            onFocus={setFocus}
          />
        </div>
      </div>
    </div>
  );
}

function Nodes({
  columns,
  nodes,
  left,
  width,
  lit,
  rates,
  onFocus,
}: {
  readonly columns: readonly RouteColumn[];
  readonly nodes: readonly PlacedNode[];
  readonly left: (column: number) => number;
  readonly width: number;
  readonly lit: ReadonlySet<string> | undefined;
  readonly rates?: RouteRates;
  readonly onFocus: (id: string | undefined) => void;
}) {
  return columns.map((column, i) => (
    <ul key={column} aria-label={columnTitles[column]}>
      {nodes
        .filter((placed) => placed.column === i)
        .toSorted((a, b) => a.y - b.y)
        .map(({ node, y }) => (
          <li
            key={node.id}
            className="absolute transition-opacity"
            style={{
              left: left(i),
              width,
              // A transform moves without laying the page out anew.
              transform: `translateY(${y}px)`,
              opacity: lit === undefined || lit.has(node.id) ? 1 : 0.3,
            }}
            onPointerEnter={() => onFocus(node.id)}
            onPointerLeave={() => onFocus(undefined)}
            onFocus={() => onFocus(node.id)}
            onBlur={() => onFocus(undefined)}
          >
            <NodeBox node={node} rate={rateOf(node, rates)} />
          </li>
        ))}
    </ul>
  ));
}

function rateOf({ kind, resourceName }: RouteNode, rates: RouteRates | undefined): number | undefined {
  const isResource = kind !== "process" && kind !== "instance" && kind !== "node";
  return isResource && resourceName !== undefined ? rates?.get(resourceName) : undefined;
}

function NodeBox({ node, rate }: { readonly node: RouteNode; readonly rate: number | undefined }) {
  const descriptionId = useId();
  const { title, detail, problem, reach } = node;
  const second = problem ?? (node.state === "ok" ? detail : node.word);
  const shape = classes(
    "flex items-center gap-2 rounded-lg border bg-surface px-2.5 outline-offset-1",
    reach === "down" ? "border-bad/60" : reach === "impaired" ? "border-warn/60" : "border-line",
  );
  const content = (
    <>
      <RouteSign state={reach} />
      <span className="min-w-0 flex-1 leading-tight">
        <span className="block truncate text-[0.87rem] font-medium">{visible(title)}</span>
        {second !== undefined && (
          <span
            className={classes(
              "block truncate text-xs",
              problem === undefined ? "text-soft" : routeLooks[reach].text,
            )}
          >
            {visible(second)}
          </span>
        )}
      </span>
      {rate !== undefined && rate > 0 && (
        <span className="text-xs text-soft tabular-nums">{compact(rate)}/s</span>
      )}
      <span id={descriptionId} className="sr-only">
        {`, ${node.word}, a visit ${reach === "ok" ? "works" : `finds it ${routeLooks[reach].word}`}`}
      </span>
    </>
  );
  const hint = [title, detail, node.word, problem].filter((part) => part !== undefined).join("\n");
  const to = placeOf(node);
  return to ? (
    <Link
      {...to}
      title={hint}
      className={classes(shape, "hover:border-accent")}
      style={{ height: nodeHeight }}
    >
      {content}
    </Link>
  ) : (
    <div
      tabIndex={0}
      role="group"
      aria-label={visible(title)}
      title={hint}
      className={shape}
      style={{ height: nodeHeight }}
    >
      {content}
    </div>
  );
}

/** A line from the right edge of the first place to the left edge of the last, straight through columns between. */
function pathThrough(places: readonly { readonly x: number; readonly y: number }[], width: number): string {
  return places
    .slice(1)
    .map(({ x, y }, i) => {
      const from = places[i] ?? { x, y };
      const start = from.x + width;
      const bend = (x - start) / 2;
      const begin = i === 0 ? `M${start} ${from.y}` : `L${start} ${from.y}`;
      return `${begin}C${start + bend} ${from.y} ${x - bend} ${y} ${x} ${y}`;
    })
    .join("");
}

/** The width of an element; 0 until it is known. */
function useWidth(of: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = of.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [of]);
  return width;
}
