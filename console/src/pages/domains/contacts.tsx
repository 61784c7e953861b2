// Whose a domain is: its contacts by role, those that are one said once.

import { useState } from "react";
import type { Domain } from "#contract";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { ContactDialog } from "./contact-dialog.tsx";
import { visible } from "../../text/visible.ts";

const roles = [
  ["registrant", "Registrant"],
  ["admin", "Administration"],
  ["tech", "Technology"],
  ["billing", "Billing"],
] as const;

type Shown = NonNullable<Domain["contacts"]["registrant"]>;

/** The card. */
export function Contacts({ domain, mayWrite }: { readonly domain: Domain; readonly mayWrite: boolean }) {
  const { contacts } = domain;
  const [isOpen, setOpen] = useState(false);
  const people: { titles: string[]; contact: Shown }[] = [];
  for (const [role, title] of roles) {
    const contact = contacts[role];
    if (!contact) continue;
    const { id: _, ...details } = contact;
    const text = JSON.stringify(details);
    const same = people.find((one) => {
      const { id: _id, ...others } = one.contact;
      return JSON.stringify(others) === text;
    });
    if (same) same.titles.push(title);
    else people.push({ titles: [title], contact });
  }
  return (
    <Card
      title="Contacts"
      about="Who the domain belongs to"
      actions={
        mayWrite && (
          <Button size="small" onClick={() => setOpen(true)}>
            Set the contacts
          </Button>
        )
      }
    >
      {people.length === 0 ? (
        <p className="text-soft">None yet.</p>
      ) : (
        <ul className="flex flex-col gap-4">
          {people.map(({ titles, contact }) => (
            <li key={titles.join()}>
              <p className="flex flex-wrap items-center gap-2 text-sm text-soft">
                {titles.join(", ")}
                {contact.isPrivate && <Chip title="Strangers are not shown it">private</Chip>}
              </p>
              <p className="font-medium">{visible(contact.name)}</p>
              {contact.organization !== undefined && <p>{visible(contact.organization)}</p>}
              <p className="text-soft">
                {visible(
                  [
                    ...contact.street,
                    [contact.postalCode, contact.city].filter(Boolean).join(" "),
                    contact.countryCode,
                  ].join(", "),
                )}
              </p>
              <p className="text-soft">
                {visible(contact.email)} · {visible(contact.phone)}
              </p>
            </li>
          ))}
        </ul>
      )}
      <ContactDialog domain={domain} isOpen={isOpen} onClose={() => setOpen(false)} />
    </Card>
  );
}
