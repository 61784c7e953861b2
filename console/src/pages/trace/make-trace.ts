// How a page has a visit made: one request, whose answer is the trace. The page of the map reads it from there.

import { queryOptions } from "@tanstack/react-query";
import type { Trace } from "#contract";
import { cache } from "../../api/cache.ts";
import { at, request } from "../../api/client.ts";

/** The trace of an id. What happens afterwards does not change it. */
export function traceQuery(id: string) {
  return queryOptions({
    queryKey: ["traces", id],
    queryFn: ({ signal }) => request<Trace>("GET", at("traces", id), undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
    meta: { followsChanges: false },
  });
}

/** Makes a visit. @param fresh  whether the resolver passes its cache by */
export async function makeTrace(url: string, fresh: boolean): Promise<Trace> {
  const trace = await request<Trace>("POST", "/v1/traces", { url, fresh });
  cache.setQueryData(traceQuery(trace.id).queryKey, trace);
  return trace;
}
