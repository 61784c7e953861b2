// The last changes, with what is still going on.

import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import type { Change, Operation } from "#contract";
import { request } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { place } from "../../parts/place.ts";
import { visible } from "../../text/visible.ts";

/** Changes that are shown. */
const most = 5;

/** The card. */
export function RecentChanges() {
  const changes = useQuery({
    queryKey: ["changes", "latest"],
    queryFn: ({ signal }) =>
      request<{ changes: Change[] }>("GET", `/v1/changes?limit=${most}`, undefined, signal),
  });
  const operations = useQuery({
    queryKey: ["operations"],
    queryFn: ({ signal }) => request<{ operations: Operation[] }>("GET", "/v1/operations", undefined, signal),
  });
  const open = (operations.data?.operations ?? []).filter(({ isTerminal }) => !isTerminal);
  return (
    <Card
      title="Last changes"
      actions={
        <Link {...place("history")} className="link text-sm">
          History
        </Link>
      }
    >
      <Reading of={changes}>
        {({ changes: list }) =>
          list.length === 0 ? (
            <p className="text-soft">Nothing was changed yet.</p>
          ) : (
            <ul className="flex flex-col gap-2">
              {list.map(({ id, title, actor, at, operationId }) => (
                <li key={id} className="flex items-baseline justify-between gap-4">
                  <span className="min-w-0">
                    <span className="break-words">{visible(title)}</span>{" "}
                    {open.some((operation) => operation.id === operationId) && (
                      <Chip tone="accent" withDot>
                        going on
                      </Chip>
                    )}
                    <span className="block text-sm text-soft">by {visible(actor)}</span>
                  </span>
                  <span className="shrink-0 text-sm text-soft">
                    <Time at={at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Reading>
    </Card>
  );
}
