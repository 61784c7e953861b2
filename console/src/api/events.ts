// The platform's events, over one stream for the whole console: operations as they go on, changes as they are committed.

import { useEffect, useState } from "react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { ChangeEvent, Operation } from "#contract";
import { cache, readAnew } from "./cache.ts";
import { at, request } from "./client.ts";
import { onReturn } from "./connection.ts";

/** Milliseconds until a stream that the platform refused is asked for again. */
const againMs = 3000;

const changeListeners = new Set<(event: ChangeEvent | undefined) => void>();
const operationListeners = new Set<(operation: Operation) => void>();

/** Follows the platform's events until the returned function is called. */
export function followEvents(): () => void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source?.close();
    clearTimeout(again);
    source = new EventSource("/v1/events");
    source.addEventListener("operation", ({ data }: MessageEvent<string>) => {
      const operation = JSON.parse(data) as Operation;
      cache.setQueryData(operationQuery(operation.id).queryKey, operation);
      for (const tell of operationListeners) tell(operation);
      if (operation.isTerminal) readAnew();
    });
    source.addEventListener("change", ({ data }: MessageEvent<string>) => {
      readAnew();
      const event = JSON.parse(data) as ChangeEvent;
      for (const tell of changeListeners) tell(event);
    });
    // What happened while the stream was away, nobody told.
    source.addEventListener("open", () => {
      readAnew();
      for (const tell of changeListeners) tell(undefined);
    });
    source.addEventListener("error", () => {
      // Browsers open the stream again by themselves unless it was refused.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, againMs);
    });
  };
  open();
  const stopReturn = onReturn(open);
  return () => {
    stopReturn();
    clearTimeout(again);
    source?.close();
  };
}

/** Calls `tell` with every commit, and without one where some may have been missed. @returns ends that */
export function onChange(tell: (event: ChangeEvent | undefined) => void): () => void {
  changeListeners.add(tell);
  return () => void changeListeners.delete(tell);
}

function operationQuery(id: string) {
  return queryOptions({
    queryKey: ["operations", id],
    queryFn: ({ signal }) => request<Operation>("GET", at("operations", id), undefined, signal),
    meta: { followsChanges: false },
  });
}

/** An operation as it goes on; undefined until it was read. */
export function useOperation(id: string | undefined): Operation | undefined {
  const { data } = useQuery({ ...operationQuery(id ?? ""), enabled: id !== undefined });
  return data;
}

/** The last operations that were heard of while this part is shown, the latest first. */
export function useHeardOperations(most: number): readonly Operation[] {
  const [heard, setHeard] = useState<readonly Operation[]>([]);
  useEffect(() => {
    const tell = (operation: Operation): void =>
      setHeard((before) => [operation, ...before.filter(({ id }) => id !== operation.id)].slice(0, most));
    operationListeners.add(tell);
    return () => void operationListeners.delete(tell);
  }, [most]);
  return heard;
}
