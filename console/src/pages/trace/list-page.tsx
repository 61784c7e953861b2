// Traces: a new one of whatever URL, and those that are kept. A link with a URL in it begins at once.

import { useEffect, useRef, useState, type FormEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Route } from "lucide-react";
import type { TraceSummary } from "#contract";
import { assignmentsQuery, read } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { SwitchField, TextField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { makeTrace } from "./make-trace.ts";
import { shortMs } from "./map-model.ts";

const route = getRouteApi("/traces");

/** The page. */
export function TracesPage() {
  const traces = useQuery(read<{ traces: TraceSummary[] }>("traces"));
  return (
    <>
      <PageHead
        title="Trace"
        about="One real visit, from the name to the page. Every hop is told by the process that served it."
      />
      <div className="flex flex-col gap-5">
        <NewTrace />
        <Card title="The last traces" isFlush>
          <Reading of={traces}>{(data) => <Kept traces={data.traces} />}</Reading>
        </Card>
      </div>
    </>
  );
}

function NewTrace() {
  const { url: given } = route.useSearch();
  const navigate = useNavigate();
  const names = useQuery(assignmentsQuery).data?.assignments ?? [];
  const [url, setUrl] = useState(given ?? "");
  const [isFresh, setFresh] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const begun = useRef<string>(undefined);

  const go = (target: string, fresh: boolean): void => {
    if (target.trim() === "") return;
    setBusy(true);
    setProblem(undefined);
    makeTrace(target.trim(), fresh)
      .then(({ id }) => navigate({ to: "/traces/$id", params: { id }, replace: given !== undefined }))
      .catch((error: unknown) => {
        setProblem(error);
        setBusy(false);
      });
  };
  // "Trace this name" elsewhere is a link here: the visit begins by itself, once.
  useEffect(() => {
    if (given === undefined || begun.current === given) return;
    begun.current = given;
    setUrl(given);
    go(given, false);
  });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    go(url, isFresh);
  };
  return (
    <Card>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="flex flex-wrap items-end gap-3">
          <TextField
            label="URL or name"
            name="url"
            placeholder="https://shop.test/"
            value={url}
            onChange={({ currentTarget }) => setUrl(currentTarget.value)}
            isMono
            autoComplete="off"
            spellCheck={false}
            list="assigned-names"
            className="min-w-0 flex-1 basis-72"
          />
          <datalist id="assigned-names">
            {names.map(({ name, certificate }) => (
              <option key={name} value={`${certificate === undefined ? "http" : "https"}://${name}/`} />
            ))}
          </datalist>
          <Button type="submit" purpose="primary" isBusy={isBusy} icon={<Route size={16} aria-hidden />}>
            Trace
          </Button>
        </div>
        <SwitchField
          label="Walk anew from the root"
          hint="The resolver passes its cache by, and asks root, TLD and name servers."
          isOn={isFresh}
          onChange={setFresh}
        />
        {problem !== undefined && <Failure failure={shownFailure(problem)} />}
      </form>
    </Card>
  );
}

function Kept({ traces }: { readonly traces: readonly TraceSummary[] }) {
  return (
    <Table<TraceSummary>
      label="Traces"
      rows={traces}
      keyOf={({ id }) => id}
      empty={<Empty title="No visit was traced yet">Enter a name above.</Empty>}
      columns={[
        {
          title: "URL",
          isNamed: false,
          cell: ({ id, url }) => (
            <Link to="/traces/$id" params={{ id }} className="link break-all">
              {visible(url)}
            </Link>
          ),
          sortBy: ({ url }) => url,
        },
        {
          title: "Came to",
          cell: ({ failure, problemCount }) => (
            <span className="inline-flex flex-wrap items-center gap-2">
              <Chip tone={failure ? "bad" : "good"} withDot>
                {failure ? "broke" : "went well"}
              </Chip>
              {problemCount > 0 && <Chip tone="warn">{problemCount} noticed</Chip>}
              {failure && <span className="text-soft">{visible(failure.what)}</span>}
            </span>
          ),
        },
        {
          title: "Took",
          cell: ({ tookMs }) => shortMs(tookMs),
          sortBy: ({ tookMs }) => tookMs,
          align: "right",
        },
        { title: "When", cell: ({ at }) => <Time at={at} />, sortBy: ({ at }) => at, align: "right" },
      ]}
    />
  );
}
