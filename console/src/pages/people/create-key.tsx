// Creating a key: its name, its type, and what it may. The plan follows, and after that the key itself, this once.

import { useState, type FormEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import type { AccessKeyType, Role } from "#contract";
import { usersQuery } from "../../api/identity.ts";
import { meQuery, zonesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField, Tick } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";
import { roles } from "./roles.tsx";

const types: readonly { readonly value: AccessKeyType; readonly label: string; readonly about: string }[] = [
  { value: "bearer", label: "Bearer", about: "One text, for the command line and the API" },
  { value: "aws", label: "AWS", about: "Key id and secret, for the AWS CLI, SDKs and Terraform" },
];

const lifetimes = [
  { value: "", label: "It does not expire" },
  { value: "1", label: "After a day" },
  { value: "30", label: "After 30 days" },
  { value: "90", label: "After 90 days" },
  { value: "365", label: "After a year" },
] as const;

const order: readonly Role[] = ["viewer", "operator", "owner"];

/** The dialog. */
export function CreateKey({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Create a key"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" type="submit" form="create-key">
            Show the plan
          </Button>
        </>
      }
    >
      {isOpen && <Form onClose={onClose} />}
    </Dialog>
  );
}

function Form({ onClose }: { readonly onClose: () => void }) {
  const me = useQuery(meQuery).data;
  const zones = useQuery(zonesQuery).data?.zones ?? [];
  const users = useQuery({ ...usersQuery, enabled: me?.role === "owner" }).data?.users ?? [];
  const openPlan = usePlan();
  const own = me?.role ?? "viewer";
  const [name, setName] = useState("");
  const [type, setType] = useState<AccessKeyType>("bearer");
  const [role, setRole] = useState<Role>(own === "viewer" ? "viewer" : "operator");
  const [days, setDays] = useState<(typeof lifetimes)[number]["value"]>("90");
  const [user, setUser] = useState(me?.user ?? "");
  const [verbs, setVerbs] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const given = verbs.split(/[\s,]+/).filter((verb) => verb !== "");
    onClose();
    openPlan(
      {
        action: "create-access-key",
        name: name.trim(),
        type,
        role,
        ...(user !== "" && user !== me?.user ? { user } : {}),
        ...(given.length > 0 ? { verbs: given } : {}),
        ...(chosen.length > 0 ? { zones: [...chosen] } : {}),
        ...(days === "" ? {} : { expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString() }),
      },
      { verb: "Create the key" },
    );
  };
  return (
    <form id="create-key" onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        hint="What has it: laptop, terraform, acme"
        required
        maxLength={64}
        autoComplete="off"
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label="Type" value={type} options={types} onChange={setType} />
        <SelectField
          label="Role"
          value={role}
          options={roles.filter(({ value }) => order.indexOf(value) <= order.indexOf(own))}
          onChange={setRole}
        />
        <SelectField label="Expires" value={days} options={lifetimes} onChange={setDays} />
        {users.length > 1 && (
          <SelectField
            label="Whose"
            value={user}
            options={users.map(({ email }) => ({ value: email, label: email }))}
            onChange={setUser}
          />
        )}
      </div>
      <TextField
        label="Only these verbs"
        hint="read, plan, apply, undo, or commands such as put-rrset; all that the role may where it is empty"
        isMono
        spellCheck={false}
        autoComplete="off"
        value={verbs}
        onChange={({ target }) => setVerbs(target.value)}
      />
      {zones.length > 0 && (
        <fieldset>
          <legend className="text-sm font-medium">Only these zones</legend>
          <p className="text-sm text-soft">A key that is limited to zones sees and changes nothing else.</p>
          <div className="mt-2 flex max-h-40 flex-col gap-2 overflow-y-auto">
            {zones.map((zone) => (
              <span key={zone.name} className="flex items-center gap-2.5">
                <Tick
                  label={zone.name}
                  isOn={chosen.includes(zone.name)}
                  onChange={(isOn) =>
                    setChosen(isOn ? [...chosen, zone.name] : chosen.filter((one) => one !== zone.name))
                  }
                />
                <span aria-hidden>{visible(zone.name)}</span>
              </span>
            ))}
          </div>
        </fieldset>
      )}
    </form>
  );
}
