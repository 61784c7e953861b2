// The settings of a distribution as one form: nothing changes until its plan was shown. What is typed stays while others change the rest.

import { useMemo, useState } from "react";
import { Plus, Trash2 } from "lucide-react";
import type { Distribution } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { SaveBar } from "../../parts/save-bar.tsx";
import { span } from "../../text/quantities.ts";
import {
  changesOf,
  draftOf,
  problemsOf,
  type BehaviorDraft,
  type ErrorDraft,
  type ForwardedDraft,
  type MethodSet,
  type SettingsDraft,
} from "./draft.ts";
import { OriginField } from "./origin-field.tsx";

/** What parts of the form are given. */
interface PartProps {
  readonly draft: SettingsDraft;
  readonly problems: Partial<Record<keyof SettingsDraft, string>>;
  readonly set: (edits: Partial<SettingsDraft>) => void;
}

/** The form. */
export function SettingsTab({ distribution }: { readonly distribution: Distribution }) {
  const openPlan = usePlan();
  const [edits, setEdits] = useState<Partial<SettingsDraft>>({});
  const before = useMemo(() => draftOf(distribution), [distribution]);
  const draft = { ...before, ...edits };
  const problems = problemsOf(draft);
  const changes = changesOf(before, draft);
  const parts: PartProps = { draft, problems, set: (more) => setEdits({ ...edits, ...more }) };
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (changes)
          openPlan(
            { action: "update-distribution", name: distribution.name, settings: changes },
            { verb: "Change settings", onApplied: () => setEdits({}) },
          );
      }}
    >
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
        <Behaviors {...parts} />
        <Times {...parts} />
        <Forwarding {...parts} />
        <Pages {...parts} />
        <OriginPart {...parts} />
        <Https {...parts} />
      </div>
      <SaveBar
        changes={changes ? countOf(changes) : 0}
        hasProblems={Object.keys(problems).length > 0}
        onReset={() => setEdits({})}
      />
    </form>
  );
}

function countOf({
  origin,
  cacheBehaviorSettings,
  ...rest
}: NonNullable<ReturnType<typeof changesOf>>): number {
  return (
    Object.keys(rest).length +
    Object.keys(origin ?? {}).length +
    Object.keys(cacheBehaviorSettings ?? {}).length
  );
}

const behaviorOptions = [
  { value: "cache", label: "Cache", about: "Keep answers and give them to the next visitor" },
  { value: "dont-cache", label: "Do not cache", about: "Pass every request on to the origin" },
] as const;

function Behaviors({ draft, problems, set }: PartProps) {
  const { behaviors } = draft;
  const change = (at: number, edit: Partial<BehaviorDraft>): void =>
    set({ behaviors: behaviors.map((one, i) => (i === at ? { ...one, ...edit } : one)) });
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
            <IconButton
              label={`Remove the behaviour of ${path || `path ${i + 1}`}`}
              onClick={() => set({ behaviors: behaviors.filter((_, at) => at !== i) })}
            >
              <Trash2 size={16} aria-hidden />
            </IconButton>
          </div>
        ))}
        {problems.behaviors !== undefined && <p className="text-sm text-bad">{problems.behaviors}</p>}
        <div>
          <Button
            size="small"
            icon={<Plus size={15} aria-hidden />}
            onClick={() =>
              set({
                behaviors: [
                  ...behaviors,
                  { path: "", behavior: draft.defaultBehavior === "cache" ? "dont-cache" : "cache" },
                ],
              })
            }
          >
            Add a path
          </Button>
        </div>
      </div>
    </Card>
  );
}

/** A time in seconds, read back in larger units. */
function secondsHint(text: string, usual: string): string {
  if (text.trim() === "") return usual;
  return /^\d+$/.test(text.trim()) && Number(text) >= 60 ? `= ${span(Number(text))}` : "seconds";
}

function Times({ draft, problems, set }: PartProps) {
  return (
    <Card title="For how long" about="In seconds. What the origin forbids to keep is never kept">
      <div className="grid gap-3 sm:grid-cols-3">
        <TextField
          label="Default TTL"
          hint={secondsHint(draft.defaultTtl, "86400, a day, where the origin says nothing")}
          inputMode="numeric"
          placeholder="86400"
          value={draft.defaultTtl}
          problem={problems.defaultTtl}
          onChange={({ target }) => set({ defaultTtl: target.value })}
        />
        <TextField
          label="Minimum TTL"
          hint={secondsHint(draft.minimumTtl, "0: the origin’s word counts")}
          inputMode="numeric"
          placeholder="0"
          value={draft.minimumTtl}
          problem={problems.minimumTtl}
          onChange={({ target }) => set({ minimumTtl: target.value })}
        />
        <TextField
          label="Maximum TTL"
          hint={secondsHint(draft.maximumTtl, "31536000, a year")}
          inputMode="numeric"
          placeholder="31536000"
          value={draft.maximumTtl}
          problem={problems.maximumTtl}
          onChange={({ target }) => set({ maximumTtl: target.value })}
        />
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

function Forwarding({ draft, problems, set }: PartProps) {
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

const errorCodes = ["400", "403", "404", "405", "414", "416", "500", "501", "502", "503", "504"] as const;

function Pages({ draft, problems, set }: PartProps) {
  const { errors } = draft;
  const change = (at: number, edit: Partial<ErrorDraft>): void =>
    set({ errors: errors.map((one, i) => (i === at ? { ...one, ...edit } : one)) });
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
            <IconButton
              label={`Remove the page of error ${error.errorCode}`}
              onClick={() => set({ errors: errors.filter((_, at) => at !== i) })}
            >
              <Trash2 size={16} aria-hidden />
            </IconButton>
          </div>
        ))}
        {problems.errors !== undefined && <p className="text-sm text-bad">{problems.errors}</p>}
        <div>
          <Button
            size="small"
            icon={<Plus size={15} aria-hidden />}
            onClick={() =>
              set({
                errors: [
                  ...errors,
                  {
                    errorCode:
                      ["404", ...errorCodes].find((code) => !errors.some((one) => one.errorCode === code)) ??
                      "404",
                    responseCode: "",
                    page: "",
                    ttl: "",
                  },
                ],
              })
            }
          >
            Add an error page
          </Button>
        </div>
      </div>
    </Card>
  );
}

function OriginPart({ draft, problems, set }: PartProps) {
  return (
    <Card title="Origin" about="Where what is not stored comes from">
      <div className="grid gap-3 sm:grid-cols-2">
        <OriginField value={draft.origin} onChange={(origin) => set({ origin })} />
        <SelectField
          label="Asked by"
          value={draft.protocol}
          options={[
            { value: "http-only", label: "HTTP" },
            { value: "https-only", label: "HTTPS", about: "Load balancers and container services only" },
          ]}
          onChange={(protocol) => set({ protocol })}
        />
        <TextField
          label="Has to answer within"
          hint={draft.responseTimeout === "" ? "30 seconds" : "seconds, 1 to 60"}
          inputMode="numeric"
          placeholder="30"
          value={draft.responseTimeout}
          problem={problems.responseTimeout}
          onChange={({ target }) => set({ responseTimeout: target.value })}
        />
      </div>
    </Card>
  );
}

function Https({ draft, set }: PartProps) {
  return (
    <Card title="HTTPS" about="For visitors, once there is a certificate">
      <div className="flex flex-col gap-4">
        <SwitchField
          label="Send HTTP to HTTPS"
          isOn={draft.redirects}
          onChange={(redirects) => set({ redirects })}
        />
        <SelectField
          label="Oldest TLS that visitors may use"
          hint="None of them is below TLS 1.2 here"
          value={draft.tls}
          options={[
            { value: "", label: "As the platform has it: TLS 1.2" },
            { value: "TLSv1.1_2016", label: "TLSv1.1_2016", about: "Here: TLS 1.2" },
            { value: "TLSv1.2_2018", label: "TLSv1.2_2018" },
            { value: "TLSv1.2_2019", label: "TLSv1.2_2019", about: "Ciphers with forward secrecy only" },
            { value: "TLSv1.2_2021", label: "TLSv1.2_2021", about: "Ciphers with forward secrecy only" },
          ]}
          onChange={(tls) => set({ tls })}
        />
      </div>
    </Card>
  );
}
