// One row of the record table. Light on purpose: a screen of them is drawn anew with every turn of the wheel.

import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { PencilLine, Plus, Split, Trash2, TriangleAlert, Undo2 } from "lucide-react";
import type { RecordAdvice, Rrset } from "#contract";
import { classes } from "../../parts/classes.ts";
import { span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { readTtl } from "./edits.ts";
import { Origin } from "./origins.tsx";
import { isChoosable, policyWords } from "./policy-words.ts";
import type { RecordRow } from "./record-model.ts";
import { useHealthOf } from "./set-health.ts";

/** Which cell of a row is edited. */
export type EditedField = "data" | "ttl";

/** What a row asks of its table. */
export interface RowActions {
  readonly edit: (row: RecordRow, field: EditedField) => void;
  /** Stages a value. @returns what is wrong with it */
  readonly put: (row: RecordRow, change: { data?: string; ttl?: number }) => Promise<string | undefined>;
  readonly drop: () => void;
  readonly remove: (row: RecordRow) => void;
  readonly restore: (row: RecordRow) => void;
  /** Opens the dialog of the routing policy that a row's record is chosen by, or is to be; with a new set in it. */
  readonly openPolicy: (row: RecordRow, isNew: boolean) => void;
  readonly select: (row: RecordRow, isOn: boolean, isRange: boolean) => void;
}

const marks = {
  same: "",
  added: "bg-good-soft",
  changed: "bg-accent-soft",
  removed: "bg-bad-soft line-through decoration-bad/60",
} as const;

/** Columns from 640 px on. */
export const columns =
  "sm:grid-cols-[2.25rem_minmax(8rem,1.2fr)_5rem_minmax(10rem,2.2fr)_6.5rem_7rem_6.5rem]";

/** A record. */
export const RecordLine = memo(function RecordLine({
  row,
  zone,
  index,
  height,
  isEditable,
  isSelected,
  editing,
  advice,
  leadsTo,
  actions,
}: {
  readonly row: RecordRow;
  readonly zone: string;
  /** From 1, as screen readers count. */
  readonly index: number;
  readonly height: number;
  readonly isEditable: boolean;
  readonly isSelected: boolean;
  readonly editing: EditedField | undefined;
  readonly advice: RecordAdvice | undefined;
  /** The resource that the value is an address of. */
  readonly leadsTo: string | undefined;
  readonly actions: RowActions;
}) {
  const { name, type, data, ttl, mark, isFirstOfName } = row;
  const isGone = mark === "removed";
  const label = `${name} ${type} ${data}`;
  return (
    <div
      role="row"
      aria-rowindex={index}
      data-mark={mark}
      style={{ height }}
      className={classes(
        "grid items-center gap-x-3 border-b border-line px-3 max-sm:grid-cols-[1.75rem_minmax(0,1fr)_4.25rem] max-sm:content-center max-sm:gap-y-0.5",
        columns,
        marks[mark],
        row.isInConflict && "outline-2 -outline-offset-2 outline-warn",
        isSelected && mark === "same" && "bg-accent-soft/60",
      )}
    >
      <span role="cell" className="flex items-center max-sm:row-span-2">
        <input
          type="checkbox"
          aria-label={`Select ${label}`}
          checked={isSelected}
          disabled={!isEditable}
          className="size-4.5 accent-accent disabled:opacity-40"
          onClick={(event) => actions.select(row, event.currentTarget.checked, event.shiftKey)}
          onChange={() => {}}
        />
      </span>
      <span role="cell" className="truncate max-sm:text-sm" title={visible(name)}>
        <span className={classes("font-medium", !isFirstOfName && "sm:text-soft")}>
          {name === zone ? visible(zone) : visible(name.slice(0, -zone.length - 1))}
        </span>
        {name !== zone && <span className="text-soft max-lg:hidden">.{visible(zone)}</span>}
        <span className="ml-2 font-mono text-[0.8rem] text-soft sm:hidden">{type}</span>
      </span>
      <span role="cell" className="max-sm:hidden">
        <span className="rounded-md bg-sunken px-1.5 py-0.5 font-mono text-[0.8rem]">{type}</span>
      </span>
      <span role="cell" className="flex min-w-0 items-center gap-2 max-sm:col-start-2 max-sm:row-start-2">
        {editing === "data" ? (
          <CellInput
            label={`Value of ${name} ${type}`}
            value={data}
            onPut={(text) => (text === data ? actions.drop() : actions.put(row, { data: text }))}
            onDrop={actions.drop}
          />
        ) : (
          <>
            <Cell
              isEditable={isEditable && !isGone}
              label={`Change the value of ${label}`}
              onEdit={() => actions.edit(row, "data")}
            >
              <Middle text={visible(data)} />
            </Cell>
            {leadsTo !== undefined && (
              <span className="shrink-0 truncate rounded-md bg-mark-soft px-1.5 text-[0.78rem] text-mark max-md:hidden">
                {leadsTo}
              </span>
            )}
            {row.set && (
              <SetChip
                set={row.set}
                label={label}
                onOpen={isEditable && !isGone ? (isNew) => actions.openPolicy(row, isNew) : undefined}
              />
            )}
            {advice && (
              <span
                className={classes("shrink-0", advice.weight === "warn" ? "text-warn" : "text-soft")}
                title={visible(advice.text)}
              >
                <TriangleAlert size={16} aria-hidden />
                <span className="sr-only">Advice: {visible(advice.text)}</span>
              </span>
            )}
          </>
        )}
      </span>
      <span
        role="cell"
        className="text-right text-sm tabular-nums max-sm:col-start-3 max-sm:row-start-1 sm:text-left"
      >
        {editing === "ttl" ? (
          <CellInput
            label={`TTL of ${name} ${type}`}
            value={String(ttl)}
            onPut={(text) => {
              const seconds = readTtl(text);
              if (seconds === undefined) return Promise.resolve("Give seconds, or 5m, 1h, 2d");
              return seconds === ttl ? actions.drop() : actions.put(row, { ttl: seconds });
            }}
            onDrop={actions.drop}
          />
        ) : (
          <Cell
            isEditable={isEditable && !isGone}
            label={`Change the TTL of ${name} ${type}: ${span(ttl)}`}
            onEdit={() => actions.edit(row, "ttl")}
          >
            <span title={`${ttl} s`}>{span(ttl)}</span>
          </Cell>
        )}
      </span>
      <span role="cell" className="truncate no-underline max-sm:hidden">
        <Origin origin={row.origin} />
      </span>
      <span role="cell" className="flex justify-end max-sm:col-start-3 max-sm:row-start-2">
        {isEditable &&
          (isGone ? (
            <RowButton label={`Keep ${label}`} onPress={() => actions.restore(row)}>
              <Undo2 size={16} aria-hidden />
            </RowButton>
          ) : (
            <>
              <RowButton
                label={`Edit ${label}`}
                onPress={() => actions.edit(row, "data")}
                className="max-sm:hidden"
              >
                <PencilLine size={16} aria-hidden />
              </RowButton>
              {!row.set && isChoosable(type) && mark === "same" && (
                <RowButton
                  label={`Routing policy for ${label}`}
                  onPress={() => actions.openPolicy(row, false)}
                  className="max-sm:hidden"
                >
                  <Split size={16} aria-hidden />
                </RowButton>
              )}
              <RowButton label={`Delete ${label}`} onPress={() => actions.remove(row)}>
                <Trash2 size={16} aria-hidden />
              </RowButton>
            </>
          ))}
      </span>
    </div>
  );
});

/** Which set a record is in, by what it is chosen, and how its health is. */
function SetChip({
  set,
  label,
  onOpen,
}: {
  readonly set: Rrset;
  readonly label: string;
  readonly onOpen: ((isNew: boolean) => void) | undefined;
}) {
  const known = useHealthOf(set);
  const healthState = known?.state;
  const words = `${visible(set.setIdentifier)} · ${visible(policyWords(set))}`;
  const health = known
    ? `, ${known.state}${known.detail === undefined ? "" : `: ${visible(known.detail)}`}`
    : "";
  const look = classes(
    "flex shrink-0 items-center gap-1 rounded-md px-1.5 text-[0.78rem] no-underline max-md:max-w-28",
    healthState === "unhealthy" ? "bg-bad-soft text-bad" : "bg-sunken text-soft",
  );
  const content = (
    <>
      {healthState !== undefined && (
        <span aria-hidden className={classes("size-2 rounded-full", dots[healthState])} />
      )}
      <span className="truncate">{words}</span>
    </>
  );
  if (!onOpen)
    return (
      <span className={look} title={`${words}${health}`}>
        {content}
      </span>
    );
  return (
    <span className="flex shrink-0 items-center gap-1">
      <button
        type="button"
        aria-label={`Change the set of ${label}: ${words}${health}`}
        title={`${words}${health}`}
        onClick={() => onOpen(false)}
        className={classes(look, "py-1 hover:ring-1 hover:ring-line-strong/50")}
      >
        {content}
      </button>
      <RowButton label={`Another set beside ${label}`} onPress={() => onOpen(true)} className="max-lg:hidden">
        <Plus size={14} aria-hidden />
      </RowButton>
    </span>
  );
}

const dots = { healthy: "bg-good", unhealthy: "bg-bad", unknown: "bg-line-strong" } as const;

/** A value that gives way in its middle: what is told apart stands at its ends. */
function Middle({ text }: { readonly text: string }) {
  const tail = text.length > 24 ? text.slice(-10) : "";
  return (
    <span className="flex min-w-0 font-mono text-[0.85rem]" title={text}>
      <span className="truncate">{tail === "" ? text : text.slice(0, -10)}</span>
      {tail !== "" && <span className="shrink-0 whitespace-pre">{tail}</span>}
    </span>
  );
}

function Cell({
  isEditable,
  label,
  onEdit,
  children,
}: {
  readonly isEditable: boolean;
  readonly label: string;
  readonly onEdit: () => void;
  readonly children: React.ReactNode;
}) {
  if (!isEditable) return <span className="min-w-0">{children}</span>;
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onEdit}
      className="-mx-1.5 max-w-full min-w-0 rounded px-1.5 py-1 text-left hover:bg-sunken hover:ring-1 hover:ring-line-strong/50"
    >
      {children}
    </button>
  );
}

function RowButton({
  label,
  onPress,
  className,
  children,
}: {
  readonly label: string;
  readonly onPress: () => void;
  readonly className?: string;
  readonly children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onPress}
      className={classes(
        "inline-flex size-8 items-center justify-center rounded-md text-soft hover:bg-sunken hover:text-text",
        className,
      )}
    >
      {children}
    </button>
  );
}

/** Enter stages, Escape drops, leaving the field stages too. */
function CellInput({
  label,
  value,
  onPut,
  onDrop,
}: {
  readonly label: string;
  readonly value: string;
  readonly onPut: (text: string) => Promise<string | undefined> | void;
  readonly onDrop: () => void;
}) {
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useEffect(() => field.current?.select(), []);
  const put = async (): Promise<void> => {
    if (isOver.current) return;
    isOver.current = true;
    const found = await onPut(field.current?.value.trim() ?? "");
    if (found === undefined) return;
    isOver.current = false;
    setProblem(found);
    field.current?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter") void put();
    else if (event.key === "Escape") {
      isOver.current = true;
      onDrop();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <span className="relative min-w-0 flex-1">
      <input
        ref={field}
        autoFocus
        aria-label={label}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : "cell-problem"}
        defaultValue={value}
        spellCheck={false}
        onKeyDown={press}
        onBlur={() => void put()}
        className="h-8 w-full min-w-12 rounded-md border border-accent bg-surface px-2 font-mono text-[0.85rem] no-underline aria-invalid:border-bad"
      />
      {problem !== undefined && (
        <span
          id="cell-problem"
          role="alert"
          className="absolute top-full right-0 left-0 z-20 mt-1 rounded-md border border-bad/40 bg-bad-soft px-2 py-1 text-sm text-bad shadow-card"
        >
          {visible(problem)}
        </span>
      )}
    </span>
  );
}
