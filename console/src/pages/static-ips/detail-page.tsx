// One static IP: its address, what it leads to, which names lead to it; it can be moved, detached, released.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Trash2, Unlink } from "lucide-react";
import type { StaticIp } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CopyButton, Value } from "../../parts/code.tsx";
import { place } from "../../parts/place.ts";
import { ReadingResource, ResourceHead, useDeletion } from "../../parts/resource-page.tsx";
import { ResourceNames } from "../../parts/resource-names.tsx";
import { ResourceRoutes } from "../../parts/resource-routes.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { InstanceField } from "./instance-field.tsx";

const route = getRouteApi("/static-ips/$name");

/** The page. */
export function DetailPage() {
  const { name } = route.useParams();
  const staticIp = useQuery(read<StaticIp>("static-ips", name));
  return (
    <ReadingResource of={staticIp} list="static-ips" name={name}>
      {(data) => <Whole staticIp={data} />}
    </ReadingResource>
  );
}

function Whole({ staticIp }: { readonly staticIp: StaticIp }) {
  const { name, attachedTo, publicAddresses, createdAt, dnsName, names } = staticIp;
  const openPlan = usePlan();
  const release = useDeletion("static-ips");
  return (
    <>
      <ResourceHead
        list="static-ips"
        name={name}
        about={
          <Chip tone={attachedTo === undefined ? "warn" : "good"} withDot>
            {attachedTo === undefined ? "attached to nothing" : "attached"}
          </Chip>
        }
        more={
          <>
            <Button
              icon={<Unlink size={16} aria-hidden />}
              disabled={attachedTo === undefined}
              onClick={() =>
                openPlan({ action: "detach-static-ip", name }, { verb: "Detach", isDangerous: true })
              }
            >
              Detach
            </Button>
            <Button
              purpose="danger"
              icon={<Trash2 size={16} aria-hidden />}
              onClick={() => release({ action: "release-static-ip", name }, "Release")}
            >
              Release
            </Button>
          </>
        }
      />
      <div className="flex flex-col gap-5">
        <div className="grid items-start gap-5 xl:grid-cols-2">
          <Card title="Where it leads">
            <Facts
              rows={[
                [
                  "Address",
                  <span key="addresses" className="flex flex-col">
                    {publicAddresses.map(({ address }) => (
                      <span key={address} className="flex items-center gap-1">
                        <Value text={address} />
                        <CopyButton text={address} />
                      </span>
                    ))}
                  </span>,
                ],
                [
                  "Attached to",
                  attachedTo === undefined ? (
                    <span key="nothing" className="text-warn">
                      nothing: names that lead here lead nowhere
                    </span>
                  ) : (
                    <Link key="instance" className="link" {...place(["instances", attachedTo])}>
                      {visible(attachedTo)}
                    </Link>
                  ),
                ],
                ["Allocated", <Time key="created" at={createdAt} />],
              ]}
            />
            <Attach staticIp={staticIp} />
          </Card>
          <ResourceNames resource={name} names={names} dnsName={dnsName} />
        </div>
        <ResourceRoutes resource={name} />
      </div>
    </>
  );
}

function Attach({ staticIp: { name, attachedTo } }: { readonly staticIp: StaticIp }) {
  const openPlan = usePlan();
  const [chosen, setChosen] = useState(attachedTo ?? "");
  return (
    <form
      className="mt-4 flex items-end gap-2 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        openPlan(
          { action: "attach-static-ip", name, instance: chosen },
          { verb: attachedTo === undefined ? "Attach" : "Move" },
        );
      }}
    >
      <div className="min-w-0 flex-1">
        <InstanceField value={chosen} onChange={setChosen} />
      </div>
      <Button type="submit" disabled={chosen === "" || chosen === attachedTo}>
        {attachedTo === undefined ? "Attach" : "Move here"}
      </Button>
    </form>
  );
}
