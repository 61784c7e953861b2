// The map: ten fixed lanes from the browser to the page, a card a hop, the way from card to card. What broke is red, what lies behind it
// grey.

import type { Trace } from "#contract";
import { mapOf, type MapNode } from "./map-model.ts";
import { label, shape, type Picture, type Shape } from "./shapes.ts";

/** Width of the map and of the waterfall below it. */
export const pictureWidth = 1080;

const margin = 6;
const laneCount = 10;
const laneWidth = (pictureWidth - 2 * margin) / laneCount;
const cardWidth = laneWidth - 12;
const cardHeight = 62;
const rowHeight = 76;
const headHeight = 44;
/** Characters that fit into a card: in the title, and below it. */
const titleLength = 12;
const aboutLength = 15;

/** What of a trace is shown. */
export interface MapView {
  /** The step that is chosen. */
  readonly chosen?: number | undefined;
  /** The last step that the visit has come to while it is played; absent: all of it. */
  readonly until?: number | undefined;
}

/** Draws the map of a trace. */
export function drawMap(trace: Trace, { chosen, until }: MapView = {}): Picture {
  const { lanes, way, brokenLane } = mapOf(trace);
  const rows = Math.max(...lanes.map(({ nodes }) => nodes.length), 1);
  const height = headHeight + rows * rowHeight + margin;
  const isBehind = (lane: number): boolean => brokenLane !== undefined && lane > brokenLane;
  const shapes: Shape[] = [];
  for (const [i, { title }] of lanes.entries()) {
    const x = margin + i * laneWidth;
    shapes.push(
      shape("rect", {
        class: `lane${isBehind(i) ? " behind" : ""}${i === brokenLane ? " broken" : ""}`,
        x: x + 2,
        y: 4,
        width: laneWidth - 4,
        height: height - 8,
        rx: 10,
      }),
      label(title, { x: x + laneWidth / 2, y: 27 }, `lane-title${isBehind(i) ? " behind" : ""}`),
    );
  }
  shapes.push(...drawWay(trace, lanes, way, until));
  for (const [i, { nodes, empty }] of lanes.entries()) {
    if (empty !== undefined) shapes.push(drawEmpty(i, empty));
    for (const [row, node] of nodes.entries()) {
      const isYet = until !== undefined && node.step !== undefined && node.step > until;
      shapes.push(
        drawCard(node, placeOf(i, row), {
          isChosen: node.step !== undefined && node.step === chosen,
          isYet,
          isBehind: isBehind(i),
        }),
      );
    }
  }
  return { width: pictureWidth, height, shapes };
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** The corner of a card. */
function placeOf(lane: number, row: number): Spot {
  return { x: margin + lane * laneWidth + 6, y: headHeight + row * rowHeight };
}

function drawEmpty(lane: number, why: string): Shape {
  const { x, y } = placeOf(lane, 0);
  return shape(
    "g",
    { class: "nothing" },
    shape("rect", { x, y, width: cardWidth, height: cardHeight, rx: 8 }),
    label(why, { x: x + cardWidth / 2, y: y + cardHeight / 2 + 4 }, "nothing-text"),
  );
}

function drawCard(
  { step, title, about, note, standing }: MapNode,
  { x, y }: Spot,
  { isChosen, isYet, isBehind }: Record<"isChosen" | "isYet" | "isBehind", boolean>,
): Shape {
  const name = `card ${standing}${isChosen ? " chosen" : ""}${isYet ? " yet" : ""}${isBehind ? " behind" : ""}${step === undefined ? " ghost" : ""}`;
  const parts: Shape[] = [
    shape("rect", { class: "card-body", x, y, width: cardWidth, height: cardHeight, rx: 8 }),
    shape("path", {
      class: "card-edge",
      d: `M${x} ${y + 8}a8 8 0 0 1 8 -8h0v${cardHeight}h0a8 8 0 0 1 -8 -8z`,
      transform: `translate(${x} ${y}) scale(.5 1) translate(${-x} ${-y})`,
    }),
    label(title, { x: x + 11, y: y + 21 }, "card-title", titleLength),
    label(about, { x: x + 11, y: y + 37 }, "card-about", aboutLength),
    label(note, { x: x + 11, y: y + 52 }, "card-note", aboutLength),
  ];
  if (step !== undefined)
    parts.push(label(String(step + 1), { x: x + cardWidth - 8, y: y + 52 }, "card-number"));
  return {
    ...shape("g", { class: name }, ...parts),
    ...(step === undefined ? {} : { step }),
  };
}

/** Curves from each card of the way to the next. */
function drawWay(
  trace: Trace,
  lanes: ReturnType<typeof mapOf>["lanes"],
  way: ReturnType<typeof mapOf>["way"],
  until: number | undefined,
): Shape[] {
  const shapes: Shape[] = [];
  for (const [i, to] of way.entries()) {
    const from = way[i - 1];
    if (!from) continue;
    const node = lanes[to.lane]?.nodes[to.node];
    const isYet = until !== undefined && (node?.step ?? 0) > until;
    const isNew = until !== undefined && node?.step === until;
    const a = placeOf(from.lane, from.node);
    const b = placeOf(to.lane, to.node);
    const isDown = from.lane === to.lane;
    const d = isDown
      ? `M${a.x + cardWidth / 2} ${a.y + cardHeight}L${b.x + cardWidth / 2} ${b.y}`
      : curve(a.x + cardWidth, a.y + cardHeight / 2, b.x, b.y + cardHeight / 2);
    shapes.push(
      shape("path", {
        class: `way ${node?.standing ?? ""}${isYet ? " yet" : ""}${isNew ? " new" : ""}`,
        d,
        pathLength: 1,
      }),
    );
  }
  // The rest of a way that broke, to the page that did not come.
  const last = way.at(-1);
  if (trace.failure && last && last.lane < laneCount - 1) {
    const a = placeOf(last.lane, last.node);
    const b = placeOf(laneCount - 1, 0);
    shapes.unshift(
      shape("path", {
        class: "way lost",
        d: curve(a.x + cardWidth, a.y + cardHeight / 2, b.x, b.y + cardHeight / 2),
      }),
    );
  }
  return shapes;
}

/** A line that is level at both ends; between them it turns twice, with round corners, close to where it arrives. */
function curve(x1: number, y1: number, x2: number, y2: number): string {
  if (Math.abs(y2 - y1) < 1) return `M${x1} ${y1}L${x2} ${y2}`;
  const turn = x2 - Math.min(6, (x2 - x1) / 2);
  const radius = Math.min(6, turn - x1, x2 - turn, Math.abs(y2 - y1) / 2);
  const down = y2 > y1 ? 1 : -1;
  return [
    `M${x1} ${y1}H${turn - radius}`,
    `Q${turn} ${y1} ${turn} ${y1 + down * radius}V${y2 - down * radius}`,
    `Q${turn} ${y2} ${turn + radius} ${y2}H${x2}`,
  ].join("");
}
