// A new load balancer: its name, the instances that it begins with, and what they are asked to find out whether they are healthy.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { instancesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { BackTo } from "../../parts/resource-page.tsx";
import { InstanceTicks } from "./targets.tsx";

/** The page. */
export function CreatePage() {
  const navigate = useNavigate();
  const openPlan = usePlan();
  const instances = useQuery(instancesQuery).data?.instances ?? [];
  const [name, setName] = useState("");
  const [path, setPath] = useState("/");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const isPathRight = /^\/[!"$-~]*$/.test(path);
  const create = (): void => {
    const first = instances.map((one) => one.name).filter((one) => chosen.has(one));
    openPlan(
      {
        action: "create-load-balancer",
        name: name.trim(),
        ...(first.length > 0 ? { instances: first } : {}),
        ...(path === "/" ? {} : { settings: { healthCheck: { path } } }),
      },
      { verb: "Create", onApplied: () => void navigate(place(["load-balancers", name.trim()])) },
    );
  };
  return (
    <>
      <PageHead
        above={<BackTo list="load-balancers" />}
        title="Create a load balancer"
        about="It gets an address and a name of its own at once. Its other settings have defaults that suit most sites."
      />
      <Card className="max-w-2xl">
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "" && isPathRight) create();
          }}
        >
          <TextField
            label="Name"
            hint="Letters, digits and hyphens; part of its own domain name"
            required
            autoFocus
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <fieldset>
            <legend className="mb-2 text-sm font-medium">Instances that it begins with</legend>
            {instances.length === 0 ? (
              <p className="text-soft">
                There is none yet.{" "}
                <Link className="link" {...place("instances/create")}>
                  Create one
                </Link>{" "}
                now, or attach them later.
              </p>
            ) : (
              <InstanceTicks instances={instances} chosen={chosen} onChange={setChosen} />
            )}
          </fieldset>
          <TextField
            label="Path of the health check"
            hint="Each instance is asked for it every 30 s, and is healthy where it answers 200"
            isMono
            value={path}
            problem={isPathRight ? undefined : "A path that begins with /, without blanks"}
            onChange={({ target }) => setPath(target.value)}
          />
          <div className="flex gap-2">
            <Button type="submit" purpose="primary" disabled={name.trim() === "" || !isPathRight}>
              Review the plan
            </Button>
            <ButtonLink {...place("load-balancers")}>Cancel</ButtonLink>
          </div>
        </form>
      </Card>
    </>
  );
}
