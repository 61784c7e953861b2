// A name is led to a resource: which name, which resource with how it does now, HTTPS, and beside them the plan, which is made anew as the
// choices change. What is applied goes on as the checklist of that name.

import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { Command, Plan } from "#contract";
import { applyPlan, planCommand } from "../../commands/give.ts";
import { PlanView } from "../../commands/plan-view.tsx";
import { domainsQuery, zonesQuery } from "../../api/queries.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead, Skeleton } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { classes } from "../../parts/classes.ts";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { SwitchField, TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { visible } from "../../text/visible.ts";
import { useResources, type ChoosableResource } from "./resources.ts";

const route = getRouteApi("/assign");
/** Milliseconds of quiet after which a choice is planned. */
const quietMs = 350;

/** The page. */
export function AssignPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const resources = useResources();
  const [name, setName] = useState(search.name ?? "");
  const [resource, setResource] = useState(search.resource ?? "");
  const [withWww, setWithWww] = useState(false);
  const [https, setHttps] = useState(true);
  const command: Command | undefined =
    name.trim() === "" || resource === ""
      ? undefined
      : {
          action: "assign",
          name: name.trim(),
          resource,
          ...(withWww ? { withWww } : {}),
          ...(https ? {} : { https }),
        };
  return (
    <>
      <PageHead
        title="Assign a name"
        about="Records, certificate and the edge’s route are one change: planned, applied, and taken back together."
      />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="1. The name">
            <NameField name={name} onName={setName} />
            <div className="mt-4">
              <SwitchField
                label="www too"
                hint={
                  name.trim() === ""
                    ? "The name that begins with www leads there as well."
                    : `www.${visible(name.trim())} leads there as well.`
                }
                isOn={withWww}
                onChange={setWithWww}
              />
            </div>
          </Card>
          <Card title="2. What it leads to" about="How each does now">
            {resources ? (
              <Choices resources={resources} chosen={resource} onChoose={setResource} />
            ) : (
              <Skeleton lines={4} />
            )}
          </Card>
          <Card title="3. HTTPS">
            <SwitchField
              label="With a certificate"
              hint="For private names it is of this platform’s own authority; for public ones of the ACME authority that is set. It is renewed by itself."
              isOn={https}
              onChange={setHttps}
            />
          </Card>
        </div>
        <Planned
          command={command}
          onApplied={(changeId) =>
            void navigate({
              to: "/assign/$name",
              params: { name: name.trim().replace(/\.$/, "").toLowerCase() },
              search: changeId === undefined ? {} : { change: changeId },
            })
          }
        />
      </div>
    </>
  );
}

function NameField({ name, onName }: { readonly name: string; readonly onName: (name: string) => void }) {
  const domains = useQuery(domainsQuery).data?.domains ?? [];
  const zones = useQuery(zonesQuery).data?.zones ?? [];
  const known = [
    ...new Set(
      [
        ...domains.filter(({ isPlatform }) => !isPlatform),
        ...zones.filter(({ isPlatform }) => !isPlatform),
      ].map((one) => one.name),
    ),
  ].sort();
  return (
    <>
      <TextField
        label="Domain name"
        name="name"
        placeholder="shop.test"
        hint="A domain of yours, or any name below it."
        value={name}
        onChange={({ currentTarget }) => onName(currentTarget.value)}
        isMono
        autoComplete="off"
        spellCheck={false}
        list="known-domains"
      />
      <datalist id="known-domains">
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {known.length === 0 && (
        <p className="mt-2">
          <ButtonLink size="small" {...place("domains")}>
            Register a domain
          </ButtonLink>
        </p>
      )}
    </>
  );
}

function Choices({
  resources,
  chosen,
  onChoose,
}: {
  readonly resources: readonly ChoosableResource[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}) {
  if (resources.length === 0)
    return (
      <Empty
        title="There is nothing to lead to yet"
        actions={
          <ButtonLink purpose="primary" {...place("instances/create")}>
            Create an instance
          </ButtonLink>
        }
      >
        An instance serves a folder, a command of yours, or stands for a server that exists already.
      </Empty>
    );
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="sr-only">Resource</legend>
      {resources.map(({ name, kind, state, tone, names }) => (
        <label
          key={name}
          className={classes(
            "flex cursor-pointer items-start gap-3 rounded-lg border p-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
            name === chosen ? "border-accent bg-accent-soft" : "border-line hover:bg-sunken",
          )}
        >
          <input
            type="radio"
            name="resource"
            value={name}
            checked={name === chosen}
            onChange={() => onChoose(name)}
            className="mt-1 size-4 accent-(--accent)"
          />
          <span className="min-w-0 flex-1">
            <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium break-words">{visible(name)}</span>
              <Chip tone={tone} withDot>
                {state}
              </Chip>
            </span>
            <span className="block text-sm break-words text-soft">
              {kind}
              {names.length > 0 && ` · ${names.map((one) => visible(one)).join(", ")}`}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The plan of what is chosen, made anew a moment after the last choice. */
function Planned({
  command,
  onApplied,
}: {
  readonly command: Command | undefined;
  readonly onApplied: (changeId: string | undefined) => void;
}) {
  const [plan, setPlan] = useState<Plan>();
  const [problem, setProblem] = useState<unknown>();
  const [isApplying, setApplying] = useState(false);
  const asked = JSON.stringify(command);
  useEffect(() => {
    setPlan(undefined);
    setProblem(undefined);
    if (asked === undefined) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      planCommand(JSON.parse(asked) as Command, stop.signal).then(setPlan, (error: unknown) => {
        if (!stop.signal.aborted) setProblem(error);
      });
    }, quietMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked]);

  const apply = (): void => {
    if (!plan) return;
    setApplying(true);
    applyPlan(plan)
      .then(({ change }) => onApplied(change?.id))
      .catch(setProblem)
      .finally(() => setApplying(false));
  };
  return (
    <Card
      title="4. The plan"
      about={plan ? visible(plan.title) : "Nothing is changed before you apply it"}
      className="xl:sticky xl:top-20"
    >
      {problem !== undefined ? (
        <Failure failure={shownFailure(problem)} />
      ) : plan ? (
        <div className="flex flex-col gap-4">
          <PlanView plan={plan} />
          <div>
            <Button purpose="primary" isBusy={isApplying} onClick={apply}>
              Apply
            </Button>
          </div>
        </div>
      ) : command ? (
        <Skeleton lines={5} />
      ) : (
        <p className="text-soft">Choose a name and a resource: the plan appears here.</p>
      )}
    </Card>
  );
}
