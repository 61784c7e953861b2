// What is to run on a service next: containers with their image or folder, command, environment and ports, and which of them visitors
// reach. It begins with what runs now, or with the version that the URL names.

import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { ContainerService, Deployment } from "#contract";
import { at, request } from "../../api/client.ts";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { visible } from "../../text/visible.ts";
import { ContainerFields } from "./container-fields.tsx";
import {
  bodyOfDeployment,
  draftOfDeployment,
  emptyContainer,
  emptyDraft,
  problemsOfDeployment,
  type DeploymentDraft,
} from "./deployment-draft.ts";

const route = getRouteApi("/container-services/$name/deploy");

/** The page. */
export function DeployPage() {
  const { name } = route.useParams();
  const { from } = route.useSearch();
  const service = useQuery(read<ContainerService>("container-services", name));
  const version = from ?? service.data?.nextDeployment?.version ?? service.data?.currentDeployment?.version;
  // With the values of its environment: what is not sent along is not there in the next version.
  const before = useQuery({
    queryKey: ["container-services", name, "deployments", version ?? 0, "values"],
    queryFn: async ({ signal }): Promise<{ readonly deployment?: Deployment }> =>
      version === undefined
        ? {}
        : {
            deployment: await request<Deployment>(
              "GET",
              `${at("container-services", name, "deployments", String(version))}?values=1`,
              undefined,
              signal,
            ),
          },
    enabled: service.data !== undefined,
    staleTime: Infinity,
    gcTime: 0,
    meta: { followsChanges: false },
  });
  return (
    <>
      <PageHead
        above={
          <>
            <Link className="link" {...place("container-services")}>
              Container services
            </Link>{" "}
            /{" "}
            <Link className="link" {...place(["container-services", name])}>
              {visible(name)}
            </Link>
          </>
        }
        title={`Deploy on ${visible(name)}`}
        about={
          version === undefined
            ? "Say what runs, and where it listens. Visitors get it once it is healthy."
            : `Begins with what version ${version} was. What serves now goes on until the new version is healthy.`
        }
      />
      <Reading of={service}>
        {() => (
          <Reading of={before}>
            {({ deployment }) => <DeployForm service={name} before={deployment} />}
          </Reading>
        )}
      </Reading>
    </>
  );
}

function DeployForm({
  service,
  before,
}: {
  readonly service: string;
  readonly before: Deployment | undefined;
}) {
  const openPlan = usePlan();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<DeploymentDraft>(() =>
    before ? draftOfDeployment(before) : emptyDraft,
  );
  const [isJudged, setJudged] = useState(false);
  const problems = problemsOfDeployment(draft);
  const set = (edits: Partial<DeploymentDraft>): void => setDraft({ ...draft, ...edits });
  return (
    <form
      className="flex max-w-4xl flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        setJudged(true);
        if (problems.length > 0) return;
        openPlan(
          {
            method: "POST",
            path: at("container-services", service, "deployments"),
            body: bodyOfDeployment(draft),
          },
          {
            verb: "Deploy",
            onApplied: () => void navigate(place(["container-services", service], { tab: "deployments" })),
          },
        );
      }}
    >
      {draft.containers.map((container, i) => (
        <ContainerFields
          key={i}
          container={container}
          number={i + 1}
          service={service}
          onChange={(next) =>
            set({
              containers: draft.containers.map((one, j) => (j === i ? next : one)),
              ...(draft.endpoint.container === container.name
                ? {
                    endpoint: {
                      container: next.name,
                      port: next.ports.some(({ port }) => port === draft.endpoint.port)
                        ? draft.endpoint.port
                        : (next.ports[0]?.port ?? ""),
                    },
                  }
                : {}),
            })
          }
          onRemove={
            draft.containers.length > 1
              ? () => set({ containers: draft.containers.filter((_, j) => j !== i) })
              : undefined
          }
        />
      ))}
      <div>
        <Button
          icon={<Plus size={16} aria-hidden />}
          onClick={() =>
            set({
              containers: [
                ...draft.containers,
                { ...emptyContainer(`web-${draft.containers.length + 1}`), ports: [] },
              ],
            })
          }
        >
          Add a container
        </Button>
      </div>
      <Endpoint draft={draft} set={set} />
      {isJudged && problems.length > 0 && (
        <ul role="alert" className="list-disc rounded-lg bg-bad-soft p-3 pl-8 text-bad">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      <div className="flex gap-2">
        <Button type="submit" purpose="primary">
          Review the plan
        </Button>
        <ButtonLink {...place(["container-services", service])}>Cancel</ButtonLink>
      </div>
    </form>
  );
}

function Endpoint({
  draft: { isPublic, endpoint, check, containers },
  set,
}: {
  readonly draft: DeploymentDraft;
  readonly set: (edits: Partial<DeploymentDraft>) => void;
}) {
  const served = containers.find(({ name }) => name === endpoint.container);
  useEffect(() => {
    // The container that it named was taken away.
    if (isPublic && !served && containers[0])
      set({ endpoint: { container: containers[0].name, port: containers[0].ports[0]?.port ?? "" } });
  });
  const setCheck = (edits: Partial<DeploymentDraft["check"]>): void => set({ check: { ...check, ...edits } });
  return (
    <Card
      title="Public endpoint"
      about="The container that visitors reach, and how each node of it is checked"
    >
      <div className="flex flex-col gap-4">
        <SwitchField
          label="Visitors reach one of the containers"
          isOn={isPublic}
          onChange={(next) => set({ isPublic: next })}
        />
        {isPublic && (
          <>
            <div className="grid gap-3 sm:grid-cols-2">
              <SelectField
                label="Container"
                value={endpoint.container}
                options={containers.map(({ name }) => ({ value: name, label: visible(name) }))}
                onChange={(container) =>
                  set({
                    endpoint: {
                      container,
                      port: containers.find(({ name }) => name === container)?.ports[0]?.port ?? "",
                    },
                  })
                }
              />
              <SelectField
                label="Port"
                value={endpoint.port}
                options={
                  served && served.ports.length > 0
                    ? served.ports.map(({ port, protocol }) => ({
                        value: port,
                        label: `${port} (${protocol})`,
                      }))
                    : [{ value: "", label: "It listens on none" }]
                }
                onChange={(port) => set({ endpoint: { ...endpoint, port } })}
              />
            </div>
            <h3 className="text-sm font-medium">Health check</h3>
            <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
              <TextField
                label="Path"
                isMono
                value={check.path}
                onChange={({ target }) => setCheck({ path: target.value })}
              />
              <TextField
                label="Healthy with"
                hint="Such as 200, or 200-299,301"
                isMono
                value={check.successCodes}
                onChange={({ target }) => setCheck({ successCodes: target.value })}
              />
              <TextField
                label="Every, s"
                inputMode="decimal"
                value={check.interval}
                onChange={({ target }) => setCheck({ interval: target.value })}
              />
              <TextField
                label="Answers within, s"
                inputMode="decimal"
                value={check.timeout}
                onChange={({ target }) => setCheck({ timeout: target.value })}
              />
              <TextField
                label="Healthy after"
                hint="checks in a row"
                inputMode="numeric"
                value={check.healthy}
                onChange={({ target }) => setCheck({ healthy: target.value })}
              />
              <TextField
                label="Not healthy after"
                hint="checks in a row"
                inputMode="numeric"
                value={check.unhealthy}
                onChange={({ target }) => setCheck({ unhealthy: target.value })}
              />
            </div>
          </>
        )}
      </div>
    </Card>
  );
}
