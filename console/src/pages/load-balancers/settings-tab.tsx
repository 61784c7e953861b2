// The settings of a load balancer as one form: nothing changes until its plan was shown. What is typed stays while others change the rest.

import { useMemo, useState } from "react";
import type { LoadBalancer } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Card } from "../../parts/card.tsx";
import { SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { SaveBar } from "../../parts/save-bar.tsx";
import { span } from "../../text/quantities.ts";
import { changesOf, draftOf, problemsOf, type SettingsDraft } from "./draft.ts";

interface PartProps {
  readonly draft: SettingsDraft;
  readonly problems: Partial<Record<keyof SettingsDraft, string>>;
  readonly set: (edits: Partial<SettingsDraft>) => void;
}

/** The form. */
export function SettingsTab({ balancer }: { readonly balancer: LoadBalancer }) {
  const openPlan = usePlan();
  const [edits, setEdits] = useState<Partial<SettingsDraft>>({});
  const before = useMemo(() => draftOf(balancer), [balancer]);
  const draft = { ...before, ...edits };
  const problems = problemsOf(draft);
  const { settings, count } = changesOf(before, draft);
  const parts: PartProps = { draft, problems, set: (more) => setEdits({ ...edits, ...more }) };
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (count > 0)
          openPlan(
            { action: "update-load-balancer", name: balancer.name, settings },
            { verb: "Change settings", onApplied: () => setEdits({}) },
          );
      }}
    >
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <Checks {...parts} />
        <Sharing {...parts} />
        <Leaving {...parts} />
        <Https {...parts} canRedirect={balancer.servedCertificates.length > 0 || draft.redirects} />
      </div>
      <SaveBar changes={count} hasProblems={Object.keys(problems).length > 0} onReset={() => setEdits({})} />
    </form>
  );
}

type NumberFieldProps = PartProps & {
  readonly field: Exclude<keyof SettingsDraft, "isSticky" | "redirects" | "algorithm">;
  readonly label: string;
  readonly hint?: string;
  readonly isMono?: boolean;
};

/** A field of a text or number; one that is wrong says so. */
function DraftField({ draft, problems, set, field, label, hint, isMono = false }: NumberFieldProps) {
  return (
    <TextField
      label={label}
      {...(hint === undefined ? {} : { hint })}
      isMono={isMono}
      value={draft[field]}
      problem={problems[field]}
      onChange={({ target }) => set({ [field]: target.value })}
    />
  );
}

/** A number of seconds in larger units, where that is easier to read. */
function asSpan(text: string): string {
  const value = Number(text);
  return value >= 60 ? `seconds = ${span(value)}` : "seconds";
}

function Checks(parts: PartProps) {
  return (
    <Card title="Health check" about="What each instance is asked, and what counts as healthy">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <DraftField {...parts} field="path" label="Path" hint="GET, without following redirects" isMono />
        <DraftField {...parts} field="successCodes" label="Good codes" hint="Such as 200-299,301" isMono />
        <DraftField {...parts} field="interval" label="Every" hint={asSpan(parts.draft.interval)} />
        <DraftField {...parts} field="timeout" label="Has to answer within" hint="seconds" />
        <DraftField {...parts} field="healthyThreshold" label="Healthy after" hint="good checks in a row" />
        <DraftField
          {...parts}
          field="unhealthyThreshold"
          label="Unhealthy after"
          hint="bad checks in a row"
        />
      </div>
    </Card>
  );
}

function Sharing(parts: PartProps) {
  const { draft, set } = parts;
  return (
    <Card title="How requests are shared out">
      <div className="flex flex-col gap-4">
        <SelectField
          label="Next request goes to"
          value={draft.algorithm}
          options={[
            { value: "round-robin", label: "The next instance in turn" },
            { value: "least-requests", label: "The one with the fewest under way" },
          ]}
          onChange={(algorithm) => set({ algorithm })}
        />
        <DraftField
          {...parts}
          field="port"
          label="Port of the instances"
          hint="80: the port each listens on"
        />
        <SwitchField
          label="A visitor comes back to the same instance"
          hint="By a cookie of the load balancer’s own"
          isOn={draft.isSticky}
          onChange={(isSticky) => set({ isSticky })}
        />
        {draft.isSticky && (
          <DraftField {...parts} field="stickyFor" label="For" hint={asSpan(draft.stickyFor)} />
        )}
      </div>
    </Card>
  );
}

function Leaving(parts: PartProps) {
  return (
    <Card title="Instances that fail or leave">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <DraftField
          {...parts}
          field="ejectAfter"
          label="Put aside after"
          hint="failures in a row; 0: never"
        />
        <DraftField {...parts} field="ejectFor" label="For, at first" hint={asSpan(parts.draft.ejectFor)} />
        <DraftField
          {...parts}
          field="drainFor"
          label="Requests may finish within"
          hint={`${asSpan(parts.draft.drainFor)}, at an instance that leaves`}
        />
      </div>
    </Card>
  );
}

function Https({ draft, set, canRedirect }: PartProps & { readonly canRedirect: boolean }) {
  return (
    <Card title="HTTPS">
      <div className="flex flex-col gap-4">
        <SwitchField
          label="Send HTTP to HTTPS"
          hint={canRedirect ? undefined : "Wants a certificate first: assign a name, or attach one"}
          isOn={draft.redirects}
          disabled={!canRedirect}
          onChange={(redirects) => set({ redirects })}
        />
        <SelectField
          label="TLS policy"
          value={draft.tlsPolicy}
          options={[
            { value: "TLS-2016-08", label: "TLS-2016-08", about: "TLS 1.2 and 1.3" },
            {
              value: "TLS-FS-Res-1-2-2019-08",
              label: "TLS-FS-Res-1-2-2019-08",
              about: "TLS 1.2 and 1.3, ciphers with forward secrecy only",
            },
          ]}
          onChange={(tlsPolicy) => set({ tlsPolicy })}
        />
      </div>
    </Card>
  );
}
