// The second halves of changes, when another change comes for the same place while the end of the first one is on its way into the log.

import { expect, test } from "vitest";
import { DrainWatch, type DrainSources } from "./drain-watch.ts";
import type { DrainFact, PendingFact } from "./facts.ts";
import type { NamesChecks } from "./names-check.ts";
import { Reconciler } from "./reconciler.ts";
import { State } from "./state.ts";
import { ManualTime, settle } from "./testing.ts";

/** Puts a fact as a commit does. */
function put(state: State, kind: "drain" | "pending", key: string, value: DrainFact | PendingFact): void {
  state.apply({ kind, key, value, id: key, arn: "", accountId: "", region: "" }, state.revision + 1);
}

/** Ends that are on their way until they are let go. */
function held(): {
  readonly ends: string[];
  release: (fact: { changeId: string }) => Promise<void>;
  go(): void;
} {
  const ends: string[] = [];
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    ends,
    release: ({ changeId }) => {
      ends.push(changeId);
      return promise;
    },
    go() {
      const go = resolve;
      ({ promise, resolve } = Promise.withResolvers<void>());
      go();
    },
  };
}

test("a drain that begins in the place of one that just ends is followed to its own end", async () => {
  const [state, time, way] = [new State(), new ManualTime(), held()];
  const sources = { state, clock: time.clock, timers: time.timers } as unknown as DrainSources;
  const watch = new DrainWatch(sources, (_, fact) => way.release(fact));
  const drain = (changeId: string): void => {
    const until = time.now + 30_000;
    put(state, "drain", "web web", {
      resource: "web",
      instance: "web",
      purpose: "stop",
      changeId,
      since: time.now,
      until,
    });
  };
  // There is no such instance any more: nothing is under way there.
  drain("first");
  watch.review();
  drain("second");
  watch.review();
  expect(way.ends).toEqual(["first"]);
  way.go();
  await settle();
  expect(way.ends).toEqual(["first", "second"]);
  way.go();
  await settle();
  expect(way.ends).toEqual(["first", "second"]);
});

test("what is held back of a zone that comes in the place of one that just goes is published too", async () => {
  const [state, way] = [new State(), held()];
  const checks = { evidence: () => ({ isDone: true, detail: "" }) } as unknown as NamesChecks;
  const reconciler = new Reconciler(state, checks, way.release);
  put(state, "pending", "shop.test.", { apex: "shop.test.", step: "withdraw", changeId: "first" });
  reconciler.review();
  put(state, "pending", "shop.test.", { apex: "shop.test.", step: "delegate", changeId: "second" });
  reconciler.review();
  expect(way.ends).toEqual(["first"]);
  way.go();
  await settle();
  expect(way.ends).toEqual(["first", "second"]);
});
