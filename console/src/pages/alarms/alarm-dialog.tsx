// An alarm is made, or made another one: which metric of what, how much is too much, and for how long.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { Alarm, MetricList } from "#contract";
import { instancesQuery, loadBalancersQuery, read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";
import { comparisonWords, missingWords } from "./alarm-words.ts";

/** Metrics that alarms are mostly about, with what is too much: what a new alarm begins with. */
const usual: Readonly<
  Record<string, { readonly operator: Alarm["comparisonOperator"]; readonly threshold: string }>
> = {
  UnhealthyHostCount: { operator: "GreaterThanOrEqualToThreshold", threshold: "1" },
  HealthyHostCount: { operator: "LessThanThreshold", threshold: "1" },
  CPUUtilization: { operator: "GreaterThanThreshold", threshold: "90" },
  StatusCheckFailed: { operator: "GreaterThanOrEqualToThreshold", threshold: "1" },
  InstanceResponseTime: { operator: "GreaterThanThreshold", threshold: "1" },
};

const unitWords: Readonly<Record<string, string>> = {
  Percent: "percent",
  Seconds: "seconds",
  Bytes: "octets",
  Count: "a number",
  None: "a number",
};

/** The dialog. @param before  the alarm that is changed; absent for a new one */
export function AlarmDialog({
  before,
  resource: asked,
  onClose,
}: {
  readonly before: Alarm | undefined;
  readonly resource?: string;
  readonly onClose: () => void;
}) {
  const openPlan = usePlan();
  const resources = useResources();
  const [name, setName] = useState(before?.name ?? "");
  const [chosen, setResource] = useState(before?.resourceName ?? asked);
  const [metric, setMetric] = useState(before?.metricName);
  const [operator, setOperator] = useState(before?.comparisonOperator);
  const [threshold, setThreshold] = useState(before && String(before.threshold));
  const [periods, setPeriods] = useState(String(before?.evaluationPeriods ?? 2));
  const [points, setPoints] = useState(String(before?.datapointsToAlarm ?? 2));
  const [missing, setMissing] = useState<Alarm["treatMissingData"]>(before?.treatMissingData ?? "missing");
  const resource = chosen ?? resources[0]?.value;
  const list = useQuery({
    ...read<MetricList>("metrics", resource ?? ""),
    enabled: resource !== undefined,
  });
  const metrics = list.data?.metrics ?? [];
  const shown =
    metrics.find((one) => one.name === metric) ?? metrics.find((one) => one.name in usual) ?? metrics[0];
  const begins = shown && usual[shown.name];
  const [theOperator, theThreshold] = [
    operator ?? begins?.operator ?? "GreaterThanThreshold",
    threshold ?? begins?.threshold ?? "",
  ];
  const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));
  const areSpans =
    [periods, points].every((text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= 288) &&
    Number(points) <= Number(periods);
  const isGood =
    name.trim() !== "" && resource !== undefined && shown !== undefined && isNumber(theThreshold) && areSpans;
  const review = (): void => {
    if (!isGood) return;
    onClose();
    openPlan(
      {
        action: "put-alarm",
        name: name.trim(),
        resource,
        metric: shown.name,
        comparisonOperator: theOperator,
        threshold: Number(theThreshold),
        evaluationPeriods: Number(periods),
        datapointsToAlarm: Number(points),
        treatMissingData: missing,
        // What is not in this form stays.
        ...(before
          ? {
              notificationEnabled: before.notificationEnabled,
              notificationTriggers: before.notificationTriggers,
            }
          : {}),
      },
      { verb: before ? "Change the alarm" : "Create" },
    );
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={before ? `Change ${before.name}` : "Create an alarm"}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" disabled={!isGood} onClick={review}>
            Review the plan
          </Button>
        </>
      }
    >
      {resources.length === 0 ? (
        <p>There is no instance and no load balancer yet, and alarms look at those.</p>
      ) : (
        <div className="flex flex-col gap-4">
          {!before && (
            <TextField
              label="Name"
              required
              autoFocus
              placeholder={resource === undefined ? "" : `${resource}-unwell`}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
          <SelectField
            label="Looks at"
            value={resource ?? ""}
            options={resources}
            onChange={(next) => {
              setResource(next);
              setMetric(undefined);
            }}
          />
          <SelectField
            label="Metric"
            hint={shown?.about}
            value={shown?.name ?? ""}
            options={metrics.map((one) => ({ value: one.name, label: one.name, about: one.about }))}
            onChange={(next) => {
              setMetric(next);
              setOperator(undefined);
              setThreshold(undefined);
            }}
          />
          <div className="grid grid-cols-2 gap-3">
            <SelectField
              label="Goes off where it"
              value={theOperator}
              options={Object.entries(comparisonWords).map(([value, label]) => ({
                value: value as Alarm["comparisonOperator"],
                label,
              }))}
              onChange={setOperator}
            />
            <TextField
              label="Threshold"
              hint={shown && unitWords[shown.unit]}
              inputMode="decimal"
              required
              value={theThreshold}
              onChange={({ target }) => setThreshold(target.value)}
            />
          </div>
          <div className="grid grid-cols-2 gap-3">
            <TextField
              label="Spans that are bad"
              hint="of five minutes each"
              inputMode="numeric"
              value={points}
              problem={areSpans ? undefined : "At most as many as are looked at"}
              onChange={({ target }) => setPoints(target.value)}
            />
            <TextField
              label="Of the last"
              hint="spans, 288 at most"
              inputMode="numeric"
              value={periods}
              onChange={({ target }) => setPeriods(target.value)}
            />
          </div>
          <SelectField
            label="A span of which nothing is known"
            value={missing}
            options={Object.entries(missingWords).map(([value, label]) => ({
              value: value as Alarm["treatMissingData"],
              label,
            }))}
            onChange={setMissing}
          />
        </div>
      )}
    </Dialog>
  );
}

function useResources(): readonly {
  readonly value: string;
  readonly label: string;
  readonly about: string;
}[] {
  const instances = useQuery(instancesQuery).data?.instances ?? [];
  const loadBalancers = useQuery(loadBalancersQuery).data?.loadBalancers ?? [];
  return [
    ...loadBalancers.map(({ name }) => ({ value: name, label: visible(name), about: "Load balancer" })),
    ...instances.map(({ name }) => ({ value: name, label: visible(name), about: "Instance" })),
  ];
}
