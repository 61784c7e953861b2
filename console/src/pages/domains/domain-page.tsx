// One registration: its state in plain words, renewal, lock, name servers, the keys that its top-level domain vouches for, contacts, the code for
// a transfer.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CalendarPlus, EllipsisVertical, KeyRound, Route, Trash2 } from "lucide-react";
import type { Command, Domain } from "#contract";
import { meQuery, read } from "../../api/queries.ts";
import { giveCommand, tellDone } from "../../commands/give.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, Facts, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { Menu } from "../../parts/dialog.tsx";
import { shownFailure } from "../../parts/failure.tsx";
import { SwitchField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { visible } from "../../text/visible.ts";
import { AuthCode } from "./auth-code.tsx";
import { Contacts } from "./contacts.tsx";
import { clientStatuses, wordOf } from "./domain-words.ts";
import { NameServers } from "./name-servers.tsx";
import { RenewDialog } from "./renew-dialog.tsx";
import { Signers } from "./signers.tsx";

const route = getRouteApi("/domains/$name");

/** The page. */
export function DomainPage() {
  const { name } = route.useParams();
  const query = useQuery(read<Domain>("domains", name));
  return <Reading of={query}>{(domain) => <Whole domain={domain} />}</Reading>;
}

function Whole({ domain }: { readonly domain: Domain }) {
  const { name, unicodeName, hasZone, isPlatform } = domain;
  const { data: me } = useQuery(meQuery);
  const mayWrite = me?.role !== "viewer" && !isPlatform;
  const openPlan = usePlan();
  const navigate = route.useNavigate();
  const [isRenewing, setRenewing] = useState(false);
  const [isTransferring, setTransferring] = useState(false);
  const [tone, word] = wordOf(domain);
  return (
    <>
      <PageHead
        above={
          <Link to="/domains" className="link">
            Domains
          </Link>
        }
        title={visible(unicodeName ?? name)}
        about={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Chip tone={tone} withDot>
              {word}
            </Chip>
            {unicodeName !== undefined && <Value text={name} />}
            <span>
              expires <Time at={domain.expiresAt} />
            </span>
            {hasZone && (
              <Link to="/zones/$zone" params={{ zone: name }} className="link">
                Its records
              </Link>
            )}
          </span>
        }
        actions={
          <>
            <ButtonLink icon={<Route size={16} aria-hidden />} {...place("traces", { url: name })}>
              Trace
            </ButtonLink>
            {mayWrite && (
              <>
                <Button icon={<CalendarPlus size={16} aria-hidden />} onClick={() => setRenewing(true)}>
                  {domain.phase === "redemptionPeriod" ? "Restore" : "Renew"}
                </Button>
                <Menu
                  trigger={<Button icon={<EllipsisVertical size={17} aria-hidden />}>More</Button>}
                  choices={[
                    {
                      label: "Code for a transfer …",
                      icon: <KeyRound size={16} aria-hidden />,
                      onChoose: () => setTransferring(true),
                    },
                    "line",
                    {
                      label: "Delete the domain …",
                      icon: <Trash2 size={16} aria-hidden />,
                      isDangerous: true,
                      onChoose: () =>
                        openPlan(
                          { action: "delete-domain", name },
                          {
                            verb: "Delete the domain",
                            isDangerous: true,
                            onApplied: () => void navigate({ to: "/domains" }),
                          },
                        ),
                    },
                  ]}
                />
              </>
            )}
          </>
        }
      />
      <div className="grid gap-5 xl:grid-cols-2">
        <StateCard domain={domain} />
        <SettingsCard domain={domain} mayWrite={mayWrite} />
        <NameServers domain={domain} mayWrite={mayWrite} />
        <Signers domain={domain} mayWrite={mayWrite} />
        <Contacts domain={domain} mayWrite={mayWrite} />
      </div>
      <RenewDialog domain={domain} isOpen={isRenewing} onClose={() => setRenewing(false)} />
      <AuthCode name={name} isOpen={isTransferring} onClose={() => setTransferring(false)} />
    </>
  );
}

function StateCard({ domain }: { readonly domain: Domain }) {
  return (
    <Card title="State">
      <ul className="mb-4 flex flex-col gap-2.5">
        {domain.states.map(({ code, text, until }) => (
          <li key={code}>
            <span className="flex flex-wrap items-center gap-2">
              <Chip tone={toneOf(code)}>{code}</Chip>
              {until !== undefined && (
                <span className="text-sm text-soft">
                  ends <Time at={until} />
                </span>
              )}
            </span>
            <p className="mt-0.5">{sentence(visible(text))}</p>
          </li>
        ))}
      </ul>
      <Facts
        rows={[
          ["Expires", <ExactTime key="expires" at={domain.expiresAt} />],
          domain.renewsAt !== undefined && ["Renews itself", <ExactTime key="renews" at={domain.renewsAt} />],
          ["Registered", <ExactTime key="created" at={domain.createdAt} />],
          ["Registrar", visible(domain.sponsoringClient)],
          ["Registry", <span key="tld">.{visible(domain.tld)}</span>],
          ["Object", <Value key="roid" text={domain.roid} />],
        ]}
      />
    </Card>
  );
}

function ExactTime({ at }: { readonly at: string }) {
  return (
    <>
      <Time at={at} isExact />{" "}
      <span className="text-soft">
        (<Time at={at} />)
      </span>
    </>
  );
}

/** The platform's words as a sentence of their own. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

function toneOf(code: string): "good" | "warn" | "bad" | "neutral" {
  if (code === "ok" || code === "addPeriod" || code === "autoRenewPeriod" || code === "renewPeriod")
    return "good";
  if (code === "inactive" || /Hold$|^pending/.test(code)) return "warn";
  return code === "redemptionPeriod" ? "bad" : "neutral";
}

function SettingsCard({ domain, mayWrite }: { readonly domain: Domain; readonly mayWrite: boolean }) {
  const openPlan = usePlan();
  const set = (change: Omit<Extract<Command, { action: "set-domain" }>, "action" | "name">): void => {
    giveCommand({ action: "set-domain", name: domain.name, ...change }).then(tellDone, (error: unknown) => {
      tell(shownFailure(error).what, { tone: "bad" });
    });
  };
  return (
    <Card title="Settings">
      <div className="flex flex-col gap-4">
        <SwitchField
          label="Renew it by itself"
          hint="A year more, 35 days before it expires"
          isOn={domain.autoRenew}
          disabled={!mayWrite}
          onChange={(autoRenew) => set({ autoRenew })}
        />
        <SwitchField
          label="Lock it"
          hint="It cannot be transferred to another registrar"
          isOn={domain.isLocked}
          disabled={!mayWrite}
          onChange={(lock) => set({ lock })}
        />
        {clientStatuses.map(([status, label, hint]) => (
          <SwitchField
            key={status}
            label={label}
            hint={hint}
            isOn={domain.statuses.includes(status)}
            disabled={!mayWrite}
            onChange={(isOn) => {
              // What makes a name vanish is looked at first.
              if (status === "clientHold" && isOn)
                openPlan(
                  { action: "set-domain", name: domain.name, addStatuses: [status] },
                  { verb: "Hold it", isDangerous: true },
                );
              else set(isOn ? { addStatuses: [status] } : { removeStatuses: [status] });
            }}
          />
        ))}
      </div>
    </Card>
  );
}
