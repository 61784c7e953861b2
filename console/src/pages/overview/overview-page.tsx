// The overview: what needs attention, where every name leads and how that does, what goes on now, and what was changed last.

import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Globe, Link2, Server } from "lucide-react";
import type { RoutePicture as Picture } from "#contract";
import { request } from "../../api/client.ts";
import { useLive } from "../../api/live.ts";
import { domainsQuery, statusQuery } from "../../api/queries.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { RoutePicture } from "../../parts/route-picture.tsx";
import { Segments } from "../../parts/segments.tsx";
import { useNow } from "../../parts/time.tsx";
import { counted } from "../../text/quantities.ts";
import { Attention, concernsOf } from "./attention.tsx";
import { LivePlots } from "./live-plots.tsx";
import { RecentChanges } from "./recent-changes.tsx";

/** Names that the picture has room for at first, and where somebody wants more. */
const [fewNames, manyNames] = [24, 200];
/** How often what needs attention is looked at though no event says so, in milliseconds. */
const lookMs = 15_000;

const route = getRouteApi("/");

/** The page. */
export function OverviewPage() {
  const { name } = route.useSearch();
  const [most, setMost] = useState(fewNames);
  const status = useQuery({ ...statusQuery, refetchInterval: lookMs });
  const domains = useQuery(domainsQuery);
  const all = useRoutes(undefined, fewNames);
  const routes = useRoutes(name, most);
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const concerns = useMemo(
    () => concernsOf(status.data, all.data, domains.data?.domains, minute),
    [status.data, all.data, domains.data, minute],
  );
  const counts = status.data?.counts;
  const resourceCount = counts
    ? counts.instances +
      counts.staticIps +
      counts.loadBalancers +
      counts.distributions +
      counts.containerServices
    : 0;
  return (
    <>
      <PageHead
        title="Overview"
        about={
          counts
            ? `${counted(all.data?.nameCount ?? 0, "name")} of ${counted(counts.zones, "zone")}, ${counted(resourceCount, "resource")}`
            : undefined
        }
        actions={
          <>
            <ButtonLink icon={<Globe size={16} aria-hidden />} {...place(["domains"])}>
              Register a domain
            </ButtonLink>
            <ButtonLink purpose="primary" icon={<Link2 size={16} aria-hidden />} {...place("assign")}>
              Assign a name
            </ButtonLink>
          </>
        }
      />
      <div className="flex flex-col gap-5">
        {status.data && all.data && <Attention concerns={concerns} />}
        <Card title="Routes" about="From each name to the page" actions={<RouteControls />}>
          <Reading of={routes} lines={6}>
            {(picture) => <Routes picture={picture} onMore={() => setMost(manyNames)} most={most} />}
          </Reading>
        </Card>
        <div className="grid items-start gap-5 xl:grid-cols-[2fr_1fr]">
          <LivePlots />
          <RecentChanges />
        </div>
      </div>
    </>
  );
}

/** The picture of routes. Events say when it is another one. */
function useRoutes(name: string | undefined, most: number) {
  return useQuery({
    queryKey: ["routes", name ?? "", most],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ maxNames: String(most), ...(name === undefined ? {} : { name }) });
      return request<Picture>("GET", `/v1/routes?${query.toString()}`, undefined, signal);
    },
    placeholderData: keepPreviousData,
  });
}

function RouteControls() {
  const { name, as } = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState(name ?? "");
  const wanted = useDeferredValue(text.trim());
  useEffect(() => {
    const next = wanted === "" ? undefined : wanted;
    if (next === name) return;
    const timer = setTimeout(
      () =>
        void navigate({
          search: { ...(next === undefined ? {} : { name: next }), ...(as === undefined ? {} : { as }) },
          replace: true,
          resetScroll: false,
        }),
      200,
    );
    return () => clearTimeout(timer);
  }, [wanted, name, as, navigate]);
  return (
    <div className="flex flex-wrap items-end gap-3">
      <TextField
        label={<span className="sr-only">Only names with</span>}
        type="search"
        placeholder="Only names with …"
        value={text}
        onChange={({ target }) => setText(target.value)}
        className="w-48"
      />
      <div className="max-md:hidden">
        <Segments
          label="How routes are shown"
          value={as ?? "picture"}
          options={[
            { value: "picture", label: "Picture" },
            { value: "list", label: "List" },
          ]}
          onChange={(value) =>
            void navigate({
              search: { ...(name === undefined ? {} : { name }), ...(value === "list" ? { as: value } : {}) },
              replace: true,
              resetScroll: false,
            })
          }
        />
      </div>
    </div>
  );
}

function Routes({
  picture,
  most,
  onMore,
}: {
  readonly picture: Picture;
  readonly most: number;
  readonly onMore: () => void;
}) {
  const { name, as } = route.useSearch();
  const last = useLive().at(-1);
  const rates = useMemo(
    () => new Map((last?.resources ?? []).map((one) => [one.name, one.requests.perSecond])),
    [last],
  );
  if (picture.nodes.length === 0)
    return name === undefined ? (
      <Empty
        title="No name leads anywhere yet"
        actions={
          <>
            <ButtonLink icon={<Server size={16} aria-hidden />} {...place(["instances", "create"])}>
              Create an instance
            </ButtonLink>
            <ButtonLink purpose="primary" {...place(["domains"])}>
              Register a domain
            </ButtonLink>
          </>
        }
      >
        Register a domain, let something serve it, and see here how each step of the way does.
      </Empty>
    ) : (
      <Empty title="No such name">No name has “{name}” in it.</Empty>
    );
  return (
    <>
      <RoutePicture picture={picture} rates={rates} asList={as === "list"} />
      {picture.isCut && (
        <p className="mt-3 flex flex-wrap items-center gap-3 text-sm text-soft">
          These are the worst off of {counted(picture.nameCount, "name")}.
          {most < manyNames && (
            <Button size="small" onClick={onMore}>
              Show more
            </Button>
          )}
        </p>
      )}
    </>
  );
}
