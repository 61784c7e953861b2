// Whose a domain is, written once and taken for all roles.

import { useId, useState } from "react";
import type { ContactInput, Domain } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SwitchField, TextArea, TextField } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";

/** The dialog, before the plan. */
export function ContactDialog({
  domain: { name, contacts },
  isOpen,
  onClose,
}: {
  readonly domain: Domain;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const form = useId();
  const known = contacts.registrant;
  const [values, setValues] = useState({
    name: known?.name ?? "",
    organization: known?.organization ?? "",
    street: known?.street.join("\n") ?? "",
    city: known?.city ?? "",
    postalCode: known?.postalCode ?? "",
    countryCode: known?.countryCode ?? "",
    phone: known?.phone ?? "",
    email: known?.email ?? "",
  });
  const [isPrivate, setPrivate] = useState(known?.isPrivate ?? true);
  const openPlan = usePlan();
  const field = (member: keyof typeof values) => ({
    value: values[member],
    onChange: ({ target }: { target: { value: string } }) => setValues({ ...values, [member]: target.value }),
  });
  const { organization, postalCode, street, ...needed } = values;
  const isComplete = [street, ...Object.values(needed)].every((text) => text.trim() !== "");
  const plan = (): void => {
    const contact: ContactInput = {
      ...needed,
      street: street
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .slice(0, 3),
      ...(organization.trim() === "" ? {} : { organization }),
      ...(postalCode.trim() === "" ? {} : { postalCode }),
    };
    onClose();
    openPlan(
      {
        action: "set-domain",
        name,
        contacts: { registrant: contact, admin: contact, tech: contact },
        privacy: { registrant: isPrivate, admin: isPrivate, tech: isPrivate },
      },
      { verb: "Set the contacts" },
    );
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Contacts of ${visible(name)}`}
      about="Taken for registrant, administration and technology"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" type="submit" form={form} disabled={!isComplete}>
            Plan it
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="grid gap-4 pt-1 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          plan();
        }}
      >
        <TextField label="Name" autoComplete="name" {...field("name")} />
        <TextField label="Organization" autoComplete="organization" {...field("organization")} />
        <TextArea label="Street" rows={2} className="sm:col-span-2" {...field("street")} />
        <TextField label="City" {...field("city")} />
        <TextField label="Postal code" {...field("postalCode")} />
        <TextField label="Country" hint="Two letters: DE, GB" maxLength={2} {...field("countryCode")} />
        <TextField label="Telephone" hint="+49.3012345678" inputMode="tel" {...field("phone")} />
        <TextField
          label="E-mail address"
          type="email"
          autoComplete="email"
          className="sm:col-span-2"
          {...field("email")}
        />
        <div className="sm:col-span-2">
          <SwitchField
            label="Keep them private"
            hint="Strangers who ask the registry are not shown them"
            isOn={isPrivate}
            onChange={setPrivate}
          />
        </div>
      </form>
    </Dialog>
  );
}
