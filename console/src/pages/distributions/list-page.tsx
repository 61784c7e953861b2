// All distributions: what each is in front of, which names lead to it, and how much its cache answers.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { Distribution } from "#contract";
import { distributionsQuery } from "../../api/queries.ts";
import { ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { place, resourcePlace } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { nameColumn, namesColumn } from "../../parts/resource-columns.tsx";
import { Table } from "../../parts/table.tsx";
import { visible } from "../../text/visible.ts";
import { HitRatioCell } from "./hit-ratio.tsx";
import { StateChip } from "./state-chip.tsx";

/** The page. */
export function ListPage() {
  const distributions = useQuery(distributionsQuery);
  const create = (
    <ButtonLink purpose="primary" icon={<Plus size={17} aria-hidden />} {...place("distributions/create")}>
      Create a distribution
    </ButtonLink>
  );
  return (
    <>
      <PageHead
        title="Distributions"
        about="Caches in front of your resources: what was asked for once is given to the next visitor at once, and the origin rests."
        actions={create}
      />
      <Card isFlush>
        <Reading of={distributions}>
          {({ distributions: rows }) => (
            <Table<Distribution>
              label="Distributions"
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                nameColumn("distributions"),
                { title: "State", cell: (row) => <StateChip distribution={row} /> },
                { title: "In front of", cell: ({ origin }) => <OriginLink origin={origin} /> },
                namesColumn(),
                { title: "Hit ratio", cell: ({ name }) => <HitRatioCell name={name} /> },
              ]}
              empty={
                <Empty title="No distribution yet" actions={create}>
                  A distribution keeps what your instance, load balancer or container service answers, and
                  gives it to visitors without asking again for as long as you or your origin say.
                </Empty>
              }
            />
          )}
        </Reading>
      </Card>
    </>
  );
}

function OriginLink({ origin }: { readonly origin: Distribution["origin"] }) {
  const to = resourcePlace(origin.resourceType, origin.name);
  if (!to) return visible(origin.name);
  return (
    <Link className="link" {...to}>
      {visible(origin.name)}
    </Link>
  );
}
