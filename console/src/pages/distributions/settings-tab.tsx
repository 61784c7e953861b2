// The settings of a distribution as one form: nothing changes until its plan was shown. What is typed stays while others change the rest.

import { useMemo, useState } from "react";
import type { Distribution } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Card } from "../../parts/card.tsx";
import { SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { SaveBar } from "../../parts/save-bar.tsx";
import { changesOf, draftOf, problemsOf, type SettingsDraft } from "./draft.ts";
import { OriginField } from "./origin-field.tsx";
import { Behaviors, Forwarding, Times } from "./settings-caching.tsx";
import { Pages } from "./settings-pages.tsx";
import type { PartProps } from "./settings-part.ts";

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
