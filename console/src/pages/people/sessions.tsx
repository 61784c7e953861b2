// Sessions of a person as a list: with what browser, since when, until when, and how each ends.

import { useState } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { OwnSession } from "../../api/identity.ts";
import { readAnew } from "../../api/cache.ts";
import { request } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Chip } from "../../parts/chip.tsx";
import { shownFailure } from "../../parts/failure.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { visible } from "../../text/visible.ts";

/** The list. @param path  of one session from its id: what ends it */
export function Sessions({
  of: query,
  path,
}: {
  readonly of: UseQueryResult<{ sessions: OwnSession[] }>;
  readonly path: (id: string) => string;
}) {
  const [ending, setEnding] = useState<string>();
  const end = async (id: string): Promise<void> => {
    setEnding(id);
    try {
      await request("DELETE", path(id));
      tell("The session has ended");
    } catch (error) {
      tell(shownFailure(error).what, { tone: "bad" });
    } finally {
      setEnding(undefined);
      readAnew();
      await query.refetch();
    }
  };
  return (
    <Reading of={query} lines={3}>
      {({ sessions }) =>
        sessions.length === 0 ? (
          <p className="text-soft">Nobody is signed in with this account.</p>
        ) : (
          <ul className="divide-y divide-line">
            {sessions.map(({ id, userAgent, createdAt, expiresAt, isCurrent }) => (
              <li key={id} className="flex items-center justify-between gap-4 py-2.5 first:pt-0 last:pb-0">
                <div className="min-w-0">
                  <span className="flex flex-wrap items-center gap-2 font-medium break-words">
                    {browserName(userAgent)}
                    {isCurrent && <Chip tone="good">this one</Chip>}
                  </span>
                  <span className="block text-sm text-soft">
                    since <Time at={createdAt} />, ends <Time at={expiresAt} />
                  </span>
                </div>
                {!isCurrent && (
                  <Button size="small" isBusy={ending === id} onClick={() => void end(id)}>
                    End
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Reading>
  );
}

/** A browser and its system, from what it calls itself; as it is written where that is no browser known. */
function browserName(userAgent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/.exec(
    userAgent.replace(/Chrome\/\S+ (?=.*(?:Edg|OPR)\/)/, ""),
  );
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1];
  if (!browser) return userAgent === "" ? "An unknown program" : visible(userAgent.slice(0, 120));
  const names: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera" };
  const name = names[browser[1] ?? ""] ?? browser[1];
  return `${name} ${browser[2]}${system === undefined ? "" : ` on ${system === "Mac OS X" ? "macOS" : system}`}`;
}
