// All instances: how each stands, what it runs, where it is reached, what leads to it.

import { useQuery } from "@tanstack/react-query";
import { Ellipsis, Play, Plus, RotateCcw, Square, Trash2 } from "lucide-react";
import type { Instance } from "#contract";
import { instancesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { ButtonLink, IconButton } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { Menu } from "../../parts/dialog.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { addressColumn, nameColumn } from "../../parts/resource-columns.tsx";
import { Table } from "../../parts/table.tsx";
import { visible } from "../../text/visible.ts";
import { runText, StateChip } from "./state-chip.tsx";

/** How often what no event tells is looked at, in milliseconds: that a process started or ended. */
const lookMs = 3000;
/** Characters of what an instance runs. */
const runLength = 40;

/** The page. */
export function ListPage() {
  const instances = useQuery({ ...instancesQuery, refetchInterval: lookMs });
  const create = (
    <ButtonLink purpose="primary" icon={<Plus size={17} aria-hidden />} {...place("instances/create")}>
      Create an instance
    </ButtonLink>
  );
  return (
    <>
      <PageHead
        title="Instances"
        about="What answers in the end: a folder of files, a command of yours, or a server that exists already."
        actions={create}
      />
      <Card isFlush>
        <Reading of={instances}>
          {({ instances: rows }) => (
            <Table<Instance>
              label="Instances"
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                nameColumn("instances"),
                {
                  title: "State",
                  cell: (row) => <StateChip instance={row} />,
                  sortBy: ({ state }) => state,
                },
                { title: "Runs", cell: ({ run }) => <Value text={runText(run)} most={runLength} /> },
                addressColumn(),
                { title: "Leads here", cell: (row) => <Leads instance={row} /> },
                { title: "", align: "right", cell: (row) => <Actions instance={row} /> },
              ]}
              empty={
                <Empty title="No instance yet" actions={create}>
                  An instance gets an address and a name of its own at once, and is started again where it
                  ends. A name of yours can then lead to it.
                </Empty>
              }
            />
          )}
        </Reading>
      </Card>
    </>
  );
}

function Leads({ instance: { names, loadBalancers, staticIp } }: { readonly instance: Instance }) {
  const all = [
    ...names,
    ...(staticIp === undefined ? [] : [`static IP ${staticIp}`]),
    ...loadBalancers.map((name) => `load balancer ${name}`),
  ];
  return all.length === 0 ? (
    <span className="text-soft">nothing yet</span>
  ) : (
    <span className="break-words">{visible(all.join(", "))}</span>
  );
}

function Actions({ instance: { name, run, desired } }: { readonly instance: Instance }) {
  const openPlan = usePlan();
  const isOurs = run.kind !== "address";
  return (
    <Menu
      trigger={
        <IconButton label={`What to do with ${name}`}>
          <Ellipsis size={18} aria-hidden />
        </IconButton>
      }
      choices={[
        ...(isOurs
          ? [
              desired === "running"
                ? {
                    label: "Stop",
                    icon: <Square size={16} aria-hidden />,
                    onChoose: () =>
                      openPlan({ action: "stop-instance", name }, { verb: "Stop", isDangerous: true }),
                  }
                : {
                    label: "Start",
                    icon: <Play size={16} aria-hidden />,
                    onChoose: () => openPlan({ action: "start-instance", name }, { verb: "Start" }),
                  },
              {
                label: "Reboot",
                icon: <RotateCcw size={16} aria-hidden />,
                isDisabled: desired !== "running",
                onChoose: () => openPlan({ action: "reboot-instance", name }, { verb: "Reboot" }),
              },
              "line" as const,
            ]
          : []),
        {
          label: "Delete",
          icon: <Trash2 size={16} aria-hidden />,
          isDangerous: true,
          onChoose: () =>
            openPlan({ action: "delete-instance", name }, { verb: "Delete", isDangerous: true }),
        },
      ]}
    />
  );
}
