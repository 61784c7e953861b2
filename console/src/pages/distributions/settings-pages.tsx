// The part of a distribution's settings that says which pages stand for its own address, and for errors.

import { Card } from "../../parts/card.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import type { ErrorDraft } from "./draft.ts";
import type { PartProps } from "./settings-part.ts";
import { editRows, RemoveRow, RowsEnd } from "./settings-rows.tsx";

/** Statuses that a page can stand for. */
const errorCodes = ["400", "403", "404", "405", "414", "416", "500", "501", "502", "503", "504"] as const;

/** The status that most sites want a page for, or the first that has none. */
function firstFree(errors: readonly ErrorDraft[]): string {
  return ["404", ...errorCodes].find((code) => !errors.some((one) => one.errorCode === code)) ?? "404";
}

/** The default root object, and error pages. */
export function Pages({ draft, problems, set }: PartProps) {
  const { errors } = draft;
  const { change, add, remove } = editRows(errors, (next) => set({ errors: next }));
  return (
    <Card title="Pages" about="What stands for the site’s own address, and for errors">
      <div className="flex flex-col gap-3">
        <TextField
          label="Default root object"
          hint="What is given for /, such as index.html"
          isMono
          placeholder="index.html"
          value={draft.rootObject}
          onChange={({ target }) => set({ rootObject: target.value })}
        />
        {errors.map((error, i) => (
          <div
            key={i}
            className="grid grid-cols-2 items-end gap-2 rounded-lg bg-sunken p-3 sm:grid-cols-[5.5rem_minmax(0,1fr)_5.5rem_5.5rem_auto]"
          >
            <SelectField
              label="Error"
              value={error.errorCode}
              options={errorCodes.map((code) => ({ value: code as string, label: code }))}
              onChange={(errorCode) => change(i, { errorCode })}
            />
            <TextField
              label="Page"
              isMono
              placeholder="/404.html"
              value={error.page}
              onChange={({ target }) => change(i, { page: target.value })}
            />
            <TextField
              label="Answered as"
              inputMode="numeric"
              placeholder={error.errorCode}
              value={error.responseCode}
              onChange={({ target }) => change(i, { responseCode: target.value })}
            />
            <TextField
              label="Kept, s"
              inputMode="numeric"
              placeholder="10"
              value={error.ttl}
              onChange={({ target }) => change(i, { ttl: target.value })}
            />
            <RemoveRow label={`Remove the page of error ${error.errorCode}`} onRemove={() => remove(i)} />
          </div>
        ))}
        <RowsEnd
          problem={problems.errors}
          title="Add an error page"
          onAdd={() => add({ errorCode: firstFree(errors), responseCode: "", page: "", ttl: "" })}
        />
      </div>
    </Card>
  );
}
