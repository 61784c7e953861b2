// Changes of the history: how they are read page by page, and which of them can be taken back.

import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Change } from "#contract";
import { request } from "../api/client.ts";

/** Which changes are asked for: all that is given holds. */
export interface ChangesAsked {
  readonly zone?: string | undefined;
  /** The name of what they touched. */
  readonly resource?: string | undefined;
  readonly actor?: string | undefined;
  /** The command's: `assign`. */
  readonly action?: string | undefined;
}

/** Changes of one page. */
const pageSize = 50;

interface Page {
  readonly changes: readonly Change[];
  readonly nextPageToken?: string;
}

/** The changes that are asked for, the latest first, page by page. */
export function changesQuery(asked: ChangesAsked) {
  const given = Object.entries(asked).flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
  return infiniteQueryOptions({
    queryKey: ["changes", "list", Object.fromEntries(given) as Record<string, string>],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams([...given, ["limit", String(pageSize)]]);
      if (pageParam !== "") query.set("pageToken", pageParam);
      return request<Page>("GET", `/v1/changes?${query.toString()}`, undefined, signal);
    },
    initialPageParam: "",
    getNextPageParam: ({ nextPageToken }: Page) => nextPageToken,
  });
}

const forGood: ReadonlySet<string> = new Set([
  "platform",
  "reboot-instance",
  "purge-distribution",
  "reset-distribution-cache",
]);

/** Whether a change can be taken back at all: not the platform's own, who may do what, what happened to a process, nor what was forgotten. */
export function canBeUndone({ action, undoneBy }: Pick<Change, "action" | "undoneBy">): boolean {
  return undoneBy === undefined && !forGood.has(action) && !/-(?:user|access-key)$/.test(action);
}
