// A read and the three things that can come of it, so that no page forgets one: what is there, a skeleton, or why there is nothing.

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Skeleton } from "./card.tsx";
import { ReadFailure } from "./failure.tsx";

/** Shows what was read. What was read before stays while it is read anew, also where that fails, unless it is there no more. */
export function Reading<Data>({
  of: query,
  lines,
  children,
}: {
  readonly of: UseQueryResult<Data>;
  /** Lines of the skeleton. */
  readonly lines?: number;
  readonly children: (data: Data) => ReactNode;
}) {
  const isGone = query.error?.status === 404;
  if (query.data !== undefined && !isGone) return <>{children(query.data)}</>;
  if (query.error) return <ReadFailure error={query.error} onRetry={() => void query.refetch()} />;
  return <Skeleton {...(lines === undefined ? {} : { lines })} />;
}
