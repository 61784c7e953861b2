// A new container service: its name and how large it is. What runs on it is deployed afterwards.

import { useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { BackTo } from "../../parts/resource-page.tsx";
import { PowerFields, scaleProblem } from "./power-fields.tsx";

/** The page. */
export function CreatePage() {
  const navigate = useNavigate();
  const openPlan = usePlan();
  const [name, setName] = useState("");
  const [power, setPower] = useState("nano");
  const [scale, setScale] = useState("1");
  const isGood = name.trim() !== "" && scaleProblem(scale) === undefined;
  return (
    <>
      <PageHead
        above={<BackTo list="container-services" />}
        title="Create a container service"
        about="It gets an address and a name of its own. Next you say what runs on it."
      />
      <Card className="max-w-2xl">
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isGood) return;
            openPlan(
              { action: "create-container-service", name: name.trim(), power, scale: Number(scale) },
              {
                verb: "Create",
                onApplied: () => void navigate(place(["container-services", name.trim(), "deploy"])),
              },
            );
          }}
        >
          <TextField
            label="Name"
            hint="Lower-case letters, digits and hyphens; part of its own domain name"
            required
            autoFocus
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <PowerFields power={power} scale={scale} onPower={setPower} onScale={setScale} />
          <div className="flex gap-2">
            <Button type="submit" purpose="primary" disabled={!isGood}>
              Review the plan
            </Button>
            <ButtonLink {...place("container-services")}>Cancel</ButtonLink>
          </div>
        </form>
      </Card>
    </>
  );
}
