// The zone as a text: the records that people change by hand, read with the platform's own grammar while they are typed. What differs is
// staged like every other edit.

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Card, Skeleton } from "../../parts/card.tsx";
import { CopyButton } from "../../parts/code.tsx";
import { classes } from "../../parts/classes.ts";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import type { RecordSource } from "./record-source.ts";
import { stage, stagedOf, unstage } from "./staging.ts";
import type { ReadText } from "./zone-text.ts";

/** Records that are shown as a text: of more, the file is for an editor. */
const mostRecords = 5000;
/** Height of a line, in pixels. */
const lineHeight = 24;

/** The editor. */
export function TextView({
  zone,
  source: { ask, view, load },
  isWritable,
}: {
  readonly zone: string;
  readonly source: RecordSource;
  readonly isWritable: boolean;
}) {
  const [served, setServed] = useState<string>();
  const [text, setText] = useState<string>();
  const [read, setRead] = useState<ReadText>();
  const isLarge = view.all > mostRecords;
  const reset = useCallback(async () => {
    const fresh = await ask<"write-text">({ type: "write-text" });
    setServed(fresh);
    setText(fresh);
    setRead(undefined);
  }, [ask]);
  useEffect(() => {
    if (load.isComplete && !isLarge && served === undefined) void reset();
  }, [load.isComplete, isLarge, served, reset]);
  useEffect(() => {
    if (text === undefined) return;
    let isStale = false;
    const timer = setTimeout(() => {
      void ask<"read-text">({ type: "read-text", text }).then((found) => {
        if (!isStale) setRead(found);
      });
    }, 150);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [ask, text]);
  if (isLarge)
    return (
      <Card>
        <p className="py-4 text-center text-soft">
          {counted(view.all, "record")} are too many for a text on a page. Download the zone file, change it,
          and import it.
        </p>
      </Card>
    );
  if (text === undefined) return <Skeleton lines={8} />;
  const isChanged = text !== served;
  const put = async (): Promise<void> => {
    if (!read) return;
    const edits = await ask<"differences">({ type: "differences", records: read.records });
    unstage(zone, stagedOf(zone).keys());
    stage(
      zone,
      edits.map(({ name, type, expected, put: wanted }) => ({ name, type, served: expected, put: wanted })),
    );
    await reset();
  };
  return (
    <Card
      title="Zone file"
      about="The records that are changed by hand. SOA, NS of the zone and what follows from assignments and aliases are left out."
      actions={
        <>
          <CopyButton text={text} />
          {isWritable && (
            <>
              <Button size="small" disabled={!isChanged} onClick={() => void reset()}>
                Start again
              </Button>
              <Button
                size="small"
                purpose="primary"
                disabled={!isChanged || !read || read.problems.length > 0}
                onClick={() => void put()}
              >
                Stage the differences
              </Button>
            </>
          )}
        </>
      }
    >
      <Editor text={text} onChange={setText} isWritable={isWritable} problems={read?.problems ?? []} />
      <p className="mt-2 text-sm text-soft" aria-live="polite">
        {read &&
          (read.problems.length === 0
            ? `${counted(read.records.length, "record")}, all of them understood.`
            : `${counted(read.problems.length, "line")} not understood.`)}
      </p>
    </Card>
  );
}

function Editor({
  text,
  onChange,
  isWritable,
  problems,
}: {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly isWritable: boolean;
  readonly problems: ReadText["problems"];
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => text.split("\n").length, [text]);
  const bad = useMemo(() => new Set(problems.map(({ line }) => line)), [problems]);
  const follow = (): void => {
    if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop;
  };
  useLayoutEffect(follow, [lines]);
  const jump = (line: number): void => {
    const from =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    const end = text.indexOf("\n", from);
    area.current?.focus();
    area.current?.setSelectionRange(from, end < 0 ? text.length : end);
    if (area.current) area.current.scrollTop = Math.max((line - 4) * lineHeight, 0);
  };
  return (
    <>
      <div className="flex overflow-hidden rounded-lg border border-line-strong bg-surface focus-within:outline-2 focus-within:outline-accent">
        <div
          ref={gutter}
          aria-hidden
          className="w-12 shrink-0 overflow-hidden border-r border-line bg-sunken py-2 text-right font-mono text-[0.8rem] text-soft select-none"
          style={{ height: 460 }}
        >
          {Array.from({ length: lines }, (_, i) => (
            <div
              key={i}
              className={classes("px-2", bad.has(i + 1) && "bg-bad-soft font-bold text-bad")}
              style={{ height: lineHeight, lineHeight: `${lineHeight}px` }}
            >
              {i + 1}
            </div>
          ))}
          <div style={{ height: 40 }} />
        </div>
        <textarea
          ref={area}
          aria-label="Zone file text"
          aria-invalid={problems.length > 0}
          value={text}
          readOnly={!isWritable}
          spellCheck={false}
          wrap="off"
          onScroll={follow}
          onChange={({ target }) => onChange(target.value)}
          className="min-w-0 flex-1 resize-none overflow-auto bg-transparent px-3 py-2 font-mono text-[0.85rem] outline-none"
          style={{ height: 460, lineHeight: `${lineHeight}px` }}
        />
      </div>
      {problems.length > 0 && (
        <ul aria-label="Problems" className="mt-3 flex flex-col gap-1">
          {problems.slice(0, 12).map(({ line, column, message }, i) => (
            <li key={i}>
              <button
                type="button"
                onClick={() => jump(line)}
                className="rounded-md bg-bad-soft px-2 py-1 text-left text-bad hover:underline"
              >
                Line {line}, column {column}: {visible(message)}
              </button>
            </li>
          ))}
          {problems.length > 12 && <li className="text-soft">And {problems.length - 12} more.</li>}
        </ul>
      )}
    </>
  );
}
