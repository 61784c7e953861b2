// The instances of a load balancer: how each does, its last sixty checks, what is under way there; more can be attached, and one can leave,
// whose requests are finished first.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LogOut, Plus } from "lucide-react";
import type { CheckHistory, InstanceHealth, LoadBalancer, TargetChecks } from "#contract";
import { at, request } from "../../api/client.ts";
import { instancesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty } from "../../parts/card.tsx";
import { CheckList, CheckTicks } from "../../parts/check-history.tsx";
import { Tick } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { count, milliseconds } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { HealthChip } from "./health.tsx";

/** How often checks are read, in milliseconds: often enough to see one soon after it was. */
const readMs = 2000;

const noChecks: TargetChecks["checks"] = [];

/** The card. */
export function Targets({ balancer }: { readonly balancer: LoadBalancer }) {
  const { name, healthCheck, instanceHealthSummary: targets } = balancer;
  const { data } = useQuery({
    queryKey: ["load-balancers", name, "checks"],
    queryFn: ({ signal }) =>
      request<CheckHistory>("GET", at("load-balancers", name, "checks"), undefined, signal),
    refetchInterval: readMs,
    meta: { followsChanges: false },
  });
  const checks = new Map((data?.targets ?? []).map((target) => [target.name, target.checks]));
  const seconds = healthCheck.intervalMs / 1000;
  return (
    <Card
      title="Instances"
      about={
        <>
          Each is asked for <code className="font-mono text-[0.9em]">{visible(healthCheck.path)}</code> every{" "}
          {seconds} s and has to answer {visible(healthCheck.successCodes)} within{" "}
          {healthCheck.timeoutMs / 1000} s
        </>
      }
    >
      {targets.length === 0 ? (
        <Empty title="No instance is attached">
          Without one, every visitor is told that the service is not available.
        </Empty>
      ) : (
        <ul aria-label="Instances" className="divide-y divide-line">
          {targets.map((target) => (
            <TargetRow
              key={target.instanceName}
              balancer={name}
              target={target}
              checks={checks.get(target.instanceName) ?? noChecks}
            />
          ))}
        </ul>
      )}
      <Attach balancer={balancer} />
    </Card>
  );
}

function TargetRow({
  balancer,
  target: { instanceName, instanceHealth, instanceHealthReason, detail, requestsUnderWay },
  checks,
}: {
  readonly balancer: string;
  readonly target: InstanceHealth;
  readonly checks: TargetChecks["checks"];
}) {
  const openPlan = usePlan();
  const good = checks.filter(({ isOk }) => isOk);
  const middle = good.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[Math.floor(good.length / 2)];
  return (
    <li className="flex flex-col gap-2 py-4 first:pt-1">
      <div className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2">
        <div className="flex min-w-0 items-center gap-3">
          <HealthChip health={instanceHealth} />
          <Link className="link min-w-0 font-medium break-words" {...place(["instances", instanceName])}>
            {visible(instanceName)}
          </Link>
        </div>
        <Button
          size="small"
          icon={<LogOut size={15} aria-hidden />}
          disabled={instanceHealth === "draining"}
          onClick={() =>
            openPlan(
              { action: "detach-instances", loadBalancer: balancer, instances: [instanceName] },
              { verb: "Detach", isDangerous: true },
            )
          }
        >
          Detach
        </Button>
      </div>
      <div className="flex flex-wrap items-end gap-x-6 gap-y-2">
        <CheckTicks name={instanceName} checks={checks} />
        <dl className="flex flex-wrap gap-x-6 gap-y-1">
          <Figure name="Good" value={checks.length === 0 ? "–" : `${good.length} of ${checks.length}`} />
          <Figure name="Took, in the middle" value={middle === undefined ? "–" : milliseconds(middle)} />
          <Figure name="Under way" value={count(requestsUnderWay)} />
        </dl>
      </div>
      {detail !== undefined && (
        <p className={instanceHealth === "unhealthy" ? "text-bad" : "text-soft"}>
          {visible(detail)}
          {instanceHealthReason !== undefined && (
            <span className="text-sm text-soft"> ({instanceHealthReason})</span>
          )}
        </p>
      )}
      {checks.length > 0 && <CheckList name={instanceName} checks={checks} />}
    </li>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="text-sm">
      <dt className="text-soft">{name}</dt>
      <dd className="font-medium tabular-nums">{value}</dd>
    </div>
  );
}

function Attach({ balancer: { name, instanceHealthSummary } }: { readonly balancer: LoadBalancer }) {
  const openPlan = usePlan();
  const all = useQuery(instancesQuery).data?.instances ?? [];
  const attached = new Set(instanceHealthSummary.map(({ instanceName }) => instanceName));
  const others = all.filter((instance) => !attached.has(instance.name));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (others.length === 0) return null;
  const instances = others.map((one) => one.name).filter((one) => chosen.has(one));
  return (
    <form
      className="mt-2 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        openPlan(
          { action: "attach-instances", loadBalancer: name, instances },
          { verb: "Attach", onApplied: () => setChosen(new Set()) },
        );
      }}
    >
      <fieldset>
        <legend className="mb-2 text-sm font-medium">Attach more</legend>
        <InstanceTicks instances={others} chosen={chosen} onChange={setChosen} />
      </fieldset>
      <Button
        type="submit"
        className="mt-3"
        icon={<Plus size={16} aria-hidden />}
        disabled={instances.length === 0}
      >
        Attach
      </Button>
    </form>
  );
}

/** Instances to tick. */
export function InstanceTicks({
  instances,
  chosen,
  onChange,
}: {
  readonly instances: readonly { readonly name: string; readonly state: string }[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}) {
  return (
    <ul className="flex flex-wrap gap-x-6 gap-y-2">
      {instances.map(({ name, state }) => (
        <li key={name} className="flex items-center gap-2">
          <Tick
            label={name}
            isOn={chosen.has(name)}
            onChange={(isOn) => {
              const next = new Set(chosen);
              if (isOn) next.add(name);
              else next.delete(name);
              onChange(next);
            }}
          />
          <span>
            {visible(name)} {state !== "running" && <span className="text-sm text-soft">({state})</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
