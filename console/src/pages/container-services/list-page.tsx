// All container services: how each stands, what it runs, and which names lead to it.

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { ContainerService } from "#contract";
import { containerServicesQuery } from "../../api/queries.ts";
import { ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { nameColumn, namesColumn } from "../../parts/resource-columns.tsx";
import { Table } from "../../parts/table.tsx";
import { serviceWords } from "./state-words.ts";

/** The page. */
export function ListPage() {
  const services = useQuery(containerServicesQuery);
  const create = (
    <ButtonLink
      purpose="primary"
      icon={<Plus size={17} aria-hidden />}
      {...place("container-services/create")}
    >
      Create a container service
    </ButtonLink>
  );
  return (
    <>
      <PageHead
        title="Container services"
        about="Run an image or a command on one or more nodes behind one address. A new version takes over only once it is healthy."
        actions={create}
      />
      <Card isFlush>
        <Reading of={services}>
          {({ containerServices: rows }) => (
            <Table<ContainerService>
              label="Container services"
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                nameColumn("container-services"),
                {
                  title: "State",
                  cell: (row) => {
                    const { word, tone, about } = serviceWords(row);
                    return (
                      <Chip
                        tone={row.problem === undefined ? tone : "warn"}
                        withDot
                        title={row.problem ?? about}
                      >
                        {word}
                      </Chip>
                    );
                  },
                },
                {
                  title: "Version",
                  cell: ({ currentDeployment }) => currentDeployment?.version ?? "–",
                  align: "right",
                },
                {
                  title: "Nodes",
                  cell: ({ scale, power }) => `${scale} × ${power}`,
                },
                namesColumn(),
              ]}
              empty={
                <Empty title="No container service yet" actions={create}>
                  A container service runs what you deploy on as many nodes as you say, checks each, and never
                  takes away what serves before the next version does.
                </Empty>
              }
            />
          )}
        </Reading>
      </Card>
    </>
  );
}
