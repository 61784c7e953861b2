// How the platform is: its roles, where each part answers, and what is wrong.

import { useQuery } from "@tanstack/react-query";
import type { RoleStatus, Status } from "#contract";
import { statusQuery } from "../../api/queries.ts";
import { Card, Facts, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { count } from "../../text/quantities.ts";
import { NameServerFiguresCard } from "./name-server-figures.tsx";

/** The page. */
export function StatusPage() {
  const status = useQuery({ ...statusQuery, refetchInterval: 3000 });
  return (
    <>
      <PageHead title="Status" about="The processes of the platform, and where each part of it answers." />
      <Reading of={status}>{(data) => <Whole status={data} />}</Reading>
    </>
  );
}

function Whole({ status }: { readonly status: Status }) {
  const problems = [
    ...status.certificateProblems.map(({ name, problem }) => `Certificate ${name}: ${problem}`),
    ...status.aliasProblems.map(({ name, problem }) => `Alias ${name}: ${problem}`),
    ...status.alarmProblems.map(({ name, reason }) => `Alarm ${name}: ${reason}`),
  ];
  return (
    <div className="grid gap-5 xl:grid-cols-2">
      <Card title="Roles" isFlush className="xl:col-span-2">
        <Table<RoleStatus>
          label="Roles"
          rows={status.roles}
          keyOf={({ role }) => role}
          columns={[
            { title: "Role", cell: ({ role }) => <span className="font-medium">{role}</span> },
            {
              title: "State",
              cell: ({ isConnected, acknowledged, revision, problem }) => (
                <Chip
                  tone={!isConnected ? "bad" : acknowledged < revision ? "warn" : "good"}
                  withDot
                  {...(problem === undefined ? {} : { title: problem })}
                >
                  {!isConnected
                    ? "away"
                    : acknowledged < revision
                      ? "catching up"
                      : "serves the newest state"}
                </Chip>
              ),
            },
            { title: "Process", cell: ({ pid }) => pid ?? "–", align: "right" },
            { title: "Driver", cell: ({ driver }) => driver?.name ?? "–" },
            {
              title: "State of",
              cell: ({ acknowledged }) => `revision ${count(acknowledged)}`,
              align: "right",
            },
          ]}
        />
      </Card>
      <NameServerFiguresCard className="min-w-0 xl:col-span-2" />
      <Card title="Where to look">
        <Facts rows={status.places.map(({ title, at }) => [title, <Value key={at} text={at} />])} />
      </Card>
      <Card title="What is wrong">
        {problems.length === 0 ? (
          <p className="text-soft">Nothing that the platform knows of.</p>
        ) : (
          <ul className="list-disc pl-5">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}
