// The table of a zone's records: a hundred thousand rows of which a screen is drawn. Rows come from the worker, a hundred at a time.

import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { RecordAdvice } from "#contract";
import { classes } from "../../parts/classes.ts";
import { count } from "../../text/quantities.ts";
import { changeRecord, partsOf, removeRecords, restoreRecord } from "./edits.ts";
import { isEditable, type Row } from "./record-model.ts";
import { columns, RecordLine, type EditedField, type RowActions } from "./record-row.tsx";
import type { PolicyTarget } from "./policy-dialog.tsx";
import type { RecordSource } from "./record-source.ts";
import { SetHealthContext, useSetHealth } from "./set-health.ts";

/** Rows asked for at a time. */
const pageSize = 100;
/** Rows drawn beyond what is seen, on either side. */
const overscan = 8;
/** Pages kept. */
const maxPages = 40;

/** The table. */
export function RecordTable({
  zone,
  source,
  isWritable,
  advice,
  leadsTo,
  selected,
  onSelect,
  onPolicy,
}: {
  readonly zone: string;
  readonly source: RecordSource;
  readonly isWritable: boolean;
  /** By key of the RRset. */
  readonly advice: ReadonlyMap<string, RecordAdvice>;
  /** Names of resources by their addresses and names. */
  readonly leadsTo: ReadonlyMap<string, string>;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  /** Opens the dialog of the policy at a name. */
  readonly onPolicy: (target: PolicyTarget) => void;
}) {
  const { ask, view } = source;
  const box = useRef<HTMLDivElement>(null);
  const height = useRowHeight();
  const [first, last, measure] = useWindow(box, height, view.count);
  const rowAt = useRows(source, first, last);
  const [editing, setEditing] = useState<{ id: string; field: EditedField }>();
  const lastSelected = useRef<number>(undefined);

  const latest = useRef({ selected, onSelect, rowAt, first, last });
  useEffect(() => {
    latest.current = { selected, onSelect, rowAt, first, last };
  });

  const actions = useMemo<RowActions>(
    () => ({
      edit: ({ id }, field) => setEditing({ id, field }),
      put: async (row, change) => {
        const problem = await changeRecord(ask, zone, row, change);
        if (problem === undefined) setEditing(undefined);
        return problem;
      },
      drop: () => setEditing(undefined),
      remove: (row) => void removeRecords(ask, zone, [partsOf(row.id)]),
      restore: (row) => void restoreRecord(ask, zone, row),
      openPolicy: ({ name, type, set }, isNew) =>
        onPolicy({ name, type, ...(set || isNew ? { set: isNew ? "" : (set?.setIdentifier ?? "") } : {}) }),
      select: (row, isOn, isRange) => {
        const now = latest.current;
        const next = new Set(now.selected);
        const at = indexOf(now.rowAt, now.first, now.last, row.id);
        const from = isRange ? (lastSelected.current ?? at) : at;
        for (let i = Math.min(from, at); i <= Math.max(from, at); i++) {
          const one = now.rowAt(i);
          if (one?.kind !== "record" || !isEditable(one)) continue;
          if (isOn) next.add(one.id);
          else next.delete(one.id);
        }
        lastSelected.current = at;
        now.onSelect(next);
      },
    }),
    [ask, zone, onPolicy],
  );

  const press = useCallback(
    (event: KeyboardEvent) => {
      const page = Math.max((box.current?.clientHeight ?? height) - height, height);
      const steps: Readonly<Record<string, number>> = {
        ArrowDown: height,
        ArrowUp: -height,
        PageDown: page,
        PageUp: -page,
      };
      const step = steps[event.key];
      if (event.target !== box.current || !box.current) return;
      if (step !== undefined) box.current.scrollBy({ top: step });
      else if (event.key === "Home") box.current.scrollTo({ top: 0 });
      else if (event.key === "End") box.current.scrollTo({ top: box.current.scrollHeight });
      else return;
      event.preventDefault();
    },
    [height],
  );

  const drawn: { index: number; row: Row | undefined }[] = [];
  for (let index = first; index < last; index++) drawn.push({ index, row: rowAt(index) });
  const health = useSetHealth(
    drawn.some(({ row }) => row?.kind === "record" && row.set?.health !== undefined),
  );
  return (
    <SetHealthContext value={health}>
      <div
        role="table"
        aria-label={`Records of ${zone}`}
        aria-rowcount={view.count + 1}
        className="overflow-hidden rounded-card border border-line bg-surface shadow-card"
      >
        <div role="rowgroup">
          <div
            role="row"
            aria-rowindex={1}
            className={classes(
              "grid gap-x-3 border-b border-line px-3 py-2 text-sm font-medium text-soft max-sm:sr-only",
              columns,
            )}
          >
            <span role="columnheader">
              <span className="sr-only">Selected</span>
            </span>
            <span role="columnheader">Name</span>
            <span role="columnheader">Type</span>
            <span role="columnheader">Content</span>
            <span role="columnheader">TTL</span>
            <span role="columnheader">Managed</span>
            <span role="columnheader">
              <span className="sr-only">Actions</span>
            </span>
          </div>
        </div>
        <div
          ref={box}
          role="rowgroup"
          tabIndex={0}
          aria-label={`${count(view.matching)} records`}
          data-testid="record-rows"
          onScroll={measure}
          onKeyDown={press}
          className="relative h-[max(22rem,calc(100dvh-31rem))] overflow-y-auto overscroll-contain outline-offset-[-2px] max-sm:h-[max(24rem,calc(100dvh-22rem))]"
          style={
            view.count * height < 300 ? { height: Math.max(view.count * height, height) + 2 } : undefined
          }
        >
          <div role="presentation" style={{ height: first * height }} />
          {drawn.map(({ index, row }) =>
            row === undefined ? (
              <div
                key={`empty ${index}`}
                role="row"
                aria-rowindex={index + 2}
                style={{ height }}
                className="flex items-center border-b border-line px-3"
              >
                <span role="cell" className="h-3 w-2/5 rounded bg-sunken">
                  <span className="sr-only">Being read</span>
                </span>
              </div>
            ) : row.kind === "head" ? (
              <div
                key={row.id}
                role="row"
                aria-rowindex={index + 2}
                style={{ height }}
                className="flex items-end gap-2 border-b border-line bg-sunken px-3 pb-2"
              >
                <span role="cell" className="font-mono font-semibold">
                  {row.title}{" "}
                  <span className="font-sans text-sm font-normal text-soft">{count(row.count)}</span>
                </span>
              </div>
            ) : (
              <RecordLine
                key={row.id}
                row={row}
                zone={zone}
                index={index + 2}
                height={height}
                isEditable={isWritable && isEditable(row)}
                isSelected={selected.has(row.id)}
                editing={editing?.id === row.id ? editing.field : undefined}
                advice={advice.get(row.key)}
                leadsTo={leadsTo.get(row.data)}
                actions={actions}
              />
            ),
          )}
          <div role="presentation" style={{ height: Math.max(view.count - last, 0) * height }} />
        </div>
      </div>
    </SetHealthContext>
  );
}

function indexOf(rowAt: (index: number) => Row | undefined, first: number, last: number, id: string): number {
  for (let i = first; i < last; i++) if (rowAt(i)?.id === id) return i;
  return first;
}

const narrow = "(max-width: 639px)";

/** Height of a row: a line, or two on a phone. */
function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(() => matchMedia(narrow).matches);
  useEffect(() => {
    const list = matchMedia(narrow);
    const tell = (): void => setNarrow(list.matches);
    list.addEventListener("change", tell);
    return () => list.removeEventListener("change", tell);
  }, []);
  return isNarrow ? 72 : 44;
}

/** Which rows are drawn. @returns the first, the one after the last, and what is to be called when the box was scrolled */
function useWindow(
  box: { readonly current: HTMLDivElement | null },
  height: number,
  rows: number,
): readonly [number, number, () => void] {
  const [range, setRange] = useState<readonly [number, number]>([0, 30]);
  const frame = useRef(0);
  const look = useCallback(() => {
    frame.current = 0;
    const element = box.current;
    if (!element) return;
    const from = Math.max(Math.floor(element.scrollTop / height) - overscan, 0);
    const to = Math.ceil((element.scrollTop + element.clientHeight) / height) + overscan;
    setRange((before) => (before[0] === from && before[1] === to ? before : [from, to]));
  }, [box, height]);
  const measure = useCallback(() => {
    if (frame.current === 0) frame.current = requestAnimationFrame(look);
  }, [look]);
  useEffect(() => {
    look();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [box, look, measure, rows]);
  return [Math.min(range[0], Math.max(rows - 1, 0)), Math.min(range[1], rows), measure];
}

/** The rows of the view, as far as they are here; what is drawn is asked for. Rows of the view before stay until the new ones come. */
function useRows(
  { ask, view: { version } }: RecordSource,
  first: number,
  last: number,
): (index: number) => Row | undefined {
  const pages = useRef(new Map<number, { version: number; rows: readonly Row[] }>());
  const [, redraw] = useState(0);
  const firstPage = Math.floor(first / pageSize);
  const lastPage = Math.floor(Math.max(last - 1, 0) / pageSize);
  useEffect(() => {
    let isStale = false;
    for (let page = firstPage; page <= lastPage; page++) {
      if (pages.current.get(page)?.version === version) continue;
      const from = page * pageSize;
      void ask<"rows">({ type: "rows", version, from, to: from + pageSize }).then((rows) => {
        if (!rows || isStale) return;
        pages.current.delete(page);
        pages.current.set(page, { version, rows });
        const [oldest] = pages.current.keys();
        if (pages.current.size > maxPages && oldest !== undefined) pages.current.delete(oldest);
        redraw((before) => before + 1);
      });
    }
    return () => {
      isStale = true;
    };
  }, [ask, version, firstPage, lastPage]);
  return (index) => pages.current.get(Math.floor(index / pageSize))?.rows[index % pageSize];
}
