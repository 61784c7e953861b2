// Rows of a settings card that can be added, edited and taken away: behaviours of paths, and error pages.

import { Plus, Trash2 } from "lucide-react";
import { Button, IconButton } from "../../parts/button.tsx";

/** Edits of a list of drafts. */
export interface RowEdits<Row> {
  /** Edits one row. */
  readonly change: (at: number, edit: Partial<Row>) => void;
  readonly add: (row: Row) => void;
  readonly remove: (at: number) => void;
}

/** Edits of rows, each of which gives the whole list anew. */
export function editRows<Row>(rows: readonly Row[], set: (rows: Row[]) => void): RowEdits<Row> {
  return {
    change: (at, edit) => set(rows.map((row, i) => (i === at ? { ...row, ...edit } : row))),
    add: (row) => set([...rows, row]),
    remove: (at) => set(rows.filter((_, i) => i !== at)),
  };
}

/** The button that takes a row away. @param props.label  says which row, for who does not see where it stands */
export function RemoveRow({ label, onRemove }: { readonly label: string; readonly onRemove: () => void }) {
  return (
    <IconButton label={label} onClick={onRemove}>
      <Trash2 size={16} aria-hidden />
    </IconButton>
  );
}

/** What stands below all rows: what is wrong with them, and the button that adds one. */
export function RowsEnd({
  problem,
  title,
  onAdd,
}: {
  readonly problem: string | undefined;
  readonly title: string;
  readonly onAdd: () => void;
}) {
  return (
    <>
      {problem !== undefined && <p className="text-sm text-bad">{problem}</p>}
      <div>
        <Button size="small" icon={<Plus size={15} aria-hidden />} onClick={onAdd}>
          {title}
        </Button>
      </div>
    </>
  );
}
