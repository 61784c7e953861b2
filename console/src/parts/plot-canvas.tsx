// The canvas of a plot: uPlot, made once, given new data as it comes and new colours with the theme.

import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { PlotProps } from "./plot.tsx";

/** A plot's canvas, as wide as its place. */
export function PlotCanvas({ times, lines, format = String, isOctets = false, height = 160 }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const shape = `${height} ${lines.map(({ label, color }) => `${label} ${color}`).join("|")}`;
  const data = [times, ...lines.map(({ values }) => values)] as unknown as UPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const div = place.current;
    if (!div) return;
    const draw = (): void => {
      plot.current?.destroy();
      const token = (name: string): string =>
        getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
      const axis = {
        stroke: token("soft"),
        grid: { stroke: token("line"), width: 1 },
        ticks: { show: false },
        font,
      };
      plot.current = new UPlot(
        {
          width: div.clientWidth,
          height,
          legend: { show: false },
          cursor: { y: false },
          scales: { y: { range: (_, least, most) => [Math.min(0, least), most > 0 ? most * 1.1 : 1] } },
          axes: [
            { ...axis, space: 64, size: 32, values: moments },
            {
              ...axis,
              size: 56,
              ...(isOctets ? { incrs: powersOfTwo } : {}),
              values: (_, values) => values.map((value) => format(value)),
            },
          ],
          series: [
            {},
            ...lines.map(({ label, color }) => ({
              label,
              stroke: token(color),
              fill: `color-mix(in srgb, ${token(color)} 12%, transparent)`,
              width: 1.75,
              points: { show: true, size: 5, stroke: token(color), fill: token(color), filter: alone },
            })),
          ],
        },
        latest.current,
        div,
      );
    };
    draw();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: div.clientWidth, height }));
    sizes.observe(div);
    const themes = new MutationObserver(draw);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      sizes.disconnect();
      themes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
    // Lines are drawn anew where their names, colours or the height are other ones; values go in below.
  }, [shape]);

  useEffect(() => plot.current?.setData(data));

  return <div ref={place} className="h-full w-full" />;
}

const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
/** Steps of an axis of octets, so that they are whole KiB and MiB. */
const powersOfTwo = Array.from({ length: 50 }, (_, power) => 2 ** power);

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** Moments on the axis of time, in local time: as exactly as they lie apart. */
function moments(_: UPlot, times: number[], _axis: number, _space: number, apart: number): string[] {
  const format = apart >= 86_400 ? day : apart >= 60 ? clock : seconds;
  return times.map((time) => format.format(time * 1000));
}

/** Values without a neighbour: no line leads to them, so a point stands for each. */
function alone({ data }: UPlot, line: number): number[] {
  const values = data[line] ?? [];
  const isKnown = (at: number): boolean => typeof values[at] === "number";
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1)) found.push(i);
  return found;
}
