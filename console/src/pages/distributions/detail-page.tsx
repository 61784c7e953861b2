// One distribution: how its cache does, what it had to ask for, what it is to forget; its settings; its names and certificate.

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Power } from "lucide-react";
import type { Distribution } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Tabs } from "../../parts/dialog.tsx";
import { TagsOf } from "../../parts/tags-of.tsx";
import { MetricPlots } from "../../parts/metric-plots.tsx";
import { resourcePlace } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { MoreMenu, ReadingResource, ResourceHead, useDeleteChoice } from "../../parts/resource-page.tsx";
import { visible } from "../../text/visible.ts";
import { cacheFiguresQuery, HitRatio } from "./hit-ratio.tsx";
import { Misses } from "./misses.tsx";
import { NamesTab } from "./names-tab.tsx";
import { PurgeCard } from "./purge-card.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { StateChip } from "./state-chip.tsx";

const route = getRouteApi("/distributions/$name");

/** The page. */
export function DetailPage() {
  const { name } = route.useParams();
  const distribution = useQuery(read<Distribution>("distributions", name));
  return (
    <ReadingResource of={distribution} list="distributions" name={name}>
      {(data) => <Whole distribution={data} />}
    </ReadingResource>
  );
}

function Whole({ distribution }: { readonly distribution: Distribution }) {
  const { name, origin, isEnabled } = distribution;
  const { tab = "cache" } = route.useSearch();
  const openPlan = usePlan();
  const navigate = useNavigate();
  const deletion = useDeleteChoice("distributions", { action: "delete-distribution", name });
  const originPlace = resourcePlace(origin.resourceType, origin.name);
  return (
    <>
      <ResourceHead
        list="distributions"
        name={name}
        about={
          <>
            <StateChip distribution={distribution} />
            <span>
              A cache in front of{" "}
              {originPlace ? (
                <Link className="link" {...originPlace}>
                  {visible(origin.name)}
                </Link>
              ) : (
                visible(origin.name)
              )}
            </span>
          </>
        }
        more={
          <MoreMenu
            name={name}
            choices={[
              {
                label: isEnabled ? "Disable" : "Enable",
                icon: <Power size={16} aria-hidden />,
                onChoose: () =>
                  openPlan(
                    { action: "update-distribution", name, settings: { isEnabled: !isEnabled } },
                    { verb: isEnabled ? "Disable" : "Enable", isDangerous: isEnabled },
                  ),
              },
              "line",
              deletion,
            ]}
          />
        }
      />
      <Tabs
        label={`Views of ${name}`}
        selected={tab}
        onSelect={(next) =>
          void navigate({
            to: "/distributions/$name",
            params: { name },
            search: next === "cache" ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          { name: "cache", title: "Cache", content: <CacheTab distribution={distribution} /> },
          {
            name: "settings",
            title: "Settings",
            content: (
              <div className="flex flex-col gap-5">
                <SettingsTab distribution={distribution} />
                <TagsOf type="Distribution" name={name} />
              </div>
            ),
          },
          {
            name: "names",
            title: "Names and certificate",
            content: <NamesTab distribution={distribution} />,
          },
        ]}
      />
    </>
  );
}

function CacheTab({ distribution }: { readonly distribution: Distribution }) {
  const { name } = distribution;
  const figures = useQuery(cacheFiguresQuery(name));
  return (
    <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,24rem)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-5">
        <Reading of={figures}>{(data) => <HitRatio figures={data} />}</Reading>
        <PurgeCard distribution={distribution} />
      </div>
      <div className="flex min-w-0 flex-col gap-5">
        <Reading of={figures}>{(data) => <Misses name={name} figures={data} />}</Reading>
        <MetricPlots resource={name} />
      </div>
    </div>
  );
}
