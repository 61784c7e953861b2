// Registering a name: for how long, whether it renews itself, whether it is locked, whose it is; then its zone and its four name servers
// appear one after the other.

import { useId, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import type { Command, ContactInput, Domain, Operation, WriteAnswer, Zone } from "#contract";
import { useOperation } from "../../api/events.ts";
import { domainsQuery, read } from "../../api/queries.ts";
import { CommandExamples } from "../../commands/command-examples.tsx";
import { giveCommand } from "../../commands/give.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { SelectField, SwitchField } from "../../parts/field.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";

type Contacts = "none" | "same";

/** The dialog. */
export function RegisterDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const form = useId();
  const [years, setYears] = useState("1");
  const [autoRenew, setAutoRenew] = useState(true);
  const [lock, setLock] = useState(true);
  const known = useKnownContact();
  const [contacts, setContacts] = useState<Contacts>();
  const chosen = contacts ?? (known ? "same" : "none");
  const [answer, setAnswer] = useState<WriteAnswer>();
  const [problem, setProblem] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const navigate = useNavigate();
  const command: Extract<Command, { action: "register" }> = {
    action: "register",
    name,
    years: Number(years),
    autoRenew,
    lock,
    ...(chosen === "same" && known
      ? { contacts: { registrant: known.contact, admin: known.contact, tech: known.contact } }
      : {}),
  };
  const register = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      setAnswer(await giveCommand(command));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (answer?.operation)
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={`${visible(name)} is yours`}
        actions={
          <>
            <Button
              onClick={() => {
                onClose();
                void navigate({ to: "/zones/$zone", params: { zone: name } });
              }}
            >
              Its records
            </Button>
            <Button
              purpose="primary"
              onClick={() => {
                onClose();
                void navigate({ href: `/console/assign?name=${encodeURIComponent(name)}` });
              }}
            >
              Assign it to a resource
            </Button>
          </>
        }
      >
        <Progress name={name} started={answer.operation} />
      </Dialog>
    );
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Register ${visible(name)}`}
      about="Its zone and four name servers come with it. The registration can be undone."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" type="submit" form={form} isBusy={isBusy}>
            Register
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          void register();
        }}
      >
        <SelectField
          label="For how long"
          value={years}
          options={Array.from({ length: 10 }, (_, i) => ({
            value: String(i + 1),
            label: counted(i + 1, "year"),
          }))}
          onChange={setYears}
        />
        <SwitchField
          label="Renew it by itself"
          hint="A year more, 35 days before it expires"
          isOn={autoRenew}
          onChange={setAutoRenew}
        />
        <SwitchField
          label="Lock it"
          hint="It cannot be transferred to another registrar while it is locked"
          isOn={lock}
          onChange={setLock}
        />
        <SelectField<Contacts>
          label="Contacts"
          value={chosen}
          options={[
            ...(known
              ? [
                  {
                    value: "same" as const,
                    label: `As for ${known.domain}`,
                    about: visible(known.contact.name),
                  },
                ]
              : []),
            { value: "none", label: "None for now", about: "They can be set later" },
          ]}
          onChange={setContacts}
        />
        {problem !== undefined && <Failure failure={shownFailure(problem)} />}
        <CommandExamples command={command} />
      </form>
    </Dialog>
  );
}

/** The registrant of another domain, to be taken again. */
function useKnownContact(): { readonly domain: string; readonly contact: ContactInput } | undefined {
  const { data } = useQuery(domainsQuery);
  for (const { name, contacts } of data?.domains ?? []) {
    if (!contacts.registrant) continue;
    const { id: _id, isPrivate: _isPrivate, ...contact } = contacts.registrant;
    return { domain: name, contact };
  }
  return undefined;
}

const looks = {
  NotStarted: { icon: <LoaderCircle size={17} className="text-soft" aria-hidden />, word: "to come" },
  Started: {
    icon: <LoaderCircle size={17} className="animate-spin text-accent" aria-hidden />,
    word: "under way",
  },
  Succeeded: { icon: <Check size={17} className="text-good" aria-hidden />, word: "done" },
  Failed: { icon: <CircleAlert size={17} className="text-bad" aria-hidden />, word: "failed" },
} as const;

/** What happens after a registration, as it happens. */
function Progress({ name, started }: { readonly name: string; readonly started: Operation }) {
  const operation = useOperation(started.id) ?? started;
  const { data: zone } = useQuery(read<Zone>("zones", name));
  const { data: domain } = useQuery(read<Domain>("domains", name));
  return (
    <div className="flex flex-col gap-4" aria-live="polite">
      <ul className="flex flex-col gap-2">
        {operation.steps.map(({ title, status, detail }) => (
          <li key={title} className="flex gap-2.5">
            <span className="mt-0.5 shrink-0">{looks[status].icon}</span>
            <span className="min-w-0">
              <span className="sr-only">{looks[status].word}: </span>
              {visible(title)}
              {detail !== undefined && <span className="block text-sm text-soft">{visible(detail)}</span>}
            </span>
          </li>
        ))}
      </ul>
      {zone && (
        <section aria-label="Name servers" className="rounded-lg bg-sunken p-3">
          <h3 className="mb-1 font-medium">Four name servers answer for it</h3>
          <ul className="font-mono text-[0.85rem] leading-6">
            {zone.nameServers.map((server) => (
              <li key={server.name}>
                {visible(server.name)}{" "}
                <span className="text-soft">{server.addresses.map(({ address }) => address).join(", ")}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {domain && (
        <p className="text-soft">Registered until {new Date(domain.expiresAt).toLocaleDateString()}.</p>
      )}
    </div>
  );
}
