// The waterfall: a row a step, a bar from when it began for as long as it took. The map says where, this says how long.

import type { Trace, TraceStep } from "#contract";
import { pictureWidth } from "./map-drawing.ts";
import { hopNames, shortMs } from "./map-model.ts";
import { label, shape, type Picture, type Shape } from "./shapes.ts";

const rowHeight = 25;
const headHeight = 26;
const nameWidth = 272;
const timeWidth = 76;
const left = nameWidth + 16;
const right = pictureWidth - timeWidth;
/** Least width of a bar: what takes no time is seen all the same. */
const leastWidth = 3;

/** Draws the waterfall of a trace. @param chosen  the step that is chosen */
export function drawWaterfall(
  trace: Trace,
  { chosen, until }: { readonly chosen?: number | undefined; readonly until?: number | undefined } = {},
): Picture {
  const rows = trace.steps.map((step, place) => ({ step, place }));
  const endMs = Math.max(
    1,
    trace.tookMs,
    ...trace.steps.map(({ startMs = 0, tookMs = 0, isAside }) => (isAside ? 0 : startMs + tookMs)),
  );
  const scale = (ms: number): number => left + (Math.min(ms, endMs) / endMs) * (right - left);
  const height = headHeight + rows.length * rowHeight + 8;
  const shapes: Shape[] = [];
  for (const ms of ticks(endMs)) {
    const x = scale(ms);
    shapes.push(
      shape("line", { class: "tick", x1: x, y1: headHeight - 4, x2: x, y2: height - 6 }),
      label(ms === 0 ? "0" : shortMs(ms), { x, y: 15 }, "tick-text"),
    );
  }
  for (const [row, { step, place }] of rows.entries())
    shapes.push(drawRow(step, place, headHeight + row * rowHeight, scale, { chosen, until }));
  return { width: pictureWidth, height, shapes };
}

function drawRow(
  step: TraceStep,
  place: number,
  y: number,
  scale: (ms: number) => number,
  { chosen, until }: { readonly chosen: number | undefined; readonly until: number | undefined },
): Shape {
  const { startMs, tookMs, hop, server = "", outcome, isAside, cached, isFailure } = step;
  const kind = isFailure ? "bad" : isAside ? "aside" : cached ? "known" : kindOf(step);
  const from = startMs === undefined ? undefined : scale(startMs);
  const width = from === undefined ? 0 : Math.max(leastWidth, scale((startMs ?? 0) + (tookMs ?? 0)) - from);
  const who = server.split(" ")[0] ?? "";
  const isYet = until !== undefined && place > until;
  const parts = [
    shape("rect", {
      class: "row-body",
      x: 8,
      y: y + 1,
      width: pictureWidth - 16,
      height: rowHeight - 2,
      rx: 5,
    }),
    label(String(place + 1), { x: 30, y: y + 17 }, "row-number"),
    label(hopNames[hop], { x: 42, y: y + 17 }, "row-name"),
    label(who === "" ? outcome : who, { x: 138, y: y + 17 }, "row-who", 20),
  ];
  if (from !== undefined)
    parts.push(
      shape("rect", {
        class: "bar",
        x: from,
        y: y + 7,
        width,
        height: rowHeight - 14,
        rx: Math.min(4, width / 2),
      }),
    );
  parts.push(
    label(
      tookMs === undefined ? (cached ? "cached" : "") : shortMs(tookMs),
      { x: pictureWidth - 16, y: y + 17 },
      "row-time",
    ),
  );
  return {
    ...shape(
      "g",
      { class: `row ${kind}${place === chosen ? " chosen" : ""}${isYet ? " yet" : ""}` },
      ...parts,
    ),
    step: place,
  };
}

/** Names, then the way to the page: two colours. */
function kindOf({ hop }: TraceStep): string {
  return ["browser", "resolver", "root", "tld", "name-servers", "record"].includes(hop) ? "names" : "visit";
}

/** Four to seven round numbers of milliseconds. */
function ticks(endMs: number): number[] {
  const raw = endMs / 5;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((ms) => ms >= raw) ?? raw;
  const found: number[] = [];
  for (let ms = 0; ms <= endMs; ms += step) found.push(ms);
  return found;
}
