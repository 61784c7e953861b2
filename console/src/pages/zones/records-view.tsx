// Records of a zone: the filter, the table, what can be done with several of them, what is staged.

import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { ClipboardPaste, Plus, Search, Split } from "lucide-react";
import { distributionsQuery, instancesQuery, loadBalancersQuery, staticIpsQuery } from "../../api/queries.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Empty, Skeleton } from "../../parts/card.tsx";
import { ReadFailure } from "../../parts/failure.tsx";
import { ApiFailure } from "../../api/client.ts";
import { count, counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { AddRecord } from "./add-record.tsx";
import { AdvicePanel } from "./advice.tsx";
import { mostSelected, partsOf, readTtl, removeRecords, setTtls } from "./edits.ts";
import { PasteRecords } from "./paste-records.tsx";
import type { Grouping } from "./record-model.ts";
import type { PolicyTarget } from "./policy-dialog.tsx";
import { RecordTable } from "./record-table.tsx";
import type { RecordSource } from "./record-source.ts";
import type { RecordAdvice, ZoneAdvice } from "#contract";
import { StagedTray } from "./tray.tsx";

/** Milliseconds without another letter after which a filter holds. */
const calmMs = 80;

const PolicyDialog = lazy(async () => ({ default: (await import("./policy-dialog.tsx")).PolicyDialog }));

/** The view. */
export function RecordsView({
  zone,
  source,
  isWritable,
  filter,
  grouping,
  advice,
  adviceByKey,
  onFilter,
  onGrouping,
  onImport,
}: {
  readonly zone: string;
  readonly source: RecordSource;
  readonly isWritable: boolean;
  readonly filter: string;
  readonly grouping: Grouping;
  readonly advice: ZoneAdvice | undefined;
  readonly adviceByKey: ReadonlyMap<string, RecordAdvice>;
  readonly onFilter: (filter: string) => void;
  readonly onGrouping: (grouping: Grouping) => void;
  readonly onImport: () => void;
}) {
  const { load, view } = source;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isAdding, setAdding] = useState(false);
  const [isPasting, setPasting] = useState(false);
  const [policy, setPolicy] = useState<PolicyTarget>();
  const leadsTo = useResources();
  // Another filter or zone is another choice.
  useEffect(() => setSelected(new Set()), [zone]);
  if (load.failure && view.version === 0)
    return (
      <ReadFailure
        error={
          new ApiFailure(load.failure.status, {
            code: load.failure.status === 0 ? "unreachable" : "internal",
            message: load.failure.message,
            help: "",
            supportCode: "",
          })
        }
        onRetry={source.refresh}
      />
    );
  const isEmpty =
    load.isComplete && view.all <= 5 && filter === "" && view.version > 0 && view.all === view.matching;
  return (
    <>
      <AdvicePanel advice={advice} isWritable={isWritable} onFilter={onFilter} />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <FilterBar filter={filter} onFilter={onFilter} />
        <label className="flex items-center gap-2 text-sm text-soft">
          <span>Group</span>
          <select
            value={grouping}
            onChange={({ target }) => onGrouping(target.value as Grouping)}
            className="h-9.5 rounded-lg border border-line-strong bg-surface px-2 text-text"
          >
            <option value="name">by name</option>
            <option value="type">by type</option>
          </select>
        </label>
        {isWritable && (
          <span className="ml-auto flex flex-wrap gap-2">
            <Button icon={<ClipboardPaste size={16} aria-hidden />} onClick={() => setPasting(true)}>
              Paste
            </Button>
            <Button icon={<Split size={16} aria-hidden />} onClick={() => setPolicy({})}>
              Routing policy
            </Button>
            <Button purpose="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setAdding(true)}>
              Add record
            </Button>
          </span>
        )}
      </div>
      {selected.size > 0 ? (
        <Selection zone={zone} source={source} selected={selected} onSelect={setSelected} />
      ) : (
        <p className="mb-2 min-h-8 pt-1 text-sm text-soft" aria-live="polite">
          {view.version === 0
            ? "Reading …"
            : filter === ""
              ? counted(view.all, "record")
              : `${count(view.matching)} of ${counted(view.all, "record")}`}
          {!load.isComplete && load.loaded > 0 && `, reading on: ${count(load.loaded)} record sets`}
        </p>
      )}
      {view.version === 0 ? (
        <Skeleton lines={8} />
      ) : view.count === 0 ? (
        <div className="rounded-card border border-line bg-surface">
          <Empty title="No record is so" actions={<Button onClick={() => onFilter("")}>Show all</Button>}>
            The filter understands <code>type:mx</code>, <code>ttl&lt;300</code>, <code>name:www</code>,{" "}
            <code>value:192.0.2</code>, <code>from:assign</code>, <code>is:staged</code>, and a minus before
            what is not wanted.
          </Empty>
        </div>
      ) : (
        <RecordTable
          zone={zone}
          source={source}
          isWritable={isWritable}
          advice={adviceByKey}
          leadsTo={leadsTo}
          selected={selected}
          onSelect={setSelected}
          onPolicy={setPolicy}
        />
      )}
      {isEmpty && isWritable && (
        <div className="mt-4 rounded-card border border-line bg-surface">
          <Empty
            title="This zone has no records of its own yet"
            actions={
              <>
                <ButtonLink to="/assign" search={{ name: zone } as never} purpose="primary">
                  Assign to a resource
                </ButtonLink>
                <Button onClick={onImport}>Import a zone file</Button>
                <Button onClick={() => setAdding(true)}>Add a record</Button>
              </>
            }
          >
            {visible(zone)} is served by four name servers. Let it lead to a resource, or bring its records.
          </Empty>
        </div>
      )}
      <StagedTray zone={zone} conflicts={view.conflicts} onFilter={onFilter} />
      {isWritable && (
        <>
          <AddRecord zone={zone} source={source} isOpen={isAdding} onClose={() => setAdding(false)} />
          <PasteRecords zone={zone} source={source} isOpen={isPasting} onClose={() => setPasting(false)} />
          {policy && (
            <Suspense>
              <PolicyDialog
                zone={zone}
                target={policy}
                source={source}
                onClose={() => setPolicy(undefined)}
              />
            </Suspense>
          )}
        </>
      )}
    </>
  );
}

function FilterBar({
  filter,
  onFilter,
}: {
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
}) {
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  useEffect(() => {
    if (text === filter) return;
    const timer = setTimeout(() => onFilter(text), calmMs);
    return () => clearTimeout(timer);
    // What is in the URL follows what is typed, not the other way round.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  return (
    <span className="relative min-w-52 flex-1 sm:max-w-md">
      <Search
        size={16}
        className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-soft"
        aria-hidden
      />
      <input
        type="search"
        aria-label="Filter records"
        title="type:mx ttl<300 name:www value:192.0.2 from:assign is:staged is:advised, and -type:txt"
        placeholder="Filter: www, type:mx, ttl<300 …"
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        className="h-9.5 w-full rounded-lg border border-line-strong bg-surface pr-3 pl-9 placeholder:text-soft"
      />
    </span>
  );
}

/** What can be done with several records. */
function Selection({
  zone,
  source: { ask, view },
  selected,
  onSelect,
}: {
  readonly zone: string;
  readonly source: RecordSource;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
}) {
  const [ttl, setTtl] = useState("");
  const seconds = readTtl(ttl);
  const none = (): void => onSelect(new Set());
  const keys = (): string[] => [...new Set([...selected].map((id) => partsOf(id).key))];
  return (
    <div
      role="region"
      aria-label="Selected records"
      className="mb-2 flex flex-wrap items-center gap-2 rounded-lg bg-accent-soft px-3 py-1.5"
    >
      <span className="font-medium" aria-live="polite">
        {counted(selected.size, "record")} selected
      </span>
      {selected.size < Math.min(view.matching, mostSelected) && (
        <Button
          size="small"
          purpose="quiet"
          onClick={() =>
            void ask<"ids">({ type: "ids", most: mostSelected }).then((ids) => onSelect(new Set(ids)))
          }
        >
          Select all {count(Math.min(view.matching, mostSelected))}
        </Button>
      )}
      <span className="ml-auto flex flex-wrap items-center gap-2">
        <input
          aria-label="New TTL of the selected records"
          placeholder="TTL: 5m"
          value={ttl}
          onChange={({ target }) => setTtl(target.value)}
          className="h-8 w-24 rounded-md border border-line-strong bg-surface px-2 text-sm placeholder:text-soft"
        />
        <Button
          size="small"
          disabled={seconds === undefined}
          onClick={() => {
            if (seconds !== undefined) void setTtls(ask, zone, keys(), seconds).then(none);
          }}
        >
          Set TTL
        </Button>
        <Button
          size="small"
          purpose="danger"
          onClick={() => void removeRecords(ask, zone, [...selected].map(partsOf)).then(none)}
        >
          Delete
        </Button>
        <Button size="small" purpose="quiet" onClick={none}>
          Select none
        </Button>
      </span>
    </div>
  );
}

/** Names of the platform's resources by their addresses and DNS names, as RDATA has them. */
function useResources(): ReadonlyMap<string, string> {
  const { data: instances } = useQuery(instancesQuery);
  const { data: staticIps } = useQuery(staticIpsQuery);
  const { data: balancers } = useQuery(loadBalancersQuery);
  const { data: distributions } = useQuery(distributionsQuery);
  return useMemo(() => {
    const map = new Map<string, string>();
    const shared = new Set<string>();
    const add = (address: string, name: string): void => {
      if (map.has(address) && map.get(address) !== name) shared.add(address);
      map.set(address, name);
    };
    for (const { name, publicAddresses, dnsName } of instances?.instances ?? []) {
      for (const { address } of publicAddresses) add(address, name);
      add(`${dnsName}.`, name);
    }
    for (const { name, publicAddresses } of staticIps?.staticIps ?? [])
      for (const { address } of publicAddresses) add(address, name);
    for (const { name, dnsName } of [
      ...(balancers?.loadBalancers ?? []),
      ...(distributions?.distributions ?? []),
    ])
      add(`${dnsName}.`, name);
    // What resources share leads to none of them by itself.
    for (const address of shared) map.delete(address);
    return map;
  }, [instances, staticIps, balancers, distributions]);
}
