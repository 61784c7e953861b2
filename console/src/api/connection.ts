// Whether the platform answers and whether somebody is signed in, for the whole console. Pages stay as they are while either is not so:
// what was typed or staged is still there afterwards.

import { useSyncExternalStore } from "react";
import { listenToRequests } from "./client.ts";

/** How things stand between this page and the platform. */
export interface Connection {
  /** False from the first request that nothing answered to the first that something did. */
  readonly isReachable: boolean;
  /** False from the first request that was refused for want of a session to the next sign-in. */
  readonly isSignedIn: boolean;
}

/** Milliseconds between attempts to reach a platform that is away. */
const retryMs = 1500;

let current: Connection = { isReachable: true, isSignedIn: true };
const watchers = new Set<() => void>();
const returned = new Set<() => void>();
let attempt: ReturnType<typeof setTimeout> | undefined;

function change(to: Partial<Connection>): void {
  const next = { ...current, ...to };
  if (next.isReachable === current.isReachable && next.isSignedIn === current.isSignedIn) return;
  const isBack = (next.isReachable && !current.isReachable) || (next.isSignedIn && !current.isSignedIn);
  current = next;
  for (const tell of watchers) tell();
  if (isBack && next.isReachable && next.isSignedIn) for (const tell of returned) tell();
}

listenToRequests({
  answered: () => change({ isReachable: true }),
  unreachable: () => {
    change({ isReachable: false });
    attempt ??= setTimeout(tryAgain, retryMs);
  },
  signedOut: () => change({ isSignedIn: false }),
});

async function tryAgain(): Promise<void> {
  attempt = undefined;
  try {
    const response = await fetch("/v1/me", { credentials: "same-origin" });
    change({ isReachable: true, isSignedIn: response.status !== 401 });
  } catch {
    attempt = setTimeout(tryAgain, retryMs); // still away
  }
}

/** Says that somebody has signed in. */
export function signedIn(): void {
  change({ isSignedIn: true });
}

/** Says that nobody is signed in. */
export function signedOut(): void {
  change({ isSignedIn: false });
}

/** Calls `tell` whenever the platform is back, or somebody is signed in again. @returns ends that */
export function onReturn(tell: () => void): () => void {
  returned.add(tell);
  return () => returned.delete(tell);
}

/** How things stand now. */
export function useConnection(): Connection {
  return useSyncExternalStore(watch, () => current);
}

function watch(tell: () => void): () => void {
  watchers.add(tell);
  return () => watchers.delete(tell);
}
