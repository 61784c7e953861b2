// The part of a distribution's settings that says what is stored: behaviours by path, for how long, and apart for what.

import { Card } from "../../parts/card.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { span } from "../../text/quantities.ts";
import type { ForwardedDraft, MethodSet } from "./draft.ts";
import type { PartProps } from "./settings-part.ts";
import { editRows, RemoveRow, RowsEnd } from "./settings-rows.tsx";

const behaviorOptions = [
  { value: "cache", label: "Cache", about: "Keep answers and give them to the next visitor" },
  { value: "dont-cache", label: "Do not cache", about: "Pass every request on to the origin" },
] as const;

/** Whether what is under a path is cached. */
export function Behaviors({ draft, problems, set }: PartProps) {
  const { behaviors } = draft;
  const { change, add, remove } = editRows(behaviors, (next) => set({ behaviors: next }));
  return (
    <Card title="What is cached" about="By path; the most specific path counts">
      <div className="flex flex-col gap-3">
        <SelectField
          label="Every path but those below"
          value={draft.defaultBehavior}
          options={behaviorOptions}
          onChange={(defaultBehavior) => set({ defaultBehavior })}
        />
        {behaviors.map(({ path, behavior }, i) => (
          <div key={i} className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-end gap-2">
            <TextField
              label={`Path ${i + 1}`}
              isMono
              placeholder="/api/*"
              value={path}
              onChange={({ target }) => change(i, { path: target.value })}
            />
            <SelectField
              label={`Behaviour ${i + 1}`}
              value={behavior}
              options={behaviorOptions}
              onChange={(next) => change(i, { behavior: next })}
            />
            <RemoveRow
              label={`Remove the behaviour of ${path || `path ${i + 1}`}`}
              onRemove={() => remove(i)}
            />
          </div>
        ))}
        <RowsEnd
          problem={problems.behaviors}
          title="Add a path"
          onAdd={() =>
            add({ path: "", behavior: draft.defaultBehavior === "cache" ? "dont-cache" : "cache" })
          }
        />
      </div>
    </Card>
  );
}

/** A time in seconds, read back in larger units. */
function secondsHint(text: string, usual: string): string {
  if (text.trim() === "") return usual;
  return /^\d+$/.test(text.trim()) && Number(text) >= 60 ? `= ${span(Number(text))}` : "seconds";
}

const ttlFields = [
  {
    field: "defaultTtl",
    label: "Default TTL",
    usual: "86400",
    hint: "86400, a day, where the origin says nothing",
  },
  { field: "minimumTtl", label: "Minimum TTL", usual: "0", hint: "0: the origin’s word counts" },
  { field: "maximumTtl", label: "Maximum TTL", usual: "31536000", hint: "31536000, a year" },
] as const;

/** For how long, and which methods. */
export function Times({ draft, problems, set }: PartProps) {
  return (
    <Card title="For how long" about="In seconds. What the origin forbids to keep is never kept">
      <div className="grid gap-3 sm:grid-cols-3">
        {ttlFields.map(({ field, label, usual, hint }) => (
          <TextField
            key={field}
            label={label}
            hint={secondsHint(draft[field], hint)}
            inputMode="numeric"
            placeholder={usual}
            value={draft[field]}
            problem={problems[field]}
            onChange={({ target }) => set({ [field]: target.value })}
          />
        ))}
        <SelectField
          label="Methods that are passed on"
          className="sm:col-span-3"
          value={draft.allowed}
          options={[
            { value: "all", label: "All: GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE" },
            { value: "options", label: "GET, HEAD and OPTIONS" },
            { value: "get", label: "GET and HEAD", about: "Everything else is refused" },
          ]}
          onChange={(allowed: MethodSet) => set({ allowed })}
        />
        <SelectField
          label="Methods that are cached"
          className="sm:col-span-3"
          value={draft.cached}
          options={[
            { value: "get", label: "GET and HEAD" },
            { value: "options", label: "OPTIONS too" },
          ]}
          onChange={(cached) => set({ cached })}
        />
      </div>
    </Card>
  );
}

/** What of a request the origin is shown, which answers are stored apart for. */
export function Forwarding({ draft, problems, set }: PartProps) {
  return (
    <Card
      title="What the origin is shown"
      about="Answers are stored apart for each value of what it is shown: the less, the more hits"
    >
      <div className="flex flex-col gap-4">
        <ForwardedField
          label="Header fields"
          example="Accept-Language Authorization"
          value={draft.headers}
          problem={problems.headers}
          onChange={(headers) => set({ headers })}
        />
        <ForwardedField
          label="Cookies"
          example="session theme*"
          value={draft.cookies}
          problem={problems.cookies}
          onChange={(cookies) => set({ cookies })}
        />
        <ForwardedField
          label="Query strings"
          example="page sort"
          value={draft.queries}
          problem={problems.queries}
          onChange={(queries) => set({ queries })}
        />
      </div>
    </Card>
  );
}

/** One kind of thing that is forwarded: none, all, or those named. */
function ForwardedField({
  label,
  example,
  value,
  problem,
  onChange,
}: {
  readonly label: string;
  readonly example: string;
  readonly value: ForwardedDraft;
  readonly problem: string | undefined;
  readonly onChange: (value: ForwardedDraft) => void;
}) {
  return (
    <div className="grid items-start gap-2 sm:grid-cols-2">
      <SelectField
        label={label}
        value={value.option}
        options={[
          { value: "none", label: "None", about: "The most hits" },
          { value: "allow-list", label: "Only these" },
          { value: "all", label: "All", about: "The fewest hits" },
        ]}
        onChange={(option) => onChange({ ...value, option })}
      />
      {value.option === "allow-list" && (
        <TextField
          label={`Names of ${label.toLowerCase()}`}
          isMono
          placeholder={example}
          value={value.names}
          problem={problem}
          onChange={({ target }) => onChange({ ...value, names: target.value })}
        />
      )}
    </div>
  );
}
