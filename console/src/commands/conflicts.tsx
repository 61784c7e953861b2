// What stands in the way of a change, with both sides: what somebody knew, what is there now, and what is wanted.

import type { RrsetConflict } from "#contract";
import { ApiFailure } from "../api/client.ts";
import { classes } from "../parts/classes.ts";
import { counted } from "../text/quantities.ts";
import { visible } from "../text/visible.ts";

/** The conflicts and reasons that a refusal carries; nothing where it has none. */
export function Conflicts({ of: error }: { readonly of: unknown }) {
  if (!(error instanceof ApiFailure)) return null;
  const { conflicts = [], moreConflicts = 0, reasons: all = [], report } = error.body;
  // What the failure says already is not said again.
  const reasons = all.filter((reason) => reason !== report?.cause && !report?.evidence.includes(reason));
  if (conflicts.length + reasons.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      {reasons.length > 0 && (
        <ul aria-label="What stands in the way" className="list-disc pl-5">
          {reasons.map((reason, i) => (
            <li key={i} className="break-words">
              {visible(reason)}
            </li>
          ))}
        </ul>
      )}
      {conflicts.map((conflict) => (
        <Conflict
          key={`${conflict.zone} ${conflict.name} ${conflict.type} ${conflict.setIdentifier}`}
          conflict={conflict}
        />
      ))}
      {moreConflicts > 0 && <p className="text-soft">And {counted(moreConflicts, "conflict")} more.</p>}
    </div>
  );
}

function Conflict({ conflict }: { readonly conflict: RrsetConflict }) {
  const { name, type, expected, current, wanted } = conflict;
  return (
    <section
      aria-label={`Conflict at ${name} ${type}`}
      className="overflow-hidden rounded-lg border border-line"
    >
      <h3 className="border-b border-line bg-sunken px-3 py-1.5 text-sm font-medium break-all">
        {visible(name)} {type}
      </h3>
      <div className="grid divide-line max-sm:divide-y sm:grid-cols-3 sm:divide-x">
        <Side title="As it was left" content={expected} />
        <Side title="As it is now" content={current} isNow />
        <Side title="As it would be" content={wanted} />
      </div>
    </section>
  );
}

function Side({
  title,
  content,
  isNow = false,
}: {
  readonly title: string;
  readonly content: RrsetConflict["current"];
  readonly isNow?: boolean;
}) {
  return (
    <div className={classes("min-w-0 px-3 py-2", isNow && "bg-warn-soft")}>
      <p className={classes("text-sm", isNow ? "text-warn" : "text-soft")}>{title}</p>
      {content ? (
        <ul className="font-mono text-[0.83rem] leading-6">
          {content.records.map((data, i) => (
            <li key={i} className="break-all">
              {visible(data)}
            </li>
          ))}
          <li className={isNow ? "text-warn" : "text-soft"}>TTL {content.ttl} s</li>
        </ul>
      ) : (
        <p>nothing</p>
      )}
    </div>
  );
}
