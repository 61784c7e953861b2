// Plots of figures over time. uPlot is a chunk of its own; who cannot see the canvas is told the last values and their bounds.

import { Suspense, lazy } from "react";

/** A line of a plot: a value for each moment; null where there is none. */
export interface PlotLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** A token of the theme: `accent`, `good`, `bad`, `warn`, `mark`. */
  readonly color: "accent" | "good" | "bad" | "warn" | "mark";
}

/** What a plot shows. */
export interface PlotProps {
  /** What the plot is of. */
  readonly label: string;
  /** Moments, in seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly PlotLine[];
  /** Writes a value: `12 ms`. */
  readonly format?: (value: number) => string;
  /** True for octets: the axis has its steps at powers of two. */
  readonly isOctets?: boolean;
  /** Height in pixels; 160 where absent. */
  readonly height?: number;
}

const Canvas = lazy(async () => ({ default: (await import("./plot-canvas.tsx")).PlotCanvas }));

/** A plot with its legend. */
export function Plot(props: PlotProps) {
  const { label, lines, format = String, height = 160 } = props;
  return (
    <figure>
      <div aria-hidden style={{ height }}>
        <Suspense fallback={null}>
          <Canvas {...props} />
        </Suspense>
      </div>
      <figcaption className="mt-1 flex flex-wrap gap-x-4 text-sm text-soft">
        <span className="sr-only">{label}: </span>
        {lines.map((line) => {
          const known = line.values.filter((value) => value !== null);
          const last = known.at(-1);
          return (
            <span key={line.label} className="inline-flex items-center gap-1.5">
              <span
                className="size-2 rounded-full"
                style={{ background: `var(--${line.color})` }}
                aria-hidden
              />
              {line.label} {last === undefined ? "none" : format(last)}
              {known.length > 0 && (
                <span className="sr-only">
                  , at most {format(Math.max(...known))}, at least {format(Math.min(...known))}
                </span>
              )}
            </span>
          );
        })}
      </figcaption>
    </figure>
  );
}
