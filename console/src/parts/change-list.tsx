// Changes of the history as a list: what, who, when, and whether it was taken back; further ones are read as they are scrolled to.

import { useEffect, useRef } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import type { Change } from "#contract";
import { changesQuery, type ChangesAsked } from "../commands/changes.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { Skeleton } from "./card.tsx";
import { Chip } from "./chip.tsx";
import { ReadFailure } from "./failure.tsx";
import { place } from "./place.ts";
import { Time } from "./time.tsx";

/** The changes that are asked for, the latest first. @param children  stands where there are none */
export function ChangeList({
  asked,
  onOpen,
  children,
}: {
  readonly asked: ChangesAsked;
  /** Called when the page of a change is opened. */
  readonly onOpen?: () => void;
  readonly children: React.ReactNode;
}) {
  const query = useInfiniteQuery(changesQuery(asked));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (!element || !hasNextPage || isFetchingNextPage) return;
    const watch = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) void fetchNextPage();
      },
      { rootMargin: "400px" },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (!query.data)
    return query.error ? (
      <ReadFailure error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={6} />
    );
  const changes = query.data.pages.flatMap((page) => page.changes);
  if (changes.length === 0) return <>{children}</>;
  return (
    <>
      <ol className="divide-y divide-line">
        {changes.map((change) => (
          <Row key={change.id} change={change} {...(onOpen ? { onOpen } : {})} />
        ))}
      </ol>
      <div ref={end} className="flex justify-center p-3">
        {hasNextPage ? (
          <Button size="small" isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show earlier changes
          </Button>
        ) : (
          <p className="text-sm text-soft">That is all of them.</p>
        )}
      </div>
    </>
  );
}

function Row({ change, onOpen }: { readonly change: Change; readonly onOpen?: () => void }) {
  const { id, title, actor, at, undoneBy, undoes } = change;
  return (
    <li className="relative flex items-start justify-between gap-4 px-4 py-2.5 hover:bg-sunken/60">
      <div className="min-w-0">
        <Link
          {...place(["history", id])}
          {...(onOpen ? { onClick: onOpen } : {})}
          className="font-medium break-words after:absolute after:inset-0 hover:underline"
        >
          {visible(title)}
        </Link>
        <div className="flex flex-wrap items-center gap-x-2 text-sm text-soft">
          <span className="break-all">by {visible(actor)}</span>
          {undoneBy !== undefined && <Chip>undone</Chip>}
          {undoes !== undefined && (
            <Chip tone="accent">
              <Undo2 size={13} aria-hidden />
              undo
            </Chip>
          )}
        </div>
      </div>
      <span className="shrink-0 pt-0.5 text-sm whitespace-nowrap text-soft">
        <Time at={at} />
      </span>
    </li>
  );
}
