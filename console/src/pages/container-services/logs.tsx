// The log of a container over all nodes: the last hour, followed as it is written, with a filter that the platform applies.

import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ContainerLogList, ContainerService, Deployment } from "#contract";
import { at, request } from "../../api/client.ts";
import { read } from "../../api/queries.ts";
import { Card, Empty, Skeleton } from "../../parts/card.tsx";
import { ReadFailure } from "../../parts/failure.tsx";
import { SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { LogView } from "../../parts/log-view.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import type { ServiceSearch } from "./routes.ts";

const route = getRouteApi("/container-services/$name");

/** How far back is read at first, in milliseconds. */
const backMs = 3_600_000;
/** Milliseconds between two readings of what is new. */
const followMs = 1500;
/** Lines of one page of the API, pages of the first reading, lines that are kept here. */
const [pageLines, mostPages, mostLines] = [1000, 10, 20_000];

type LogEvent = ContainerLogList["logEvents"][number];

/** The tab. */
export function Logs({ service }: { readonly service: ContainerService }) {
  const { name } = service;
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data } = useQuery(read<{ deployments: Deployment[] }>("container-services", name, "deployments"));
  const containers = [...new Set(data?.deployments.flatMap((one) => Object.keys(one.containers)) ?? [])];
  const container = containers.find((one) => one === search.container) ?? containers[0];
  const [isFollowed, setFollowed] = useState(true);
  const [typed, setTyped] = useState(search.filter ?? "");
  const filter = useDeferredValue(typed.trim());
  const show = (change: Partial<ServiceSearch>): void =>
    void navigate({
      to: "/container-services/$name",
      params: { name },
      search: { ...search, ...change },
      replace: true,
    });
  if (!data) return <Skeleton />;
  if (container === undefined)
    return (
      <Card title="Logs">
        <Empty title="Nothing was written yet">
          What containers write stands here once there is a deployment.
        </Empty>
      </Card>
    );
  return (
    <Card title="Logs" about="What the container writes, of all nodes, in the order of time">
      <div className="mb-3 grid items-end gap-3 sm:grid-cols-[12rem_minmax(0,1fr)_auto]">
        <SelectField
          label="Container"
          value={container}
          options={containers.map((one) => ({ value: one, label: visible(one) }))}
          onChange={(next) => show({ container: next })}
        />
        <TextField
          label="Lines with"
          placeholder="ERROR, or -health for lines without"
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            show({ filter: target.value.trim() });
          }}
        />
        <div className="pb-2">
          <SwitchField label="Follow" isOn={isFollowed} onChange={setFollowed} />
        </div>
      </div>
      <Lines
        key={`${container} ${filter}`}
        service={service}
        container={container}
        filter={filter}
        isFollowed={isFollowed}
      />
    </Card>
  );
}

function Lines({
  service: { name, nodes },
  container,
  filter,
  isFollowed,
}: {
  readonly service: ContainerService;
  readonly container: string;
  readonly filter: string;
  readonly isFollowed: boolean;
}) {
  const { events, error, again } = useLog(name, container, filter, isFollowed);
  const numbers = useMemo(() => new Map(nodes.map(({ id, number }) => [id, number])), [nodes]);
  const lines = useMemo(
    () =>
      events?.map(({ createdAt, message, node }) => {
        const number = numbers.get(node);
        return `${clock.format(new Date(createdAt))}  ${number === undefined ? "earlier" : `node ${number}`}  ${message}`;
      }),
    [events, numbers],
  );
  if (error !== undefined && !lines) return <ReadFailure error={error} onRetry={again} />;
  if (!lines) return <Skeleton />;
  return (
    <>
      {lines.length === 0 ? (
        <p className="rounded-lg bg-sunken p-6 text-center text-soft">
          {filter === "" ? "Nothing was written in the last hour." : "No line of the last hour is so."}
        </p>
      ) : (
        <LogView lines={lines} label={`Log of ${container}`} />
      )}
      <p className="mt-2 text-sm text-soft" role="status">
        {counted(lines.length, "line")}
        {isFollowed ? ", followed" : ", as they were when you stopped following"}
        {error !== undefined && "; the runtime does not answer now, and is asked again"}
      </p>
    </>
  );
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** Reads a log, and what is new in it while it is followed. */
function useLog(
  service: string,
  container: string,
  filter: string,
  isFollowed: boolean,
): { readonly events: readonly LogEvent[] | undefined; readonly error: unknown; readonly again: () => void } {
  const [events, setEvents] = useState<readonly LogEvent[]>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let known: readonly LogEvent[] | undefined;
    const look = async (): Promise<void> => {
      try {
        const before: readonly LogEvent[] = known ?? [];
        const last = before.at(-1);
        const from = last?.createdAt ?? new Date(Date.now() - backMs).toISOString();
        const found = await readLines(service, container, filter, from, stop.signal);
        known = join(before, found);
        setEvents(known);
        setError(undefined);
      } catch (problem) {
        if (stop.signal.aborted) return;
        setError(problem);
      }
      if (isFollowed && !stop.signal.aborted) timer = setTimeout(() => void look(), followMs);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [service, container, filter, isFollowed, round]);
  return { events, error, again: () => setRound(round + 1) };
}

async function readLines(
  service: string,
  container: string,
  filter: string,
  from: string,
  signal: AbortSignal,
): Promise<LogEvent[]> {
  const found: LogEvent[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const query = new URLSearchParams({
      startTime: from,
      lines: String(pageLines),
      ...(filter === "" ? {} : { filterPattern: filter }),
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    const path = `${at("container-services", service, "containers", container, "logs")}?${query.toString()}`;
    const answer = await request<ContainerLogList>("GET", path, undefined, signal);
    found.push(...answer.logEvents);
    pageToken = answer.nextPageToken;
    if (pageToken === undefined) break;
  }
  return found;
}

/** Puts what was read now behind what is known: both have the lines of the last known millisecond. */
function join(before: readonly LogEvent[], found: readonly LogEvent[]): readonly LogEvent[] {
  const last = before.at(-1)?.createdAt;
  const seen = before.filter(({ createdAt }) => createdAt === last).length;
  const fresh = last === undefined ? found : found.slice(Math.min(seen, found.length));
  return fresh.length === 0 ? before : [...before, ...fresh].slice(-mostLines);
}
