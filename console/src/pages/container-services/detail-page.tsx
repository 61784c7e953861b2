// One container service: how it stands, its nodes, its versions, its logs, its images, its names.

import { lazy, Suspense, type ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Power, Rocket } from "lucide-react";
import type { ContainerService } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { ButtonLink } from "../../parts/button.tsx";
import { Skeleton } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Tabs } from "../../parts/dialog.tsx";
import { TagsOf } from "../../parts/tags-of.tsx";
import { place } from "../../parts/place.ts";
import { MoreMenu, ReadingResource, ResourceHead, useDeleteChoice } from "../../parts/resource-page.tsx";
import { Deployments } from "./deployments.tsx";
import { Overview } from "./overview.tsx";
import { serviceWords } from "./state-words.ts";

// What is not on the first tab is loaded with its own.
const Logs = lazy(async () => ({ default: (await import("./logs.tsx")).Logs }));
const Images = lazy(async () => ({ default: (await import("./images.tsx")).Images }));
const NamesTab = lazy(async () => ({ default: (await import("./names-tab.tsx")).NamesTab }));

const route = getRouteApi("/container-services/$name");

/** Milliseconds between two looks at a service: while something of it goes on, and else. */
const [busyMs, calmMs] = [1000, 5000];

/** The page. */
export function DetailPage() {
  const { name } = route.useParams();
  const service = useQuery({
    ...read<ContainerService>("container-services", name),
    // What nodes do comes with no event.
    refetchInterval: ({ state: { data } }) =>
      data && ["RUNNING", "READY", "DISABLED"].includes(data.state) ? calmMs : busyMs,
  });
  return (
    <ReadingResource of={service} list="container-services" name={name}>
      {(data) => <Whole service={data} />}
    </ReadingResource>
  );
}

function Whole({ service }: { readonly service: ContainerService }) {
  const { name, isDisabled } = service;
  const { tab = "overview" } = route.useSearch();
  const openPlan = usePlan();
  const navigate = useNavigate();
  const deletion = useDeleteChoice("container-services", { action: "delete-container-service", name });
  const { word, tone, about } = serviceWords(service);
  return (
    <>
      <ResourceHead
        list="container-services"
        name={name}
        about={
          <>
            <Chip tone={tone} withDot>
              {word}
            </Chip>
            <span>{about}</span>
          </>
        }
        actions={
          <ButtonLink
            purpose="primary"
            icon={<Rocket size={16} aria-hidden />}
            {...place(["container-services", name, "deploy"])}
          >
            Deploy
          </ButtonLink>
        }
        more={
          <MoreMenu
            name={name}
            choices={[
              {
                label: isDisabled ? "Enable" : "Disable",
                icon: <Power size={16} aria-hidden />,
                onChoose: () =>
                  openPlan(
                    { action: "update-container-service", name, isDisabled: !isDisabled },
                    { verb: isDisabled ? "Enable" : "Disable", isDangerous: !isDisabled },
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
            to: "/container-services/$name",
            params: { name },
            search: next === "overview" ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          {
            name: "overview",
            title: "Overview",
            content: (
              <div className="flex flex-col gap-5">
                <Overview service={service} />
                <TagsOf type="ContainerService" name={name} />
              </div>
            ),
          },
          { name: "deployments", title: "Deployments", content: <Deployments service={service} /> },
          { name: "logs", title: "Logs", content: <Later of={<Logs service={service} />} /> },
          { name: "images", title: "Images", content: <Later of={<Images service={name} />} /> },
          { name: "names", title: "Names", content: <Later of={<NamesTab service={service} />} /> },
        ]}
      />
    </>
  );
}

function Later({ of: tab }: { readonly of: ReactNode }) {
  return <Suspense fallback={<Skeleton />}>{tab}</Suspense>;
}
