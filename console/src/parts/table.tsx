// Tables of what fits on a page: sorted by a press on a column's head; on a phone each row becomes a small card whose cells carry the
// names of their columns. Tables of a hundred thousand rows are another part's: the record table's.

import { useMemo, useState, type ReactNode } from "react";
import { ArrowDown, ArrowUp } from "lucide-react";
import { classes } from "./classes.ts";

/** A column. */
export interface Column<Row> {
  /** What its head says; empty for a column of actions. */
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** What rows are sorted by; absent where that says nothing. */
  readonly sortBy?: (row: Row) => string | number;
  readonly align?: "left" | "right";
  /** False where its cell needs no name on a phone: the first column, actions. */
  readonly isNamed?: boolean;
  readonly className?: string;
}

/** A table. Rows stay in the order given until a head is pressed. */
export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  empty,
}: {
  /** What the table is of, for who cannot see its heading. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Shown where there are no rows. */
  readonly empty?: ReactNode;
}) {
  const [order, setOrder] = useState<{ column: number; isDown: boolean }>();
  const sorted = useMemo(() => {
    const sortBy = order && columns[order.column]?.sortBy;
    if (!order || !sortBy) return rows;
    const sign = order.isDown ? -1 : 1;
    return rows.toSorted((a, b) => sign * compare(sortBy(a), sortBy(b)));
  }, [rows, columns, order]);
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    <div className="relative overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse text-left max-sm:block">
        <thead className="max-sm:sr-only">
          <tr>
            {columns.map((column, i) => (
              <th
                key={i}
                scope="col"
                aria-sort={order?.column === i ? (order.isDown ? "descending" : "ascending") : undefined}
                className={classes(
                  "border-b border-line px-4 py-2 text-sm font-medium whitespace-nowrap text-soft",
                  column.align === "right" && "text-right",
                )}
              >
                {column.sortBy ? (
                  <button
                    type="button"
                    className="inline-flex items-center gap-1 hover:text-text"
                    onClick={() =>
                      setOrder((before) => ({ column: i, isDown: before?.column === i && !before.isDown }))
                    }
                  >
                    {column.title}
                    {order?.column === i &&
                      (order.isDown ? (
                        <ArrowDown size={14} aria-hidden />
                      ) : (
                        <ArrowUp size={14} aria-hidden />
                      ))}
                  </button>
                ) : (
                  column.title || <span className="sr-only">Actions</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {sorted.map((row) => (
            <tr
              key={keyOf(row)}
              className="border-b border-line last:border-b-0 hover:bg-sunken/60 max-sm:block max-sm:px-4 max-sm:py-3"
            >
              {columns.map((column, i) => (
                <td
                  key={i}
                  className={classes(
                    "px-4 py-2.5 align-middle max-sm:flex max-sm:items-baseline max-sm:justify-between max-sm:gap-4 max-sm:px-0 max-sm:py-0.5",
                    column.align === "right" && "text-right tabular-nums",
                    column.className,
                  )}
                >
                  {column.isNamed !== false && i > 0 && column.title !== "" && (
                    <span className="text-sm text-soft sm:hidden" aria-hidden>
                      {column.title}
                    </span>
                  )}
                  <span className="min-w-0 sm:contents">{column.cell(row)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const byText = new Intl.Collator(undefined, { numeric: true });

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : byText.compare(String(a), String(b));
}
