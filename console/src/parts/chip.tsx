// Short words with a tone: states, types, counts. The word says it; the colour only repeats it.

import type { ReactNode } from "react";
import { classes } from "./classes.ts";

/** What a state means to who reads it. */
export type Tone = "neutral" | "good" | "warn" | "bad" | "accent" | "mark";

const tones: Readonly<Record<Tone, string>> = {
  neutral: "bg-sunken text-soft",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
  mark: "bg-mark-soft text-mark",
};

const dots: Readonly<Record<Tone, string>> = {
  neutral: "bg-line-strong",
  good: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
  accent: "bg-accent",
  mark: "bg-mark",
};

/** A word in a capsule. `withDot` puts a dot of its tone before it: for states of what lives. */
export function Chip({
  tone = "neutral",
  withDot = false,
  title,
  children,
}: {
  readonly tone?: Tone;
  readonly withDot?: boolean;
  readonly title?: string;
  readonly children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={classes(
        "inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-[0.8rem] leading-5 font-medium whitespace-nowrap",
        tones[tone],
      )}
    >
      {withDot && <span className={classes("size-1.5 rounded-full", dots[tone])} aria-hidden />}
      {children}
    </span>
  );
}
