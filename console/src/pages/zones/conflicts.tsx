// Two who changed the same records: what one saw, what is there now and by whom, and what is wanted, side by side, with the ways out.

import { useQuery } from "@tanstack/react-query";
import type { Change, RrsetConflict, RrsetContent } from "#contract";
import { read } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Time } from "../../parts/time.tsx";
import { classes } from "../../parts/classes.ts";
import { span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { keyOf } from "./record-model.ts";
import { rebase, unstage } from "./staging.ts";

/** Conflicts, each with both sides. Without `zone` they are only shown. */
export function Conflicts({
  conflicts,
  zone,
  more = 0,
}: {
  readonly conflicts: readonly RrsetConflict[];
  /** Whose staged edits they are. */
  readonly zone?: string;
  readonly more?: number;
}) {
  return (
    <div className="flex flex-col gap-3">
      {conflicts.map((conflict) => (
        <Conflict key={keyOf(conflict)} conflict={conflict} zone={zone} />
      ))}
      {more > 0 && <p className="text-soft">And {more} more.</p>}
    </div>
  );
}

function Conflict({
  conflict,
  zone,
}: {
  readonly conflict: RrsetConflict;
  readonly zone: string | undefined;
}) {
  const { name, type, expected, current, wanted, revision } = conflict;
  const key = keyOf(conflict);
  const both = union(current, wanted);
  return (
    <section
      aria-label={`Conflict at ${name} ${type}`}
      className="rounded-lg border border-warn/40 bg-warn-soft/50 p-3"
    >
      <h3 className="mb-2 font-semibold break-words">
        {visible(name)} <span className="font-mono text-sm font-normal">{type}</span>
      </h3>
      <div className="grid gap-2 sm:grid-cols-3">
        <Side title="You saw" content={expected} />
        <Side title="There is now" content={current} about={<Who revision={revision} />} />
        <Side title="You want" content={wanted} isOwn />
      </div>
      {zone !== undefined && (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button size="small" onClick={() => unstage(zone, [key])}>
            Take theirs
          </Button>
          <Button size="small" onClick={() => rebase(zone, key, current, wanted)}>
            Keep mine
          </Button>
          {both && (
            <Button size="small" onClick={() => rebase(zone, key, current, both)}>
              Have both
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

/** The records of both; nothing where that is one of them. */
function union(a: RrsetContent | null, b: RrsetContent | null): RrsetContent | undefined {
  if (!a || !b) return undefined;
  const records = [...new Set([...a.records, ...b.records])];
  return records.length > a.records.length && records.length > b.records.length
    ? { ttl: b.ttl, records }
    : undefined;
}

function Side({
  title,
  content,
  about,
  isOwn = false,
}: {
  readonly title: string;
  readonly content: RrsetContent | null;
  readonly about?: React.ReactNode;
  readonly isOwn?: boolean;
}) {
  return (
    <div className={classes("rounded-md border bg-surface p-2", isOwn ? "border-accent" : "border-line")}>
      <p className="text-sm font-medium text-soft">{title}</p>
      {content ? (
        <ul className="font-mono text-[0.83rem] leading-6 break-all">
          {content.records.map((record) => (
            <li key={record}>{visible(record)}</li>
          ))}
          <li className="font-sans text-sm text-soft">TTL {span(content.ttl)}</li>
        </ul>
      ) : (
        <p className="text-soft">Nothing</p>
      )}
      {about}
    </div>
  );
}

/** Who made it what it is. */
function Who({ revision }: { readonly revision: number | undefined }) {
  const { data } = useQuery({
    ...read<Change>("changes", String(revision)),
    enabled: revision !== undefined,
  });
  if (!data) return null;
  return (
    <p className="mt-1 text-sm text-soft">
      {visible(data.actor)}, <Time at={data.at} />: {visible(data.title)}
    </p>
  );
}
