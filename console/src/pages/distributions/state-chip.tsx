// How a distribution stands, in a word.

import type { Distribution } from "#contract";
import { Chip } from "../../parts/chip.tsx";

/** How a distribution stands, as a chip. */
export function StateChip({ distribution: { isEnabled, status } }: { readonly distribution: Distribution }) {
  if (status === "InProgress")
    return (
      <Chip tone="accent" withDot>
        being set up
      </Chip>
    );
  return isEnabled ? (
    <Chip tone="good" withDot>
      serves
    </Chip>
  ) : (
    <Chip tone="warn" withDot>
      disabled
    </Chip>
  );
}
