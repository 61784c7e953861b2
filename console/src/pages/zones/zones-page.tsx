// All zones, and a new one for a domain that is registered elsewhere.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { Zone } from "#contract";
import { zonesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { count, counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { Delegation } from "./delegation.tsx";
import { useStaged } from "./staging.ts";

/** The page. */
export function ZonesPage() {
  const query = useQuery(zonesQuery);
  const [isCreating, setCreating] = useState(false);
  return (
    <>
      <PageHead
        title="Zones"
        about="Names and their records, each zone on four name servers of this platform."
        actions={
          <Button icon={<Plus size={17} aria-hidden />} onClick={() => setCreating(true)}>
            Create a zone
          </Button>
        }
      />
      <Card isFlush>
        <Reading of={query}>
          {({ zones }) => (
            <Table<Zone>
              label="Zones"
              rows={zones}
              keyOf={({ name }) => name}
              empty={
                <Empty
                  title="There is no zone yet"
                  actions={
                    <>
                      <ButtonLink to="/domains" purpose="primary">
                        Register a domain
                      </ButtonLink>
                      <Button onClick={() => setCreating(true)}>Create a zone</Button>
                    </>
                  }
                >
                  A domain that is registered here brings its zone with it.
                </Empty>
              }
              columns={[
                {
                  title: "Zone",
                  sortBy: ({ name }) => name,
                  cell: (zone) => (
                    <span className="flex flex-wrap items-center gap-2">
                      <Link
                        to="/zones/$zone"
                        params={{ zone: zone.name }}
                        className="link font-medium break-all"
                      >
                        {visible(zone.name)}
                      </Link>
                      <StagedChip zone={zone.name} />
                    </span>
                  ),
                },
                { title: "Delegation", cell: ({ delegation }) => <Delegation delegation={delegation} /> },
                {
                  title: "Record sets",
                  align: "right",
                  sortBy: ({ rrsetCount }) => rrsetCount,
                  cell: ({ rrsetCount }) => count(rrsetCount),
                },
                { title: "Serial", align: "right", cell: ({ serial }) => serial },
                {
                  title: "Name servers",
                  className: "max-md:hidden",
                  cell: ({ nameServers }) => (
                    <span
                      className="text-sm text-soft"
                      title={nameServers.map((server) => server.name).join("\n")}
                    >
                      {nameServers[0]?.name} and {nameServers.length - 1} more
                    </span>
                  ),
                },
              ]}
            />
          )}
        </Reading>
      </Card>
      <CreateZone isOpen={isCreating} onClose={() => setCreating(false)} />
    </>
  );
}

function StagedChip({ zone }: { readonly zone: string }) {
  const { size } = useStaged(zone);
  return size === 0 ? null : <Chip tone="accent">{counted(size, "change")} staged</Chip>;
}

function CreateZone({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const openPlan = usePlan();
  const navigate = useNavigate();
  const go = (): void => {
    onClose();
    openPlan(
      { action: "create-zone", name },
      {
        verb: "Create the zone",
        onApplied: () => void navigate({ to: "/zones/$zone", params: { zone: name } }),
      },
    );
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Create a zone"
      about="For a domain that is registered elsewhere. One that is registered here has its zone."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" type="submit" form="create-zone" disabled={name === ""}>
            Plan it
          </Button>
        </>
      }
    >
      <form
        id="create-zone"
        className="pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <TextField
          label="Name"
          placeholder="example.org"
          value={name}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setName(target.value.trim().toLowerCase())}
        />
      </form>
    </Dialog>
  );
}
