// What was read of the API, kept by TanStack Query and read anew when something changed. A key begins with the path's first segment:
// `["zones", name]`. A query with `meta: { followsChanges: false }` keeps up by itself.

import { QueryClient } from "@tanstack/react-query";
import type { ApiFailure } from "./client.ts";
import { onReturn } from "./connection.ts";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: ApiFailure;
    queryMeta: { readonly followsChanges?: boolean };
  }
}

/** The cache of the whole console. */
export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say when something changed; what they miss, the next visit of a page finds.
      staleTime: 5_000,
      // A refusal stays one, and what is away is tried for by connection.ts.
      retry: false,
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { retry: false, networkMode: "always" },
  },
});

onReturn(() => void cache.invalidateQueries());

/** Milliseconds in which changes that follow each other are one. */
const gatherMs = 120;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Has everything that is on the page read anew, soon: something changed. */
export function readAnew(): void {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    void cache.invalidateQueries({ predicate: ({ meta }) => meta?.followsChanges !== false });
  }, gatherMs);
}
