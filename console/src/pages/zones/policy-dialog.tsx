// One of several record sets that a routing policy chooses from: by what it is chosen, and what its health is that of. A new one can stand
// beside it. What is given is planned as a change of its own, and not staged with others.

import { useState } from "react";
import type { Rrset, RoutingPolicy, SetHealth } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextArea, TextField } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";
import { healthText } from "./policy-words.ts";

type Kind = RoutingPolicy["kind"];

const kinds: readonly { readonly value: Kind; readonly label: string; readonly about: string }[] = [
  { value: "weighted", label: "By weight", about: "In proportion to a weight of 0 to 255" },
  { value: "failover", label: "Failover", about: "The primary while it is healthy, then the secondary" },
  { value: "multivalue", label: "Several together", about: "Up to eight healthy values in one answer" },
  { value: "nearest", label: "By place", about: "The one nearest to the client’s network" },
];

/** The dialog. @param before  the set that is changed; `isNew`: another one is to stand beside it */
export function PolicyDialog({
  before,
  zone,
  isNew = false,
  onClose,
}: {
  readonly before: Rrset;
  readonly zone: string;
  readonly isNew?: boolean;
  readonly onClose: () => void;
}) {
  const openPlan = usePlan();
  const { policy } = before;
  const [id, setId] = useState(isNew ? "" : before.setIdentifier);
  const [kind, setKind] = useState<Kind>(policy?.kind ?? "weighted");
  const [weight, setWeight] = useState(policy?.kind === "weighted" ? String(policy.weight) : "1");
  const [role, setRole] = useState<"primary" | "secondary">(
    policy?.kind === "failover" && policy.role === "primary" && isNew ? "secondary" : roleOf(policy),
  );
  const [place, setPlace] = useState(policy?.kind === "nearest" && !isNew ? policy.place : "*");
  const [health, setHealth] = useState(isNew ? "" : healthText(before.health));
  const [records, setRecords] = useState(isNew ? "" : before.entries.map(({ data }) => data).join("\n"));
  const values = records.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  const isWeight = /^\d{1,3}$/.test(weight) && Number(weight) <= 255;
  const isGood =
    /^[!-~]{1,128}$/.test(id) && values.length > 0 && (kind !== "weighted" || isWeight) && place !== "";
  const wanted: Readonly<Record<Kind, RoutingPolicy>> = {
    weighted: { kind: "weighted", weight: Number(weight) },
    failover: { kind: "failover", role },
    multivalue: { kind: "multivalue" },
    nearest: { kind: "nearest", place },
  };
  const review = (): void => {
    if (!isGood) return;
    onClose();
    openPlan(
      {
        action: "put-rrset",
        zone,
        name: `${before.name}.`,
        type: before.type,
        setIdentifier: id,
        policy: wanted[kind],
        health: readHealth(health, isNew ? undefined : before.health),
        ttl: before.ttl,
        records: values,
      },
      { verb: isNew ? "Add the set" : "Change the set" },
    );
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${isNew ? "Another set" : `Set ${visible(before.setIdentifier)}`} of ${visible(before.name)} ${before.type}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" disabled={!isGood} onClick={review}>
            Review the plan
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {isNew && (
          <TextField
            label="Set"
            hint="Tells it apart from the others: eu, blue …"
            autoFocus
            isMono
            value={id}
            onChange={({ target }) => setId(target.value.trim())}
          />
        )}
        <SelectField label="Chosen" value={kind} options={kinds} onChange={setKind} />
        {kind === "weighted" && (
          <TextField
            label="Weight"
            hint="0 is chosen only where nothing else is healthy"
            inputMode="numeric"
            value={weight}
            problem={isWeight ? undefined : "A whole number from 0 to 255"}
            onChange={({ target }) => setWeight(target.value.trim())}
          />
        )}
        {kind === "failover" && (
          <SelectField
            label="Role"
            value={role}
            options={[
              { value: "primary", label: "Primary" },
              { value: "secondary", label: "Secondary" },
            ]}
            onChange={setRole}
          />
        )}
        {kind === "nearest" && (
          <TextField
            label="Place"
            hint="Of the table of networks, latitude and longitude such as 52.5,13.4, or * for all others"
            isMono
            value={place}
            onChange={({ target }) => setPlace(target.value.trim())}
          />
        )}
        <TextField
          label="Health"
          hint="A resource, http://ADDRESS:PORT/PATH or tcp://ADDRESS:PORT; empty: always healthy"
          isMono
          value={health}
          onChange={({ target }) => setHealth(target.value)}
        />
        <TextArea
          label="Values"
          hint={kind === "multivalue" ? "One value: each has a set of its own" : "One a line"}
          isMono
          rows={3}
          value={records}
          onChange={({ target }) => setRecords(target.value)}
        />
      </div>
    </Dialog>
  );
}

function roleOf(policy: RoutingPolicy | undefined): "primary" | "secondary" {
  return policy?.kind === "failover" ? policy.role : "primary";
}

/** What is written as health; times stay where the address does. */
function readHealth(text: string, before: SetHealth | undefined): SetHealth | null {
  const given = text.trim();
  if (given === "") return null;
  if (before && healthText(before) === given) return before;
  return /^[a-z]+:\/\//.test(given) ? { kind: "check", url: given } : { kind: "resource", resource: given };
}
