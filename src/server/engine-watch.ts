// Puts engines under watch, in the thread that they are in (watch-plan.ts says what is watched, query-watcher.ts takes what they tell).

import { QueryWatch } from "#answer";
import { MessageRing, MessageSampler } from "#engine";
import type { RecursiveResolver } from "#resolver";
import type { GroupEngines } from "./make-names-engines.ts";
import type { WatchSettings } from "./watch-plan.ts";

/** Has engines of name servers watched as is said; what they have counted so far stays. */
export function watchNames(engines: readonly GroupEngines[], settings: WatchSettings): void {
  const { zones, isTimed, messages } = settings;
  const ring = messages && new MessageRing(messages.ring);
  for (const [i, { datagram }] of engines.entries()) {
    if (zones === 0 && !isTimed && !messages) {
      datagram.watch = undefined;
      continue;
    }
    datagram.watch ??= new QueryWatch({ zones, isTimed, monotonic: () => performance.now() });
    datagram.watch.messages = ring && samplerOf(settings, ring, i);
  }
}

/** Has a resolver watched as is said. */
export function watchResolver(resolver: RecursiveResolver, settings: WatchSettings): void {
  const { messages } = settings;
  resolver.messages = messages && samplerOf(settings, new MessageRing(messages.ring), 0);
}

function samplerOf(
  { messages }: WatchSettings,
  ring: MessageRing,
  engine: number,
): MessageSampler | undefined {
  if (!messages) return undefined;
  const { firstSource, every, maxPerSecond, isWhole } = messages;
  return new MessageSampler({
    ring,
    source: firstSource + engine,
    every,
    maxPerSecond,
    isWhole,
    monotonic: () => performance.now(),
  });
}
