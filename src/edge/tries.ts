// Which place a request goes to next (RFC 9110 section 9.2.2). A connection that could not be opened leads to the next one, whatever
// the request: nothing of it was sent. A request that was sent, and not an octet of a response came, goes to another target once, if
// doing it twice is as good as once, if it has no content, and if the budget of its resource has something left. A target that took
// too long is not asked twice: another one would most often take as long, and time is what the visitor has least of.

import type { IoFailure, Now } from "#engine";
import { Framing, isIdempotent } from "#http";
import type { ClientConnection } from "./connections.ts";
import type { Destination } from "./destination.ts";
import type { RelayFlow } from "./flow.ts";
import type { CountedTarget } from "./policy.ts";

/** Where the request goes now; undefined where every place was tried. */
export function destinationOf(conn: ClientConnection): Destination | undefined {
  if (conn.counted) return conn.counted.destination;
  if (conn.tried >= conn.destinations.length) return undefined;
  return conn.destinations[(conn.first + conn.tried) % conn.destinations.length];
}

/** The last place that was tried. */
export function lastTried(conn: ClientConnection): Destination | undefined {
  const counted = conn.triedTargets?.at(-1);
  if (counted) return counted.destination;
  const count = conn.destinations.length;
  return conn.destinations[(conn.first + Math.min(conn.tried, count) - 1) % count];
}

/** Has the request count at a target. */
export function countAt(conn: ClientConnection, target: CountedTarget): void {
  conn.counted = target;
  conn.originCounters = target.counters;
  target.begin();
}

/** A target could not be connected to: has the request count at the next one, or at none. */
export function tryNext(flow: RelayFlow, conn: ClientConnection, failure: IoFailure, now: Now): void {
  const { counted } = conn;
  if (!counted) return;
  noteTry(conn, counted, failure);
  // Where this side has no connection left, the target is not to blame.
  if (failure !== "no-resources") counted.failed(now);
  flow.leave(conn);
  const next = counted.next(conn.triedTargets ?? [], now);
  if (!next) return;
  conn.setsCookie = true;
  countAt(conn, next);
}

/**
 * A target broke off with a request that it had not begun to answer.
 * @returns true where the request counts at another target now and is to be sent there
 */
export function moveOn(flow: RelayFlow, conn: ClientConnection, what: string, now: Now): boolean {
  const { counted } = conn;
  const isSafe =
    counted !== undefined &&
    !conn.hasMoved &&
    !conn.upgrades &&
    conn.head.framing === Framing.None &&
    isIdempotent(conn.head.method);
  if (!isSafe) return false;
  const tried = [...(conn.triedTargets ?? []), counted];
  const next = counted.next(tried, now);
  if (!next || !counted.spendRetry(now)) return false;
  noteTry(conn, counted, what);
  counted.failed(now);
  flow.leave(conn);
  conn.hasMoved = true;
  conn.setsCookie = true;
  countAt(conn, next);
  return true;
}

function noteTry(conn: ClientConnection, target: CountedTarget, what: string): void {
  (conn.triedTargets ??= []).push(target);
  conn.traced?.tries.push(`tried ${target.destination.key}: ${what}`);
}
