// How a service does now: where it is opened, its nodes with what each does, how large it is, and what was measured.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { ExternalLink, TriangleAlert } from "lucide-react";
import type { CheckHistory, ContainerNode, ContainerService, TargetChecks } from "#contract";
import { at, request } from "../../api/client.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, Facts } from "../../parts/card.tsx";
import { CheckList, CheckTicks } from "../../parts/check-history.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Value } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { MetricPlots } from "../../parts/metric-plots.tsx";
import { Time } from "../../parts/time.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { PowerFields, scaleProblem } from "./power-fields.tsx";
import { nodeWords } from "./state-words.ts";

/** The tab. */
export function Overview({ service }: { readonly service: ContainerService }) {
  const { name, problem, stateDetail, nodes, currentDeployment, nextDeployment } = service;
  const checks = useQuery({
    queryKey: ["container-services", name, "checks"],
    queryFn: ({ signal }) =>
      request<CheckHistory>("GET", at("container-services", name, "checks"), undefined, signal),
    refetchInterval: checkMs,
    meta: { followsChanges: false },
  });
  const checksOf = new Map(checks.data?.targets.map((target) => [target.id, target.checks]));
  return (
    <div className="flex flex-col gap-5">
      {(problem ?? (nextDeployment && stateDetail?.message)) !== undefined && (
        <div
          role={problem === undefined ? undefined : "alert"}
          className={`flex gap-2 rounded-card p-3.5 ${problem === undefined ? "bg-accent-soft text-accent" : "bg-warn-soft text-warn"}`}
        >
          {problem !== undefined && <TriangleAlert size={17} className="mt-0.5 shrink-0" aria-hidden />}
          <span className="min-w-0 break-words">{visible(problem ?? stateDetail?.message ?? "")}</span>
        </div>
      )}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,26rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="Where visitors come in">
            <Facts
              rows={[
                [
                  "Open",
                  <a key="url" className="link inline-flex items-center gap-1 break-all" href={service.url}>
                    {visible(service.url)} <ExternalLink size={14} className="shrink-0" aria-hidden />
                  </a>,
                ],
                currentDeployment?.publicEndpoint && [
                  "Served by",
                  `${visible(currentDeployment.publicEndpoint.containerName)}, port ${currentDeployment.publicEndpoint.containerPort}`,
                ],
                [
                  "Version",
                  currentDeployment ? (
                    <span key="version">
                      {currentDeployment.version}, of <Time at={currentDeployment.createdAt} />
                    </span>
                  ) : (
                    "none yet"
                  ),
                ],
                [
                  "Addresses",
                  <span key="addresses" className="flex flex-wrap gap-x-3">
                    {service.publicAddresses.map(({ address }) => (
                      <Value key={address} text={address} />
                    ))}
                  </span>,
                ],
              ]}
            />
          </Card>
          <SizeCard service={service} />
        </div>
        <Card title="Nodes" about={`${counted(nodes.length, "replica")} of what is deployed`}>
          {nodes.length === 0 ? (
            <Empty title="No node">
              {service.isDisabled
                ? "The service is disabled. Enable it, and its nodes are started again."
                : "Nodes are started with the first deployment."}
            </Empty>
          ) : (
            <ul className="grid gap-3 md:grid-cols-2">
              {nodes.map((node) => (
                <NodeCard key={node.id} node={node} checks={checksOf.get(node.id) ?? noChecks} />
              ))}
            </ul>
          )}
        </Card>
      </div>
      <MetricPlots resource={service.name} />
    </div>
  );
}

/** How often checks are read, in milliseconds. */
const checkMs = 2000;
const noChecks: TargetChecks["checks"] = [];

function NodeCard({
  node,
  checks,
}: {
  readonly node: ContainerNode;
  readonly checks: TargetChecks["checks"];
}) {
  const { word, tone, about } = nodeWords(node);
  return (
    <li className="min-w-0 rounded-lg border border-line p-3">
      <div className="flex items-center justify-between gap-2">
        <span className="font-medium">
          Node {node.number} <span className="font-normal text-soft">of version {node.version}</span>
        </span>
        <Chip tone={tone} withDot title={about}>
          {word}
        </Chip>
      </div>
      <p className="text-sm text-soft">
        {about}
        {node.stage === "serving" && node.health !== undefined && (
          <>; {counted(node.requestsUnderWay, "request")} under way</>
        )}
      </p>
      {node.healthDetail !== undefined && node.health !== "healthy" && (
        <p className="mt-1 text-sm break-words">Last check: {visible(node.healthDetail)}</p>
      )}
      {node.reason !== undefined && <Reason text={node.reason} />}
      {node.unlimited !== undefined && (
        <p className="mt-1 text-sm text-warn">Its limits are not in force: {visible(node.unlimited)}</p>
      )}
      {checks.length > 0 && (
        <div className="mt-2 flex flex-col gap-1">
          <CheckTicks name={`node ${node.number}`} checks={checks} />
          <CheckList name={`node ${node.number} of version ${node.version}`} checks={checks} />
        </div>
      )}
      <ul className="mt-2 flex flex-col gap-1 border-t border-line pt-2 text-sm">
        {node.containers.map((container) => (
          <li key={container.name} className="flex flex-wrap justify-between gap-x-3">
            <span className="min-w-0">
              <Value text={container.name} /> {container.state}
            </span>
            <span className="text-soft">
              {container.restarts > 0 && `started anew ${counted(container.restarts, "time")}`}
              {container.pid !== undefined && ` process ${container.pid}`}
            </span>
          </li>
        ))}
        {node.containers.length === 0 && (
          <li className="text-soft">The runtime has told nothing of it yet</li>
        )}
      </ul>
      <p className="mt-1 text-sm text-soft">
        <Value text={node.port === undefined ? node.address : `${node.address}:${node.port}`} />
        {node.engine !== undefined &&
          ` ${node.engine === "docker" ? "in the container engine" : "as processes of this machine"}`}
      </p>
    </li>
  );
}

/** Why something failed: a sentence, and below it the last lines of a log. */
export function Reason({ text }: { readonly text: string }) {
  const [first = "", ...lines] = text.split("\n");
  return (
    <div className="mt-1 text-sm">
      <p className="break-words text-bad">{visible(first)}</p>
      {lines.length > 0 && (
        <pre
          tabIndex={0}
          aria-label="Last lines of its log"
          className="mt-1 max-h-48 overflow-auto rounded-lg bg-sunken p-2 font-mono text-[0.82rem]"
        >
          {visible(lines.join("\n"), "\n\t")}
        </pre>
      )}
    </div>
  );
}

function SizeCard({ service }: { readonly service: ContainerService }) {
  const openPlan = usePlan();
  const [isOpen, setOpen] = useState(false);
  const [power, setPower] = useState(service.power);
  const [scale, setScale] = useState(String(service.scale));
  const isSame = power === service.power && Number(scale) === service.scale;
  return (
    <Card
      title="Size"
      actions={
        <Button
          size="small"
          onClick={() => {
            setPower(service.power);
            setScale(String(service.scale));
            setOpen(true);
          }}
        >
          Change…
        </Button>
      }
    >
      <p>
        {counted(service.scale, "node")} with the power <span className="font-medium">{service.power}</span>
      </p>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={`Size of ${service.name}`}
        about="New nodes serve once they are healthy; those that go finish their requests first."
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button
              purpose="primary"
              disabled={isSame || scaleProblem(scale) !== undefined}
              onClick={() => {
                setOpen(false);
                openPlan(
                  {
                    action: "update-container-service",
                    name: service.name,
                    ...(power === service.power ? {} : { power }),
                    ...(Number(scale) === service.scale ? {} : { scale: Number(scale) }),
                  },
                  { verb: "Change size" },
                );
              }}
            >
              Review the plan
            </Button>
          </>
        }
      >
        <PowerFields power={power} scale={scale} onPower={setPower} onScale={setScale} />
      </Dialog>
    </Card>
  );
}
