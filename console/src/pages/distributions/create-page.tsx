// A new distribution: its name and what it stands in front of. Everything else has a default and can be set on its page.

import { useState } from "react";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { BackTo } from "../../parts/resource-page.tsx";
import { OriginField, useOrigins } from "./origin-field.tsx";

const route = getRouteApi("/distributions/create");

/** The page. */
export function CreatePage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const openPlan = usePlan();
  const origins = useOrigins();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(search.origin);
  const [behavior, setBehavior] = useState<"cache" | "dont-cache">("cache");
  const origin = chosen ?? origins[0]?.value ?? "";
  const create = (): void =>
    openPlan(
      {
        action: "create-distribution",
        name: name.trim(),
        origin,
        ...(behavior === "cache" ? {} : { settings: { defaultCacheBehavior: behavior } }),
      },
      {
        verb: "Create",
        onApplied: () => void navigate(place(["distributions", name.trim()])),
      },
    );
  return (
    <>
      <PageHead
        above={<BackTo list="distributions" />}
        title="Create a distribution"
        about="It gets an address and a name of its own at once. Its other settings have defaults that suit most sites."
      />
      <Card className="max-w-2xl">
        {origins.length === 0 ? (
          <Empty
            title="There is nothing to stand in front of yet"
            actions={<ButtonLink {...place("instances/create")}>Create an instance</ButtonLink>}
          >
            A distribution needs an origin: an instance, a load balancer or a container service.
          </Empty>
        ) : (
          <form
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              create();
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
            <OriginField value={origin} onChange={setChosen} />
            <SelectField
              label="What it keeps"
              value={behavior}
              options={[
                {
                  value: "cache",
                  label: "Everything that the origin allows",
                  about: "Best for sites, pictures, styles, scripts",
                },
                {
                  value: "dont-cache",
                  label: "Nothing but paths that you name afterwards",
                  about: "Best for applications with sign-in",
                },
              ]}
              onChange={setBehavior}
            />
            <div className="flex gap-2">
              <Button type="submit" purpose="primary" disabled={name.trim() === "" || origin === ""}>
                Review the plan
              </Button>
              <ButtonLink {...place("distributions")}>Cancel</ButtonLink>
            </div>
          </form>
        )}
      </Card>
    </>
  );
}
