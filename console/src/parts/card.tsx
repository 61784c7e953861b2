// What pages are laid out with: the head of a page, cards, lists of facts, what stands where nothing is, and what stands while it loads.

import type { ReactNode } from "react";
import { classes } from "./classes.ts";

/** The head of a page: its one h1, a line about it, what can be done. `above` is for the way back. */
export function PageHead({
  title,
  about,
  above,
  actions,
}: {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  readonly above?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <header className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        {above !== undefined && <div className="mb-1 text-sm text-soft">{above}</div>}
        <h1 className="text-2xl leading-tight font-semibold tracking-tight break-words">{title}</h1>
        {about !== undefined && <div className="mt-1 max-w-prose text-soft">{about}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** A part of a page with a border; its title is an h2. */
export function Card({
  title,
  about,
  actions,
  isFlush = false,
  className,
  children,
}: {
  readonly title?: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  /** True where the content goes to the border: tables. */
  readonly isFlush?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <section className={classes("rounded-card border border-line bg-surface shadow-card", className)}>
      {title !== undefined && (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-3.5 pb-2">
          <div>
            <h2 className="text-base font-semibold">{title}</h2>
            {about !== undefined && <div className="text-sm text-soft">{about}</div>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
        </div>
      )}
      <div className={isFlush ? "" : classes("px-4 pb-4", title === undefined && "pt-4")}>{children}</div>
    </section>
  );
}

/** Facts with their names, in two columns where there is room. */
export function Facts({
  rows,
}: {
  readonly rows: readonly (readonly [name: string, value: ReactNode] | false | undefined)[];
}) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-2 sm:grid-cols-[max-content_minmax(0,1fr)]">
      {rows.map((row) =>
        row ? (
          <div key={row[0]} className="contents">
            <dt className="text-soft max-sm:text-sm">{row[0]}</dt>
            <dd className="min-w-0 break-words max-sm:mb-2">{row[1]}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

/** What stands where a list is empty: what it is for, and how it begins. */
export function Empty({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-10 text-center">
      <p className="text-lg font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-md text-soft">{children}</div>}
      {actions !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Stands in the place of what is being read, and has about its shape. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-3 p-4">
      {Array.from({ length: lines }, (_, i) => (
        <div
          key={i}
          className={classes(
            "h-4 animate-pulse rounded bg-sunken",
            i % 3 === 2 ? "w-1/2" : i % 2 ? "w-4/5" : "w-full",
          )}
        />
      ))}
    </div>
  );
}
