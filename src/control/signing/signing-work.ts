// Carries out work of signing beside all else that control does: a few signatures at a time in control's own thread, and many of them in another one where
// the host has one. Without another one, and on a clock that stands still, everything is done in its order.

import { makeSignature, type SigningWork, type UnmadeSignature } from "#dnssec";
import type { Clock } from "../ports.ts";

/** How long control's thread signs without a turn for others, in milliseconds. */
const pieceMs = 8;
/** Signatures of one piece of work that are made in control's own thread: a tenth of a second. What has more goes on in another. */
const ownSignatures = 2_000;

/** Makes signatures somewhere else than in control's thread. */
export interface BulkSigner {
  /** Makes and settles them. @returns false where that was not possible: then none is settled */
  sign(unmade: readonly UnmadeSignature[]): Promise<boolean>;
}

/** Carries out work of signing. */
export async function carryOut<T>(
  clock: Pick<Clock, "monotonic">,
  work: SigningWork<T>,
  bulk?: BulkSigner,
): Promise<T> {
  let made = 0;
  let until = clock.monotonic() + pieceMs;
  const giveTurn = async (): Promise<void> => {
    if (clock.monotonic() < until) return;
    await new Promise((resolve) => setImmediate(resolve));
    until = clock.monotonic() + pieceMs;
  };
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    const unmade = step.value;
    made += unmade.length;
    if (bulk && unmade.length > 0 && made > ownSignatures && (await bulk.sign(unmade))) {
      until = clock.monotonic() + pieceMs;
      continue;
    }
    for (const [i, each] of unmade.entries()) {
      makeSignature(each);
      if (i % 16 === 0) await giveTurn();
    }
    await giveTurn();
  }
}
