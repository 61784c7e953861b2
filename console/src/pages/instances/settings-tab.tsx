// What an instance may use, and which of its public ports are open. Nothing changes until its plan was shown.

import { useState } from "react";
import { Plus, Trash2 } from "lucide-react";
import type { Instance, InstanceLimits, PortRule } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { TextField } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";
import { limitsOf, limitTexts, portsOf, portText, type LimitTexts } from "./limits.ts";

/** The tab. */
export function SettingsTab({ instance }: { readonly instance: Instance }) {
  return (
    <div className="grid items-start gap-5 xl:grid-cols-2">
      {instance.run.kind !== "address" && <Limits instance={instance} />}
      <Ports instance={instance} />
    </div>
  );
}

function Limits({ instance: { name, limits } }: { readonly instance: Instance }) {
  const openPlan = usePlan();
  const before = limitTexts(limits);
  const [edits, setEdits] = useState<Partial<LimitTexts>>({});
  const draft = { ...before, ...edits };
  const read = limitsOf(draft);
  const isChanged = draft.cpus !== before.cpus || draft.memory !== before.memory;
  const apply = (wanted: InstanceLimits): void =>
    openPlan(
      { action: "limit-instance", name, limits: wanted },
      { verb: "Change limits", onApplied: () => setEdits({}) },
    );
  return (
    <Card title="Limits" about="The most its process may use; with another limit it is started anew">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (read.limits) apply(read.limits);
        }}
      >
        <LimitFields
          draft={draft}
          problems={read.problems}
          onChange={(more) => setEdits({ ...edits, ...more })}
        />
        <div className="flex gap-2">
          <Button type="submit" purpose="primary" disabled={!isChanged || !read.limits}>
            Review the plan
          </Button>
          {isChanged && <Button onClick={() => setEdits({})}>Put back</Button>}
        </div>
      </form>
    </Card>
  );
}

/** Fields for processors and memory. */
export function LimitFields({
  draft,
  problems,
  onChange,
}: {
  readonly draft: LimitTexts;
  readonly problems: Partial<LimitTexts>;
  readonly onChange: (more: Partial<LimitTexts>) => void;
}) {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <TextField
        label="Processors"
        hint="Fractions too: 0.5. Empty: no limit"
        inputMode="decimal"
        placeholder="no limit"
        value={draft.cpus}
        problem={problems.cpus}
        onChange={({ target }) => onChange({ cpus: target.value })}
      />
      <TextField
        label="Memory"
        hint="In MiB, 16 at least. Empty: no limit"
        inputMode="numeric"
        placeholder="no limit"
        suffix="MiB"
        value={draft.memory}
        problem={problems.memory}
        onChange={({ target }) => onChange({ memory: target.value })}
      />
    </div>
  );
}

function Ports({ instance: { name, ports, closedPorts } }: { readonly instance: Instance }) {
  const openPlan = usePlan();
  const [text, setText] = useState("");
  const read = portsOf(text);
  const open = (rules: readonly PortRule[]): void =>
    openPlan(
      { action: "set-instance-ports", name, how: "open", ports: [...rules] },
      { verb: "Open the port", onApplied: () => setText("") },
    );
  return (
    <Card title="Public ports" about="Open to visitors at its public address; all others are closed">
      <ul aria-label="Open ports" className="mb-4 flex flex-col divide-y divide-line">
        {ports.map((rule) => {
          const closed = closedPorts.filter(({ port }) => port >= rule.fromPort && port <= rule.toPort);
          return (
            <li key={portText(rule)} className="flex items-center justify-between gap-3 py-1.5">
              <span>
                <span className="font-mono">{portText(rule)}</span>
                <span className="text-soft"> {wordOf(rule)}</span>
                {closed.map(({ address, reason }) => (
                  <span key={address} className="block text-sm text-warn">
                    not open at {address}: {visible(reason)}
                  </span>
                ))}
              </span>
              <IconButton
                label={`Close port ${portText(rule)}`}
                onClick={() =>
                  openPlan(
                    { action: "set-instance-ports", name, how: "close", ports: [rule] },
                    { verb: "Close the port", isDangerous: true },
                  )
                }
              >
                <Trash2 size={16} aria-hidden />
              </IconButton>
            </li>
          );
        })}
        {ports.length === 0 && (
          <li className="py-1.5 text-soft">None is open: nobody can visit it directly.</li>
        )}
      </ul>
      <form
        className="flex items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (read.rules) open(read.rules);
        }}
      >
        <TextField
          label="Open ports"
          hint="One, or from the first to the last: 5432, 8000-8010"
          isMono
          placeholder="5432"
          value={text}
          problem={text.trim() === "" ? undefined : read.problem}
          onChange={({ target }) => setText(target.value)}
          className="flex-1"
        />
        <Button
          type="submit"
          className="mt-6"
          icon={<Plus size={16} aria-hidden />}
          disabled={text.trim() === "" || !read.rules}
        >
          Open
        </Button>
      </form>
    </Card>
  );
}

function wordOf({ fromPort, toPort }: PortRule): string {
  if (fromPort !== toPort) return "TCP";
  return fromPort === 80 ? "HTTP" : fromPort === 443 ? "HTTPS" : "TCP";
}
