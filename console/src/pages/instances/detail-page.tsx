// One instance: how it stands and why, what it runs and where it is reached, its log, its limits and open ports.

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Play, RotateCcw, Square } from "lucide-react";
import type { Instance } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { Tabs } from "../../parts/dialog.tsx";
import { Failure } from "../../parts/failure.tsx";
import { TagsOf } from "../../parts/tags-of.tsx";
import { MetricPlots } from "../../parts/metric-plots.tsx";
import { place } from "../../parts/place.ts";
import { MoreMenu, ReadingResource, ResourceHead, useDeleteChoice } from "../../parts/resource-page.tsx";
import { ResourceNames } from "../../parts/resource-names.tsx";
import { ResourceRoutes } from "../../parts/resource-routes.tsx";
import { Time } from "../../parts/time.tsx";
import { octets } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { LogTab } from "./log-tab.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { runText, StateChip } from "./state-chip.tsx";

const route = getRouteApi("/instances/$name");

/** How often it is looked at though no event says so, in milliseconds: that its process started or ended. */
const lookMs = 2000;

/** The page. */
export function DetailPage() {
  const { name } = route.useParams();
  const instance = useQuery({ ...read<Instance>("instances", name), refetchInterval: lookMs });
  return (
    <ReadingResource of={instance} list="instances" name={name}>
      {(data) => <Whole instance={data} />}
    </ReadingResource>
  );
}

function Whole({ instance }: { readonly instance: Instance }) {
  const { name, run } = instance;
  const { tab = "overview" } = route.useSearch();
  const navigate = useNavigate();
  return (
    <>
      <ResourceHead
        list="instances"
        name={name}
        about={
          <>
            <StateChip instance={instance} />
            <Value text={runText(run)} className="break-all" />
          </>
        }
        more={<Actions instance={instance} />}
      />
      <Problem instance={instance} />
      <Tabs
        label={`Views of ${name}`}
        selected={tab}
        onSelect={(next) =>
          void navigate({
            to: "/instances/$name",
            params: { name },
            search: next === "overview" ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          { name: "overview", title: "Overview", content: <OverviewTab instance={instance} /> },
          ...(run.kind === "address"
            ? []
            : [{ name: "log" as const, title: "Log", content: <LogTab instance={instance} /> }]),
          {
            name: "settings",
            title: run.kind === "address" ? "Ports" : "Limits and ports",
            content: (
              <div className="flex flex-col gap-5">
                <SettingsTab instance={instance} />
                <TagsOf type="Instance" name={name} />
              </div>
            ),
          },
        ]}
      />
    </>
  );
}

function Actions({ instance: { name, run, desired } }: { readonly instance: Instance }) {
  const openPlan = usePlan();
  const deletion = useDeleteChoice("instances", { action: "delete-instance", name });
  const isOurs = run.kind !== "address";
  const [stop, start] = [
    () => openPlan({ action: "stop-instance", name }, { verb: "Stop", isDangerous: true }),
    () => openPlan({ action: "start-instance", name }, { verb: "Start" }),
  ];
  return (
    <>
      {isOurs &&
        (desired === "running" ? (
          <Button icon={<Square size={16} aria-hidden />} onClick={stop}>
            Stop
          </Button>
        ) : (
          <Button purpose="primary" icon={<Play size={16} aria-hidden />} onClick={start}>
            Start
          </Button>
        ))}
      {isOurs && (
        <Button
          icon={<RotateCcw size={16} aria-hidden />}
          disabled={desired !== "running"}
          onClick={() => openPlan({ action: "reboot-instance", name }, { verb: "Reboot" })}
        >
          Reboot
        </Button>
      )}
      <MoreMenu
        name={name}
        choices={[
          ...(isOurs && desired === "running"
            ? [
                {
                  label: "Stop at once",
                  icon: <Square size={16} aria-hidden />,
                  isDangerous: true,
                  onChoose: () =>
                    openPlan(
                      { action: "stop-instance", name, force: true },
                      { verb: "Stop at once", isDangerous: true },
                    ),
                },
                "line" as const,
              ]
            : []),
          deletion,
        ]}
      />
    </>
  );
}

/** Why it does not run, or not as it should, where that is so. */
function Problem({
  instance: { name, state, reason, unlimited, closedPorts },
}: {
  readonly instance: Instance;
}) {
  const [cause = "", ...said] = (reason ?? "").split("\n");
  return (
    <div className="mb-5 flex flex-col gap-3 empty:hidden">
      {state === "failed" && (
        <Failure
          failure={{
            what: `${name} does not run`,
            cause: cause === "" ? "Its process ended." : cause,
            evidence: said,
            repair: (
              <>
                Mend what its{" "}
                <Link className="link" to="/instances/$name" params={{ name }} search={{ tab: "log" }}>
                  log
                </Link>{" "}
                says. It is started again by itself, after growing pauses.
              </>
            ),
            code: "instance-failed",
          }}
        />
      )}
      {unlimited !== undefined && (
        <p className="rounded-lg bg-warn-soft p-3 text-warn">
          Its limits are not in force: {visible(unlimited)}
        </p>
      )}
      {closedPorts.length > 0 && (
        <ul className="rounded-lg bg-warn-soft p-3 text-warn">
          {closedPorts.map(({ port, address, reason: why }) => (
            <li key={`${address} ${port}`}>
              Port {port} of {address} is not open: {visible(why)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function OverviewTab({ instance }: { readonly instance: Instance }) {
  const { name, names, dnsName, publicAddresses, publicPort, privateAddress, privatePort } = instance;
  const { staticIp, loadBalancers, limits, createdAt, run } = instance;
  return (
    <div className="flex flex-col gap-5">
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <Card title="Where it is">
          <Facts
            rows={[
              [
                "Public address",
                <span key="public" className="flex flex-wrap gap-x-2">
                  {publicAddresses.map(({ address }) => (
                    <Value key={address} text={address} />
                  ))}
                  <span className="text-soft">port {publicPort}</span>
                </span>,
              ],
              ["Listens at", <Value key="private" text={`${privateAddress}:${privatePort}`} />],
              staticIp !== undefined && [
                "Static IP",
                <Link key="static" className="link" {...place(["static-ips", staticIp])}>
                  {visible(staticIp)}
                </Link>,
              ],
              loadBalancers.length > 0 && [
                "Load balancers",
                <span key="balancers" className="flex flex-wrap gap-x-2">
                  {loadBalancers.map((one) => (
                    <Link key={one} className="link" {...place(["load-balancers", one])}>
                      {visible(one)}
                    </Link>
                  ))}
                </span>,
              ],
              run.kind === "command" && ["Runs in", <Value key="folder" text={run.folder} />],
              limits !== undefined && [
                "At most",
                [
                  ...(limits.cpus === undefined ? [] : [`${limits.cpus} processors`]),
                  ...(limits.memoryOctets === undefined ? [] : [octets(limits.memoryOctets)]),
                ].join(", ") || "no limit",
              ],
              ["Created", <Time key="created" at={createdAt} />],
            ]}
          />
        </Card>
        <ResourceNames resource={name} names={names} dnsName={dnsName} />
      </div>
      <ResourceRoutes resource={name} />
      <MetricPlots resource={name} />
    </div>
  );
}
