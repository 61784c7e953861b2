// The fields of one set: what it is called, by what it is chosen, its values, and what its health is that of, with how that is now.

import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import type { PolicyKind } from "#contract";
import { checkSchemes } from "#contract/plain";
import {
  containerServicesQuery,
  distributionsQuery,
  instancesQuery,
  loadBalancersQuery,
  staticIpsQuery,
} from "../../api/queries.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { SelectField, SwitchField, TextArea, TextField } from "../../parts/field.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { valuesOf, type HealthKind, type SetDraft, type SetField } from "./policy-draft.ts";
import type { KnownHealth } from "./set-health.ts";

/** What each way to look at an address is, in words; others than these are told by their names. */
const schemeWords: Readonly<Record<string, string>> = {
  http: "Healthy while it answers with a status of 200 to 399",
  https: "The same over TLS",
  tcp: "Healthy while somebody listens",
};

const healthKinds: readonly { readonly value: HealthKind; readonly label: string; readonly about: string }[] =
  [
    { value: "none", label: "Always healthy", about: "Nothing is looked at" },
    { value: "resource", label: "A resource", about: "As the platform knows it anyway" },
    ...checkSchemes.map((scheme) => ({
      value: scheme,
      label: scheme.toUpperCase(),
      about: schemeWords[scheme] ?? `An address is looked at by ${scheme.toUpperCase()}`,
    })),
  ];

/** The fields. */
export function SetFields({
  set,
  number,
  kind,
  type,
  problems,
  isTold,
  share,
  places,
  health,
  hasFocus,
  onChange,
  onRemove,
}: {
  readonly set: SetDraft;
  readonly number: number;
  readonly kind: PolicyKind;
  readonly type: string;
  readonly problems: Partial<Record<SetField, string>>;
  /** True once somebody wanted the plan: then what is empty is told of too. */
  readonly isTold: boolean;
  /** Of all answers, 0 to 1. */
  readonly share: number | undefined;
  readonly places: readonly string[];
  /** How its health is now, where it stands and follows some. */
  readonly health: KnownHealth | undefined;
  readonly hasFocus: boolean;
  readonly onChange: (edit: Partial<SetDraft>) => void;
  readonly onRemove: (() => void) | undefined;
}) {
  const list = useId();
  const box = useRef<HTMLFieldSetElement>(null);
  const resources = useResourceNames(set.health === "resource");
  useEffect(() => {
    if (!hasFocus) return;
    // After the dialog has put the focus where it puts it.
    const frame = requestAnimationFrame(() => {
      box.current?.scrollIntoView({ block: "nearest" });
      box.current?.querySelector<HTMLElement>("input, textarea")?.focus();
    });
    return () => cancelAnimationFrame(frame);
  }, [hasFocus]);
  const isCheck = set.health !== "none" && set.health !== "resource";
  /** What is empty still is no problem yet. */
  const problem = (field: SetField, text: string): string | undefined =>
    isTold || text !== "" ? problems[field] : undefined;
  const title = set.id === "" ? `Set ${number}` : `Set ${visible(set.id)}`;
  return (
    <fieldset ref={box} aria-label={title} className="rounded-card border border-line p-3.5">
      <div className="mb-2 flex min-h-9 flex-wrap items-center gap-2">
        <span className="font-semibold break-all">{title}</span>
        {share !== undefined && <span className="text-sm text-soft">{percent(share)} of the answers</span>}
        {health && <HealthNow health={health} />}
        {onRemove && (
          <span className="ml-auto">
            <IconButton label={`Remove ${title.toLowerCase()}`} onClick={onRemove}>
              <Trash2 size={16} aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {!set.before && (
          <TextField
            label="Set"
            {...hintUnless(problem("id", set.id), "Tells it apart: eu, blue …")}
            isMono
            spellCheck={false}
            autoComplete="off"
            value={set.id}
            onChange={({ target }) => onChange({ id: target.value.trim() })}
          />
        )}
        {kind === "weighted" && (
          <TextField
            label="Weight"
            {...hintUnless(problems.weight, "0 to 255")}
            inputMode="numeric"
            value={set.weight}
            onChange={({ target }) => onChange({ weight: target.value.trim() })}
          />
        )}
        {kind === "failover" && (
          <SelectField
            label="Role"
            value={set.role}
            options={[
              { value: "primary", label: "Primary", about: "Given while it is healthy" },
              { value: "secondary", label: "Secondary", about: "Given while the primary is not" },
            ]}
            onChange={(role) => onChange({ role })}
          />
        )}
        {kind === "nearest" && (
          <>
            <TextField
              label="Place"
              {...hintUnless(
                problem("place", set.place),
                "Of the table of networks; latitude,longitude; * for all others",
              )}
              isMono
              spellCheck={false}
              autoComplete="off"
              list={`${list}-places`}
              value={set.place}
              onChange={({ target }) => onChange({ place: target.value.trim() })}
            />
            <datalist id={`${list}-places`}>
              {places.map((place) => (
                <option key={place} value={place} />
              ))}
            </datalist>
          </>
        )}
        <TextArea
          label={kind === "multivalue" ? "Value" : "Values"}
          {...hintUnless(
            problem("values", valuesOf(set).join("")),
            kind === "multivalue" ? `One ${type} record` : `${type} records, one a line`,
          )}
          className="sm:col-span-2"
          isMono
          spellCheck={false}
          rows={Math.min(6, Math.max(1, set.values.split("\n").length))}
          value={set.values}
          onChange={({ target }) => onChange({ values: target.value })}
        />
        <SelectField
          label="Health"
          value={set.health}
          options={healthKinds}
          onChange={(next) =>
            onChange({ health: next, ...(isSameField(next, set.health) ? {} : { of: "" }) })
          }
        />
        {set.health === "resource" && (
          <>
            <TextField
              label="Resource"
              {...hintUnless(problem("of", set.of), "Healthy while it runs, or one of its targets does")}
              autoComplete="off"
              spellCheck={false}
              list={`${list}-resources`}
              value={set.of}
              onChange={({ target }) => onChange({ of: target.value })}
            />
            <datalist id={`${list}-resources`}>
              {resources.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
        {isCheck && (
          <TextField
            label="Address"
            {...hintUnless(
              problem("of", set.of),
              `Such as ${set.health === "tcp" ? "192.0.2.1:5432" : "192.0.2.1:8080/health"}`,
            )}
            isMono
            autoComplete="off"
            spellCheck={false}
            value={set.of}
            onChange={({ target }) => onChange({ of: target.value.trim() })}
          />
        )}
        {isCheck && <Terms set={set} problems={problems} onChange={onChange} />}
      </div>
    </fieldset>
  );
}

/** What is wrong in the place of the hint. */
function hintUnless(problem: string | undefined, hint: string): { hint?: string; problem?: string } {
  return problem === undefined ? { hint } : { problem };
}

function isSameField(a: HealthKind, b: HealthKind): boolean {
  const field = (kind: HealthKind): string => (kind === "none" || kind === "resource" ? kind : "check");
  return field(a) === field(b);
}

/** How often an address is looked at, what that comes to, and what is asked for there. */
function Terms({
  set,
  problems,
  onChange,
}: {
  readonly set: SetDraft;
  readonly problems: Partial<Record<SetField, string>>;
  readonly onChange: (edit: Partial<SetDraft>) => void;
}) {
  const [isOpen, setOpen] = useState(
    set.every !== "" ||
      set.within !== "" ||
      set.times !== "" ||
      set.host !== "" ||
      set.serverName !== "" ||
      set.verifies,
  );
  if (!isOpen)
    return (
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-soft sm:col-span-2">
        Looked at every 10 s, with 5 s to answer; three in a row change its state.
        <Button size="small" purpose="quiet" onClick={() => setOpen(true)}>
          {set.health === "tcp"
            ? "Other times"
            : set.health === "https"
              ? "Times, host, certificate"
              : "Times, host"}
        </Button>
      </p>
    );
  return (
    <div className="grid grid-cols-2 gap-3 sm:col-span-2 sm:grid-cols-3">
      <TextField
        label="Every"
        hint="Seconds; 10 where empty"
        inputMode="decimal"
        placeholder="10"
        value={set.every}
        problem={problems.every}
        onChange={({ target }) => onChange({ every: target.value.trim() })}
      />
      <TextField
        label="Answers within"
        hint="Seconds; 5 where empty"
        inputMode="decimal"
        placeholder="5"
        value={set.within}
        problem={problems.within}
        onChange={({ target }) => onChange({ within: target.value.trim() })}
      />
      <TextField
        label="Looks in a row"
        hint="Until its state is another; 3"
        inputMode="numeric"
        placeholder="3"
        value={set.times}
        problem={problems.times}
        onChange={({ target }) => onChange({ times: target.value.trim() })}
      />
      {set.health !== "tcp" && (
        <TextField
          label="Host"
          className="col-span-2 sm:col-span-1"
          {...hintUnless(problems.host, "That is asked for; the address where empty")}
          isMono
          spellCheck={false}
          value={set.host}
          onChange={({ target }) => onChange({ host: target.value.trim() })}
        />
      )}
      {set.health === "https" && (
        <>
          <TextField
            label="Server name"
            className="col-span-2 sm:col-span-1"
            {...hintUnless(problems.serverName, "In the handshake; the host where empty")}
            isMono
            spellCheck={false}
            value={set.serverName}
            onChange={({ target }) => onChange({ serverName: target.value.trim() })}
          />
          <div className="col-span-2 self-center sm:col-span-1">
            <SwitchField
              label="Trusted certificate"
              hint="Healthy only with one that this system or the platform trusts"
              isOn={set.verifies}
              onChange={(verifies) => onChange({ verifies })}
            />
          </div>
        </>
      )}
    </div>
  );
}

const tones: Readonly<Record<KnownHealth["state"], Tone>> = {
  healthy: "good",
  unhealthy: "bad",
  unknown: "neutral",
};

function HealthNow({ health: { state, detail, since } }: { readonly health: KnownHealth }) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-2 text-sm text-soft" data-testid="set-health">
      <Chip tone={tones[state]} withDot>
        {state === "unknown" ? "not known yet" : state}
      </Chip>
      {detail !== undefined && <span className="min-w-0 break-words">{visible(detail)}</span>}
      {since !== undefined && <Time at={since} />}
    </span>
  );
}

/** Names of everything that has a health. */
function useResourceNames(isWanted: boolean): readonly string[] {
  const enabled = isWanted;
  const { data: instances } = useQuery({ ...instancesQuery, enabled });
  const { data: staticIps } = useQuery({ ...staticIpsQuery, enabled });
  const { data: balancers } = useQuery({ ...loadBalancersQuery, enabled });
  const { data: distributions } = useQuery({ ...distributionsQuery, enabled });
  const { data: services } = useQuery({ ...containerServicesQuery, enabled });
  return useMemo(
    () =>
      [
        ...(instances?.instances ?? []).map(({ name }) => name),
        ...(staticIps?.staticIps ?? []).map(({ name }) => name),
        ...(balancers?.loadBalancers ?? []).map(({ name }) => name),
        ...(distributions?.distributions ?? []).map(({ name }) => name),
        ...(services?.containerServices ?? []).map(({ name }) => name),
      ].toSorted(),
    [instances, staticIps, balancers, distributions, services],
  );
}

function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 1 ? "<1" : Math.round(value)} %`;
}
