// Operations that are no longer remembered: the change that one followed is found in the log, by the time that ids begin with
// (RFC 9562 section 5.7), and the operation is made anew from it.

import type { ChangeIndex } from "./state.ts";
import type { UndoneChange } from "./plan-context.ts";

/** How far the time of a change may be from that in its operation's id, in milliseconds. */
const slackMs = 1000;
/** Most changes that are read beside those of the search: those of the same second. */
const maxRead = 200;

/**
 * Finds the change that an operation followed.
 * @param changes  in the order of the log
 * @param isSame  tells whether an id is meant
 * @returns undefined where the log has none
 */
export async function findChangeOf(
  operationId: string,
  changes: readonly ChangeIndex[],
  read: (changeId: string) => Promise<UndoneChange>,
  isSame: (operationId: string) => boolean,
): Promise<UndoneChange | undefined> {
  const [, head = "", tail = ""] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(operationId) ?? [];
  if (head === "") return undefined;
  const at = Number.parseInt(head + tail, 16);
  const readAt = async (i: number): Promise<UndoneChange> => read(changes[i]?.id ?? "");
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await readAt(middle)).fact.at < at - slackMs) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < Math.min(changes.length, low + maxRead); i++) {
    const change = await readAt(i);
    if (change.fact.at > at + slackMs) return undefined;
    if (isSame(change.fact.operation.id)) return change;
  }
  return undefined;
}
