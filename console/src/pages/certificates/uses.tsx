// What a certificate is used by, and what else it can be attached to: load balancers, distributions and container services. Names that are
// assigned take the certificate that fits them by themselves.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Certificate, Command } from "#contract";
import {
  assignmentsQuery,
  containerServicesQuery,
  distributionsQuery,
  loadBalancersQuery,
} from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { SelectField } from "../../parts/field.tsx";
import { resourcePlace } from "../../parts/place.ts";
import { visible } from "../../text/visible.ts";

/** Something that a certificate can be attached to. */
interface Place {
  readonly type: "LoadBalancer" | "Distribution" | "ContainerService";
  readonly name: string;
  readonly isAttached: boolean;
  readonly attach: Command;
  readonly detach: Command;
}

const typeWords = {
  LoadBalancer: "Load balancer",
  Distribution: "Distribution",
  ContainerService: "Container service",
} as const;

/** The card. */
export function Uses({ certificate }: { readonly certificate: Certificate }) {
  const openPlan = usePlan();
  const places = usePlaces(certificate);
  const assignments = useQuery(assignmentsQuery).data?.assignments ?? [];
  const [chosen, setChosen] = useState<string>();
  const attached = places.filter(({ isAttached }) => isAttached);
  const free = places.filter(({ isAttached }) => !isAttached);
  const choice = free.find((one) => keyOf(one) === chosen) ?? free[0];
  const own = new Set(attached.map(({ name }) => name));
  const names = certificate.usedBy.filter((user) => !own.has(user));
  return (
    <Card title="What uses it">
      <div className="flex flex-col gap-4">
        {certificate.usedBy.length === 0 && attached.length === 0 && (
          <p className="text-soft">Nothing yet. A name that it fits takes it as soon as it is assigned.</p>
        )}
        {names.length > 0 && (
          <ul className="flex flex-col gap-1">
            {names.map((name) => {
              const assignment = assignments.find((one) => one.name === name);
              const to = assignment && resourcePlace(assignment.resourceType, assignment.resourceName);
              return (
                <li key={name} className="break-words">
                  <span className="font-medium">{visible(name)}</span>
                  {assignment && to && (
                    <span className="text-soft">
                      {" "}
                      leads to{" "}
                      <Link className="link" {...to}>
                        {visible(assignment.resourceName)}
                      </Link>
                    </span>
                  )}
                </li>
              );
            })}
          </ul>
        )}
        {attached.length > 0 && (
          <ul className="flex flex-col gap-2">
            {attached.map(({ type, name, detach }) => (
              <li key={keyOf({ type, name })} className="flex flex-wrap items-center justify-between gap-2">
                <span>
                  {typeWords[type]}{" "}
                  <Link className="link" {...resourcePlace(type, name)}>
                    {visible(name)}
                  </Link>
                </span>
                <Button
                  size="small"
                  purpose="danger"
                  aria-label={`Detach… from ${name}`}
                  onClick={() => openPlan(detach, { verb: "Detach", isDangerous: true })}
                >
                  Detach…
                </Button>
              </li>
            ))}
          </ul>
        )}
        {certificate.status === "ISSUED" && choice && (
          <div className="flex flex-wrap items-end gap-2 border-t border-line pt-3">
            <SelectField
              label="Attach it to"
              className="min-w-48 flex-1"
              value={keyOf(choice)}
              options={free.map((one) => ({
                value: keyOf(one),
                label: visible(one.name),
                about: typeWords[one.type],
              }))}
              onChange={setChosen}
            />
            <Button onClick={() => openPlan(choice.attach, { verb: "Attach" })}>Attach…</Button>
          </div>
        )}
      </div>
    </Card>
  );
}

function keyOf({ type, name }: Pick<Place, "type" | "name">): string {
  return `${type} ${name}`;
}

function usePlaces({ name: certificate, subjectAlternativeNames }: Certificate): readonly Place[] {
  const loadBalancers = useQuery(loadBalancersQuery).data?.loadBalancers ?? [];
  const distributions = useQuery(distributionsQuery).data?.distributions ?? [];
  const services = useQuery(containerServicesQuery).data?.containerServices ?? [];
  return [
    ...loadBalancers.map(({ name, certificates }): Place => ({
      type: "LoadBalancer",
      name,
      isAttached: certificates.includes(certificate),
      attach: { action: "attach-certificate", loadBalancer: name, certificate },
      detach: { action: "detach-certificate", loadBalancer: name, certificate },
    })),
    ...distributions.map(({ name, certificateName }): Place => ({
      type: "Distribution",
      name,
      isAttached: certificateName === certificate,
      attach: { action: "attach-distribution-certificate", distribution: name, certificate },
      detach: { action: "detach-distribution-certificate", distribution: name },
    })),
    ...services.map(({ name, publicDomainNames }): Place => ({
      type: "ContainerService",
      name,
      isAttached: (publicDomainNames[certificate]?.length ?? 0) > 0,
      attach: {
        action: "update-container-service",
        name,
        publicDomainNames: { [certificate]: subjectAlternativeNames },
      },
      detach: { action: "update-container-service", name, publicDomainNames: { [certificate]: [] } },
    })),
  ];
}
