// Access keys: what programs are let in with. Each is shown once, when it is created; what it may do can be less than what its owner may.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Ellipsis, KeyRound, Plus, Power, Trash2 } from "lucide-react";
import type { AccessKey } from "#contract";
import { keysQuery } from "../../api/identity.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { Menu } from "../../parts/dialog.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { Time, useNow } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { CreateKey } from "./create-key.tsx";
import { roleName } from "./roles.tsx";

/** The page. */
export function KeysPage() {
  const keys = useQuery({ ...keysQuery, refetchInterval: 15_000 });
  const [isCreating, setCreating] = useState(false);
  const create = (
    <Button purpose="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setCreating(true)}>
      Create a key
    </Button>
  );
  return (
    <>
      <PageHead
        title="Keys"
        about="What programs are let in with: the command line on another machine, an ACME client, Terraform."
        actions={create}
      />
      <Card isFlush>
        <Reading of={keys}>
          {({ keys: list }) =>
            list.length === 0 ? (
              <Empty title="No keys yet" actions={create}>
                The platform’s first key lies beside its data and is not listed here. Give each program a key
                of its own, with no more than it needs.
              </Empty>
            ) : (
              <KeyTable keys={list} />
            )
          }
        </Reading>
      </Card>
      <CreateKey isOpen={isCreating} onClose={() => setCreating(false)} />
    </>
  );
}

function KeyTable({ keys }: { readonly keys: readonly AccessKey[] }) {
  const openPlan = usePlan();
  return (
    <Table<AccessKey>
      label="Keys"
      rows={keys}
      keyOf={({ id }) => id}
      columns={[
        {
          title: "Key",
          sortBy: ({ name }) => name,
          cell: ({ name, id }) => (
            <span className="flex items-start gap-2.5">
              <KeyRound size={16} className="mt-1 shrink-0 text-soft" aria-hidden />
              <span className="min-w-0">
                <span className="block font-medium break-words">{visible(name)}</span>
                <Value text={id} className="text-soft" />
              </span>
            </span>
          ),
        },
        {
          title: "Of",
          cell: ({ user }) => <span className="break-all">{visible(user ?? "the first key")}</span>,
        },
        { title: "Type", cell: ({ type }) => <Chip tone={type === "aws" ? "mark" : "neutral"}>{type}</Chip> },
        { title: "May", cell: (key) => <May of={key} /> },
        { title: "State", cell: (key) => <State of={key} /> },
        {
          title: "Last used",
          sortBy: ({ lastUsedAt = "" }) => lastUsedAt,
          cell: ({ lastUsedAt }) =>
            lastUsedAt === undefined ? (
              <span className="text-soft" title="Since the platform was started">
                not yet
              </span>
            ) : (
              <Time at={lastUsedAt} />
            ),
        },
        {
          title: "",
          align: "right",
          cell: ({ id, name, isDisabled }) => (
            <Menu
              trigger={
                <IconButton label={`More for ${name}`}>
                  <Ellipsis size={18} aria-hidden />
                </IconButton>
              }
              choices={[
                {
                  label: isDisabled ? "Enable" : "Disable",
                  icon: <Power size={16} aria-hidden />,
                  onChoose: () =>
                    openPlan(
                      { action: "update-access-key", id, isDisabled: !isDisabled },
                      { verb: isDisabled ? "Enable" : "Disable", isDangerous: !isDisabled },
                    ),
                },
                "line",
                {
                  label: "Delete",
                  icon: <Trash2 size={16} aria-hidden />,
                  isDangerous: true,
                  onChoose: () =>
                    openPlan({ action: "delete-access-key", id }, { verb: "Delete", isDangerous: true }),
                },
              ]}
            />
          ),
        },
      ]}
    />
  );
}

function May({ of: { role, verbs, zones } }: { readonly of: AccessKey }) {
  return (
    <span>
      {roleName(role)}
      {verbs && <span className="block text-sm break-words text-soft">only {verbs.join(", ")}</span>}
      {zones && <span className="block text-sm break-all text-soft">in {zones.join(", ")}</span>}
    </span>
  );
}

function State({ of: { isDisabled, expiresAt } }: { readonly of: AccessKey }) {
  const now = useNow();
  const isOver = expiresAt !== undefined && new Date(expiresAt).getTime() <= now;
  const word = isOver ? "expired" : isDisabled ? "disabled" : "in force";
  return (
    <span>
      <Chip tone={isOver ? "bad" : isDisabled ? "warn" : "good"} withDot>
        {word}
      </Chip>
      {expiresAt !== undefined && !isOver && (
        <span className="block text-sm text-soft">
          ends <Time at={expiresAt} />
        </span>
      )}
    </span>
  );
}
