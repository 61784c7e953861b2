// What was changed in a zone, by whom and when, with the records that went and came, and the way back.

import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import type { Change, Command } from "#contract";
import { request } from "../../api/client.ts";
import { ChangeLines, RecordDifferences } from "../../commands/plan-view.tsx";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, Skeleton } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { ReadFailure } from "../../parts/failure.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { ReviewDialog } from "./review-dialog.tsx";

interface Page {
  readonly changes: Change[];
  readonly nextPageToken?: string;
}

/** Changes of a page. */
const pageSize = 20;

/** The history. */
export function HistoryView({ zone, isWritable }: { readonly zone: string; readonly isWritable: boolean }) {
  const query = useInfiniteQuery({
    queryKey: ["changes", "zone", zone],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      request<Page>(
        "GET",
        `/v1/changes?zone=${encodeURIComponent(zone)}&limit=${pageSize}${pageParam === "" ? "" : `&pageToken=${pageParam}`}`,
        undefined,
        signal,
      ),
    getNextPageParam: (last: Page) => last.nextPageToken,
  });
  const [undone, setUndone] = useState<Command>();
  const [isOpen, setOpen] = useState(false);
  if (query.error && !query.data)
    return <ReadFailure error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton lines={6} />;
  const changes = query.data.pages.flatMap((page) => page.changes);
  return (
    <Card title="History" about="Every change of this zone’s records, the latest first" isFlush>
      {changes.length === 0 ? (
        <Empty title="Nothing was changed yet" />
      ) : (
        <ol className="border-t border-line">
          {changes.map((change) => (
            <HistoryEntry
              key={change.id}
              change={change}
              zone={zone}
              {...(isWritable
                ? {
                    onUndo: () => {
                      setUndone({ action: "undo", changeId: change.id });
                      setOpen(true);
                    },
                  }
                : {})}
            />
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <div className="p-3 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Earlier changes
          </Button>
        </div>
      )}
      {undone && <ReviewDialog command={undone} isOpen={isOpen} onClose={() => setOpen(false)} verb="Undo" />}
    </Card>
  );
}

function HistoryEntry({
  change,
  zone,
  onUndo,
}: {
  readonly change: Change;
  readonly zone: string;
  readonly onUndo?: () => void;
}) {
  const records = change.records.filter((one) => one.zone === zone);
  const isForGood = change.action === "platform" || change.undoneBy !== undefined;
  return (
    <li className="border-b border-line last:border-b-0">
      <details className="group">
        <summary className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 hover:bg-sunken/60">
          <span className="min-w-0 flex-1 font-medium break-words">{visible(change.title)}</span>
          {change.undoneBy !== undefined && <Chip>undone</Chip>}
          {change.undoes !== undefined && <Chip tone="accent">undo</Chip>}
          <span className="text-sm text-soft">
            {visible(change.actor)} · <Time at={change.at} /> · {change.revision}
          </span>
        </summary>
        <div className="flex flex-col gap-3 px-4 pb-4">
          <ChangeLines changes={change.changes.slice(0, 50)} />
          <RecordDifferences records={records} />
          {onUndo && !isForGood && (
            <div>
              <Button size="small" icon={<Undo2 size={15} aria-hidden />} onClick={onUndo}>
                Take it back
              </Button>
            </div>
          )}
        </div>
      </details>
    </li>
  );
}
