// Lines of a log, of which only those in sight are in the page; it stays at the end while who reads is there.

import { useEffect, useRef } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { visible } from "../text/visible.ts";

const lineHeight = 21;
/** Pixels from the end within which somebody counts as reading the end. */
const nearEnd = 40;

/** Shows lines as text. */
export function LogView({ lines, label }: { readonly lines: readonly string[]; readonly label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  useEffect(() => {
    if (isAtEnd.current && lines.length > 0) rows.scrollToIndex(lines.length - 1);
  }, [lines.length, rows]);
  return (
    <div
      ref={place}
      role="log"
      aria-label={label}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight >= scrollHeight - nearEnd;
      }}
      className="h-96 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[0.82rem]"
    >
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            className="absolute left-0 whitespace-pre"
            style={{ top: start, height: lineHeight }}
          >
            {visible(lines[index] ?? "", "\t")}
          </div>
        ))}
      </div>
    </div>
  );
}
