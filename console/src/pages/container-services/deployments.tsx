// What was deployed on a service, the latest first, as a line of time: each version with what it runs, how it stands, why it failed, and
// the way back to it.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import type { ContainerService, Deployment } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, Empty } from "../../parts/card.tsx";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { counted, span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { Reason } from "./overview.tsx";
import { deploymentWords } from "./state-words.ts";
import { joinWords } from "./words.ts";

const dots: Readonly<Record<Tone, string>> = {
  neutral: "bg-line-strong",
  good: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
  accent: "bg-accent",
  mark: "bg-mark",
};

/** The tab. */
export function Deployments({ service }: { readonly service: ContainerService }) {
  const { name, state } = service;
  const deployments = useQuery({
    ...read<{ deployments: Deployment[] }>("container-services", name, "deployments"),
    refetchInterval: state === "DEPLOYING" ? 1000 : false,
  });
  return (
    <Card
      title="Deployments"
      about="Every version that was deployed, the latest first. A version is never changed: another one follows it."
    >
      <Reading of={deployments}>
        {({ deployments: rows }) =>
          rows.length === 0 ? (
            <Empty
              title="Nothing was deployed yet"
              actions={
                <ButtonLink purpose="primary" {...place(["container-services", name, "deploy"])}>
                  Deploy the first version
                </ButtonLink>
              }
            >
              A deployment says which containers run, on which ports they listen, and which of them visitors
              reach.
            </Empty>
          ) : (
            <ol className="relative flex flex-col gap-6 border-l-2 border-line pl-6">
              {rows.map((deployment) => (
                <Version key={deployment.version} deployment={deployment} />
              ))}
            </ol>
          )
        }
      </Reading>
    </Card>
  );
}

function Version({ deployment }: { readonly deployment: Deployment }) {
  const { service, version, state, reason, createdAt, containers, publicEndpoint, rollsBackTo } = deployment;
  const { word, tone } = deploymentWords(deployment);
  const openPlan = usePlan();
  return (
    <li className="relative" aria-label={`Version ${version}`}>
      <span
        aria-hidden
        className={`absolute top-1.5 -left-[1.95rem] size-3 rounded-full ring-4 ring-surface ${dots[tone]}`}
      />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h3 className="flex flex-wrap items-center gap-2 font-semibold">
          Version {version}
          <Chip tone={tone}>{word}</Chip>
          <span className="text-sm font-normal text-soft">
            <Time at={createdAt} />
            {rollsBackTo !== undefined && `, as version ${rollsBackTo} was`}
          </span>
        </h3>
        <span className="flex flex-wrap gap-2">
          {state !== "ACTIVE" && state !== "ACTIVATING" && (
            <Button
              size="small"
              icon={<RotateCcw size={14} aria-hidden />}
              onClick={() =>
                openPlan({ action: "roll-back-deployment", service, version }, { verb: "Roll back" })
              }
            >
              Roll back to version {version}…
            </Button>
          )}
          <ButtonLink
            size="small"
            aria-label={`Change a copy of version ${version}`}
            {...place(["container-services", service, "deploy"], { from: String(version) })}
          >
            Change a copy
          </ButtonLink>
        </span>
      </div>
      {reason !== undefined && <Reason text={reason} />}
      {state === "FAILED" && (
        <p className="text-sm">
          <Link className="link" {...place(["container-services", service], { tab: "logs" })}>
            Read what it wrote
          </Link>
        </p>
      )}
      <ul className="mt-2 flex flex-col gap-2 text-sm">
        {Object.entries(containers).map(([name, { image, command, environmentNames, ports }]) => (
          <li key={name} className="min-w-0">
            <span className="font-medium">{visible(name)}</span>{" "}
            <Value text={image} most={60} className="break-all" />
            {command.length > 0 && (
              <span className="block text-soft">
                runs <Value text={joinWords(command)} most={80} className="break-all" />
              </span>
            )}
            <span className="block text-soft">
              {Object.keys(ports).length > 0 &&
                `listens on ${Object.entries(ports)
                  .map(([port, protocol]) => `${port} (${protocol})`)
                  .join(", ")}`}
              {environmentNames.length > 0 && (
                <span title={visible(environmentNames.join(", "))}>
                  {Object.keys(ports).length > 0 ? "; " : ""}
                  {counted(environmentNames.length, "variable")}: {visible(environmentNames.join(", "))}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-1 text-sm text-soft">
        {publicEndpoint ? (
          <>
            Visitors reach {visible(publicEndpoint.containerName)} on port {publicEndpoint.containerPort};
            checked at <Value text={publicEndpoint.healthCheck.path} most={40} /> every{" "}
            {span(publicEndpoint.healthCheck.intervalMs / 1000)}, healthy with{" "}
            {publicEndpoint.healthCheck.successCodes}
          </>
        ) : (
          "No public endpoint: visitors do not reach it"
        )}
      </p>
    </li>
  );
}
