// One load balancer: how each of its instances does and did, its settings, its names and certificates.

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import type { LoadBalancer } from "#contract";
import { read } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Value } from "../../parts/code.tsx";
import { Tabs } from "../../parts/dialog.tsx";
import { TagsOf } from "../../parts/tags-of.tsx";
import { MetricPlots } from "../../parts/metric-plots.tsx";
import { ReadingResource, ResourceHead, useDeletion } from "../../parts/resource-page.tsx";
import { ResourceRoutes } from "../../parts/resource-routes.tsx";
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
    <ReadingResource of={balancer} list="load-balancers" name={name}>
      {(data) => <Whole balancer={data} />}
    </ReadingResource>
  );
}

function Whole({ balancer }: { readonly balancer: LoadBalancer }) {
  const { name, publicAddresses } = balancer;
  const { tab = "targets" } = route.useSearch();
  const remove = useDeletion("load-balancers");
  const navigate = useNavigate();
  return (
    <>
      <ResourceHead
        list="load-balancers"
        name={name}
        about={
          <>
            <BalancerChip balancer={balancer} />
            {publicAddresses.map(({ address }) => (
              <Value key={address} text={address} />
            ))}
          </>
        }
        more={
          <Button
            purpose="danger"
            icon={<Trash2 size={16} aria-hidden />}
            onClick={() => remove({ action: "delete-load-balancer", name })}
          >
            Delete
          </Button>
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
