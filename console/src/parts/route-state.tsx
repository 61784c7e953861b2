// How something on a route does, in a sign, a colour and a word: the same in the picture, in lists, on the pages of resources.

import {
  CircleCheck,
  CircleHelp,
  CirclePause,
  CircleX,
  Hourglass,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";
import type { RouteState } from "#contract";
import type { Tone } from "./chip.tsx";

interface Look {
  readonly icon: LucideIcon;
  readonly tone: Tone;
  /** Its colour as text. */
  readonly text: string;
  /** What a visit finds. */
  readonly word: string;
}

/** Signs, tones and words by state. */
export const routeLooks: Readonly<Record<RouteState, Look>> = {
  ok: { icon: CircleCheck, tone: "good", text: "text-good", word: "works" },
  impaired: { icon: TriangleAlert, tone: "warn", text: "text-warn", word: "impaired" },
  waiting: { icon: Hourglass, tone: "accent", text: "text-accent", word: "starting" },
  off: { icon: CirclePause, tone: "neutral", text: "text-soft", word: "off" },
  down: { icon: CircleX, tone: "bad", text: "text-bad", word: "down" },
  unknown: { icon: CircleHelp, tone: "neutral", text: "text-soft", word: "not known" },
};

/** The sign of a state, for beside its word. */
export function RouteSign({ state, size = 16 }: { readonly state: RouteState; readonly size?: number }) {
  const { icon: Icon, text } = routeLooks[state];
  return <Icon size={size} className={`shrink-0 ${text}`} aria-hidden />;
}
