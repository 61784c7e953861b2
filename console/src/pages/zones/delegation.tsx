// How a zone's name is delegated, in a word, with what was seen for who points at it.

import type { Zone } from "#contract";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { visible } from "../../text/visible.ts";

const states: Readonly<Record<Zone["delegation"]["state"], readonly [Tone, string]>> = {
  DELEGATED: ["good", "delegated"],
  PENDING: ["warn", "not delegated yet"],
  LAME: ["bad", "delegated, and nobody answers"],
  ELSEWHERE: ["bad", "delegated elsewhere"],
  HELD: ["warn", "held back"],
  UNKNOWN: ["neutral", "delegation unknown"],
};

/** The chip. */
export function Delegation({ delegation }: { readonly delegation: Zone["delegation"] }) {
  const [tone, word] = states[delegation.state];
  return (
    <Chip tone={tone} withDot title={visible(delegation.text)}>
      {word}
    </Chip>
  );
}
