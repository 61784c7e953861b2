// All static IPs: addresses that stay when what they lead to changes.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { StaticIp } from "#contract";
import { staticIpsQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { addressColumn, nameColumn, namesColumn } from "../../parts/resource-columns.tsx";
import { Table } from "../../parts/table.tsx";
import { visible } from "../../text/visible.ts";
import { InstanceField } from "./instance-field.tsx";

/** The page. */
export function ListPage() {
  const staticIps = useQuery(staticIpsQuery);
  const [isOpen, setOpen] = useState(false);
  const allocate = (
    <Button purpose="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setOpen(true)}>
      Allocate a static IP
    </Button>
  );
  return (
    <>
      <PageHead
        title="Static IPs"
        about="Addresses that stay: what they lead to may change, and no name has to."
        actions={allocate}
      />
      <Card isFlush>
        <Reading of={staticIps}>
          {({ staticIps: rows }) => (
            <Table<StaticIp>
              label="Static IPs"
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                nameColumn("static-ips"),
                addressColumn("Address"),
                { title: "Leads to", cell: (row) => <AttachedTo staticIp={row} /> },
                namesColumn(),
              ]}
              empty={
                <Empty title="No static IP yet" actions={allocate}>
                  Attach one to an instance, and move it to another one when that is to take its place.
                </Empty>
              }
            />
          )}
        </Reading>
      </Card>
      <Allocate isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}

/** What a static IP leads to. */
function AttachedTo({ staticIp: { attachedTo } }: { readonly staticIp: StaticIp }) {
  return attachedTo === undefined ? (
    <span className="text-warn">nothing</span>
  ) : (
    <Link className="link" {...place(["instances", attachedTo])}>
      {visible(attachedTo)}
    </Link>
  );
}

function Allocate({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const openPlan = usePlan();
  const [name, setName] = useState("");
  const [instance, setInstance] = useState("");
  const review = (): void => {
    onClose();
    openPlan(
      {
        action: "allocate-static-ip",
        name: name.trim(),
        ...(instance === "" ? {} : { instance }),
      },
      {
        verb: "Allocate",
        onApplied: () => {
          setName("");
          setInstance("");
        },
      },
    );
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Allocate a static IP"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" disabled={name.trim() === ""} onClick={review}>
            Review the plan
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") review();
        }}
      >
        <TextField
          label="Name"
          hint="Letters, digits and hyphens; part of its own domain name"
          autoFocus
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <InstanceField value={instance} onChange={setInstance} none="None yet" />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
