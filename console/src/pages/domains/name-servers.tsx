// The name servers that a domain is delegated to, how that looks from outside, and others in their place. Before a change they are asked
// whether they answer as they should; the plan says what each said.

import { useId, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { Command, Domain, Zone } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SwitchField, TextArea } from "../../parts/field.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";

/** The card. */
export function NameServers({ domain, mayWrite }: { readonly domain: Domain; readonly mayWrite: boolean }) {
  const { name, nameServers, hasZone } = domain;
  const { data: zone } = useQuery({ ...read<Zone>("zones", name), enabled: hasZone });
  const [isOpen, setOpen] = useState(false);
  const own = new Map(zone?.nameServers.map((server) => [server.name, server.addresses]));
  return (
    <Card
      title="Name servers"
      about="What the top-level domain answers for this name"
      actions={
        mayWrite && (
          <Button size="small" onClick={() => setOpen(true)}>
            Change
          </Button>
        )
      }
    >
      {nameServers.length === 0 ? (
        <p className="text-warn">None: nobody finds this name.</p>
      ) : (
        <ul className="flex flex-col gap-1">
          {nameServers.map((server) => (
            <li key={server} className="flex flex-wrap items-baseline gap-x-3">
              <span className="font-mono text-[0.87rem] break-all">{visible(server)}</span>
              <span className="text-sm text-soft">
                {own
                  .get(server)
                  ?.map(({ address }) => address)
                  .join(", ") ?? "elsewhere"}
              </span>
            </li>
          ))}
        </ul>
      )}
      {zone && (
        <p className="mt-3 border-t border-line pt-3 text-soft">
          <Chip tone={zone.delegation.state === "DELEGATED" ? "good" : "warn"} withDot>
            {zone.delegation.state === "DELEGATED" ? "as it should be" : zone.delegation.state.toLowerCase()}
          </Chip>{" "}
          {visible(zone.delegation.text)}.
          {zone.delegation.checkedAt !== undefined && (
            <>
              {" "}
              Looked at <Time at={zone.delegation.checkedAt} />.
            </>
          )}
        </p>
      )}
      <ChangeServers domain={domain} isOpen={isOpen} onClose={() => setOpen(false)} />
    </Card>
  );
}

function ChangeServers({
  domain: { name, nameServers },
  isOpen,
  onClose,
}: {
  readonly domain: Domain;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const form = useId();
  const [text, setText] = useState(nameServers.join("\n"));
  const [isForced, setForced] = useState(false);
  const openPlan = usePlan();
  const servers = text
    .split("\n")
    .map((line) => line.trim().split(/[\s,]+/))
    .flatMap(([server = "", ...addresses]) =>
      server === "" ? [] : [{ name: server, ...(addresses.length > 0 ? { addresses } : {}) }],
    );
  const go = (command: Extract<Command, { action: "set-name-servers" }>): void => {
    onClose();
    openPlan(command, { verb: "Change the name servers" });
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Name servers of ${visible(name)}`}
      about="They are asked first: whoever is delegated to must answer for the name."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button onClick={() => go({ action: "set-name-servers", name })}>The platform’s own</Button>
          <Button purpose="primary" type="submit" form={form} disabled={servers.length === 0}>
            Ask them, and plan
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          go({
            action: "set-name-servers",
            name,
            nameServers: servers,
            ...(isForced ? { force: true } : {}),
          });
        }}
      >
        <TextArea
          label="One a line"
          hint="With addresses behind the name where it lies inside the domain itself"
          isMono
          rows={5}
          spellCheck={false}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <SwitchField
          label="Delegate to them whatever they answer"
          hint="The name may be found by nobody then; the history says that it was forced"
          isOn={isForced}
          onChange={setForced}
        />
      </form>
    </Dialog>
  );
}
