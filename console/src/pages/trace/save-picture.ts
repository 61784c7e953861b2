// A trace as a picture of its own: headline, map and waterfall, with the colours of both themes in it, so that it looks right wherever it is
// shown. As SVG it follows the reader's theme; as PNG it has one.

import type { Trace } from "#contract";
import { drawMap, pictureWidth } from "./map-drawing.ts";
import { shortMs } from "./map-model.ts";
import { label, shape, stack, toMarkup, type Picture } from "./shapes.ts";
import { drawWaterfall } from "./waterfall-drawing.ts";

/** The console's colours (index.css), by theme. */
const themes = {
  light: `--surface:#ffffff;--sunken:#eef1f4;--line:#dbe1e7;--line-strong:#7f8b97;--text:#16202a;--soft:#52606d;--accent:#0b5cad;--accent-soft:#e6f0fa;--good:#17653a;--warn:#7d4e00;--bad:#a3211d;--bad-soft:#fdeceb;--mark:#6941c6`,
  dark: `--surface:#171d24;--sunken:#11161c;--line:#2b343e;--line-strong:#74818e;--text:#e6ebf0;--soft:#9eabb8;--accent:#73b5f5;--accent-soft:#16293c;--good:#7fd4a3;--warn:#f0c060;--bad:#ff9d94;--bad-soft:#3a1d1b;--mark:#bda6f5`,
} as const;

/** A theme. */
export type PictureTheme = keyof typeof themes;

/** The whole picture of a trace. */
export function drawTrace(trace: Trace): Picture {
  return stack([drawHeadline(trace), drawMap(trace), drawWaterfall(trace)], 6);
}

/** What a trace came to, in a line. */
export function headlineOf({ url, tookMs, failure, steps }: Trace): string {
  if (failure) return failure.what;
  const page = steps.findLast(({ hop }) => hop === "page");
  return `${url} answered ${page?.outcome ?? ""} in ${shortMs(tookMs)}`;
}

function drawHeadline(trace: Trace): Picture {
  const { failure, url, steps, at } = trace;
  const about = failure
    ? `${url} · ${failure.cause}`
    : `${steps.length} steps, each told by the process that served it`;
  return {
    width: pictureWidth,
    height: 50,
    shapes: [
      label(headlineOf(trace), { x: 16, y: 24 }, `headline${failure ? " bad" : ""}`, 95),
      label(about, { x: 16, y: 43 }, "headline-about", 150),
      shape(
        "text",
        { x: pictureWidth - 16, y: 24, class: "headline-about", "text-anchor": "end" },
        `${at.slice(0, 16).replace("T", " ")} UTC`,
      ),
    ],
  };
}

/** Writes the picture as SVG. @param style  the text of picture.css @param theme  absent: the reader's own */
export function toSvg(trace: Trace, style: string, theme?: PictureTheme): string {
  const tokens =
    theme === undefined
      ? `:root{${themes.light}}@media(prefers-color-scheme:dark){:root{${themes.dark}}}`
      : `:root{${themes[theme]}}`;
  return toMarkup(drawTrace(trace), `Trace: ${headlineOf(trace)}`, style, tokens);
}
