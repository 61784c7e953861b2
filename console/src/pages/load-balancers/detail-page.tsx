// One load balancer: how each of its instances does and did, its settings, its names and certificates.

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import type { LoadBalancer } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { PageHead } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { Tabs } from "../../parts/dialog.tsx";
import { HistoryOf } from "../../parts/history-of.tsx";
import { TagsOf } from "../../parts/tags-of.tsx";
import { MetricPlots } from "../../parts/metric-plots.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { ResourceRoutes } from "../../parts/resource-routes.tsx";
import { visible } from "../../text/visible.ts";
import { BalancerChip } from "./health.tsx";
import { NamesTab } from "./names-tab.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { Targets } from "./targets.tsx";

const route = getRouteApi("/load-balancers/$name");

/** How often it is looked at though no event says so, in milliseconds: that an instance's health changed. */
const lookMs = 2000;

/** The page. */
export function DetailPage() {
  const { name } = route.useParams();
  const balancer = useQuery({ ...read<LoadBalancer>("load-balancers", name), refetchInterval: lookMs });
  return (
    <Reading of={balancer} lines={6}>
      {(data) => <Whole balancer={data} />}
    </Reading>
  );
}

function Whole({ balancer }: { readonly balancer: LoadBalancer }) {
  const { name, publicAddresses } = balancer;
  const { tab = "targets" } = route.useSearch();
  const openPlan = usePlan();
  const navigate = useNavigate();
  return (
    <>
      <PageHead
        above={
          <Link className="link" {...place("load-balancers")}>
            Load balancers
          </Link>
        }
        title={visible(name)}
        about={
          <span className="flex flex-wrap items-center gap-2">
            <BalancerChip balancer={balancer} />
            {publicAddresses.map(({ address }) => (
              <Value key={address} text={address} />
            ))}
          </span>
        }
        actions={
          <>
            <HistoryOf resource={name} />

            <Button
              purpose="danger"
              icon={<Trash2 size={16} aria-hidden />}
              onClick={() =>
                openPlan(
                  { action: "delete-load-balancer", name },
                  {
                    verb: "Delete",
                    isDangerous: true,
                    onApplied: () => void navigate(place("load-balancers")),
                  },
                )
              }
            >
              Delete
            </Button>
          </>
        }
      />
      <Tabs
        label={`Views of ${name}`}
        selected={tab}
        onSelect={(next) =>
          void navigate({
            to: "/load-balancers/$name",
            params: { name },
            search: next === "targets" ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          {
            name: "targets",
            title: "Instances",
            content: (
              <div className="flex flex-col gap-5">
                <Targets balancer={balancer} />
                <ResourceRoutes resource={name} />
                <MetricPlots resource={name} />
              </div>
            ),
          },
          {
            name: "settings",
            title: "Settings",
            content: (
              <div className="flex flex-col gap-5">
                <SettingsTab balancer={balancer} />
                <TagsOf type="LoadBalancer" name={name} />
              </div>
            ),
          },
          { name: "names", title: "Names and certificates", content: <NamesTab balancer={balancer} /> },
        ]}
      />
    </>
  );
}
