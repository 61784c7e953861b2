// One zone: its records as table, text and history.

import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download, EllipsisVertical, FileUp, Route, Trash2 } from "lucide-react";
import type { Zone } from "#contract";
import { at } from "../../api/client.ts";
import { meQuery, read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { PageHead } from "../../parts/card.tsx";
import { Menu, Tabs } from "../../parts/dialog.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { counted, span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { useAdvice } from "./advice.tsx";
import { Delegation } from "./delegation.tsx";
import { HistoryView } from "./history-view.tsx";
import { ImportDialog } from "./import-dialog.tsx";
import { RecordsView } from "./records-view.tsx";
import { useRecords } from "./record-source.ts";
import { useStaged, unstage } from "./staging.ts";
import { TextView } from "./text-view.tsx";
import type { ViewQuery } from "./worker-messages.ts";
import { useEffect } from "react";

const route = getRouteApi("/zones/$zone");

const SigningView = lazy(async () => ({ default: (await import("./signing-view.tsx")).SigningView }));
const QueriesView = lazy(async () => ({ default: (await import("./queries-view.tsx")).QueriesView }));

/** The page. */
export function ZonePage() {
  const { zone: name } = route.useParams();
  const query = useQuery(read<Zone>("zones", name));
  return <Reading of={query}>{(zone) => <Whole key={zone.name} zone={zone} />}</Reading>;
}

function Whole({ zone }: { readonly zone: Zone }) {
  const { name } = zone;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const openPlan = usePlan();
  const { data: me } = useQuery(meQuery);
  const isWritable = !zone.isPlatform && me?.role !== "viewer";
  const { filter = "", group = "name", tab = "records" } = search;
  const staged = useStaged(name);
  const { advice, byKey } = useAdvice(name);
  const view = useMemo<ViewQuery>(
    () => ({ filter, grouping: group, staged: [...staged.values()], advised: [...byKey.keys()] }),
    [filter, group, staged, byKey],
  );
  const source = useRecords(name, view);
  const [isImporting, setImporting] = useState(false);
  // Somebody else, or this very page, has made it so.
  const { done } = source.view;
  useEffect(() => {
    if (done.length > 0) unstage(name, done);
  }, [done, name]);
  const goTo = useCallback(
    (to: Partial<typeof search>) =>
      void navigate({ search: (before) => ({ ...before, ...to }), replace: true, resetScroll: false }),
    [navigate],
  );
  const onFilter = useCallback(
    (text: string) => goTo({ filter: text === "" ? undefined : text, tab: undefined }),
    [goTo],
  );
  const downloads = [
    { label: "Zone file", path: at("zones", name, "export"), file: `${name}.zone` },
    { label: "JSON document", path: at("zones", name, "document"), file: `${name}.json` },
  ];
  return (
    <>
      <PageHead
        above={
          <Link to="/zones" className="link">
            Zones
          </Link>
        }
        title={visible(name)}
        about={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Delegation delegation={zone.delegation} />
            <span>{counted(zone.rrsetCount, "record set")}</span>
            <span>serial {zone.serial}</span>
            <span>negative answers live {span(zone.negativeTtl)}</span>
          </span>
        }
        actions={
          <>
            <ButtonLink icon={<Route size={16} aria-hidden />} {...place("traces", { url: name })}>
              Trace
            </ButtonLink>
            <Menu
              trigger={
                <Button icon={<EllipsisVertical size={17} aria-hidden />} aria-label="More of this zone">
                  More
                </Button>
              }
              choices={[
                ...downloads.map(({ label, path, file }) => ({
                  label: `Download ${label.toLowerCase() === "zone file" ? "zone file" : label}`,
                  icon: <Download size={16} aria-hidden />,
                  onChoose: () => download(path, file),
                })),
                ...(isWritable
                  ? ([
                      {
                        label: "Import …",
                        icon: <FileUp size={16} aria-hidden />,
                        onChoose: () => setImporting(true),
                      },
                      "line",
                      {
                        label: "Delete the zone …",
                        icon: <Trash2 size={16} aria-hidden />,
                        isDangerous: true,
                        onChoose: () =>
                          openPlan(
                            { action: "delete-zone", name },
                            {
                              verb: "Delete the zone",
                              isDangerous: true,
                              onApplied: () => void navigate({ to: "/zones" }),
                            },
                          ),
                      },
                    ] as const)
                  : []),
              ]}
            />
          </>
        }
      />
      <Tabs
        label={`Views of ${name}`}
        selected={tab}
        onSelect={(next) => goTo({ tab: next === "records" ? undefined : next })}
        tabs={[
          {
            name: "records",
            title: "Records",
            content: tab === "records" && (
              <RecordsView
                zone={name}
                source={source}
                isWritable={isWritable}
                filter={filter}
                grouping={group}
                advice={advice}
                adviceByKey={byKey}
                onFilter={onFilter}
                onGrouping={(next) => goTo({ group: next === "name" ? undefined : next })}
                onImport={() => setImporting(true)}
              />
            ),
          },
          {
            name: "file",
            title: "Zone file",
            content: tab === "file" && <TextView zone={name} source={source} isWritable={isWritable} />,
          },
          {
            name: "signing",
            title: "DNSSEC",
            content: tab === "signing" && (
              <Suspense>
                <SigningView zone={name} isWritable={isWritable} />
              </Suspense>
            ),
          },
          {
            name: "queries",
            title: "Queries",
            content: tab === "queries" && (
              <Suspense>
                <QueriesView zone={name} />
              </Suspense>
            ),
          },
          {
            name: "history",
            title: "History",
            content: tab === "history" && <HistoryView zone={name} isWritable={isWritable} />,
          },
        ]}
      />
      {isWritable && (
        <ImportDialog zone={name} source={source} isOpen={isImporting} onClose={() => setImporting(false)} />
      )}
    </>
  );
}

function download(path: string, file: string): void {
  const link = document.createElement("a");
  link.href = path;
  link.download = file;
  link.click();
}
