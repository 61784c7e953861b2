// All load balancers: how many of the instances of each are healthy, where it is reached, which names lead to it.

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { LoadBalancer } from "#contract";
import { loadBalancersQuery } from "../../api/queries.ts";
import { ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { addressColumn, nameColumn, namesColumn } from "../../parts/resource-columns.tsx";
import { Table } from "../../parts/table.tsx";
import { BalancerChip } from "./health.tsx";

/** How often what no event tells is looked at, in milliseconds: that an instance's health changed. */
const lookMs = 3000;

/** The page. */
export function ListPage() {
  const balancers = useQuery({ ...loadBalancersQuery, refetchInterval: lookMs });
  const create = (
    <ButtonLink purpose="primary" icon={<Plus size={17} aria-hidden />} {...place("load-balancers/create")}>
      Create a load balancer
    </ButtonLink>
  );
  return (
    <>
      <PageHead
        title="Load balancers"
        about="One address over several instances: requests go to those that are healthy, and an instance can leave without a visitor noticing."
        actions={create}
      />
      <Card isFlush>
        <Reading of={balancers}>
          {({ loadBalancers: rows }) => (
            <Table<LoadBalancer>
              label="Load balancers"
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                nameColumn("load-balancers"),
                { title: "Instances", cell: (row) => <BalancerChip balancer={row} /> },
                addressColumn(),
                {
                  title: "Serves",
                  cell: ({ protocol }) => (protocol === "HTTP_HTTPS" ? "HTTP and HTTPS" : "HTTP"),
                },
                namesColumn(),
              ]}
              empty={
                <Empty title="No load balancer yet" actions={create}>
                  Put one in front of two instances, and one of them can fail or be renewed while the site
                  goes on.
                </Empty>
              }
            />
          )}
        </Reading>
      </Card>
    </>
  );
}
