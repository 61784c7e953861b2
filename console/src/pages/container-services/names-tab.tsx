// The names that lead to a service, and the certificates that give it names of its own.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ContainerService } from "#contract";
import { certificatesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { AttachCertificate } from "../../parts/attach-certificate.tsx";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { place } from "../../parts/place.ts";
import { ResourceNames } from "../../parts/resource-names.tsx";
import { ResourceRoutes } from "../../parts/resource-routes.tsx";
import { visible } from "../../text/visible.ts";

/** The tab. */
export function NamesTab({ service }: { readonly service: ContainerService }) {
  const { name, names, dnsName, servedCertificates } = service;
  return (
    <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
      <div className="min-w-0 xl:col-span-2">
        <ResourceRoutes resource={name} />
      </div>
      <ResourceNames
        resource={name}
        names={names}
        dnsName={dnsName}
        servedCertificates={servedCertificates}
      />
      <OwnNames service={service} />
    </div>
  );
}

function OwnNames({ service: { name, publicDomainNames } }: { readonly service: ContainerService }) {
  const openPlan = usePlan();
  const all = useQuery(certificatesQuery).data?.certificates ?? [];
  const attached = Object.entries(publicDomainNames).filter(([, names]) => names.length > 0);
  const others = all.filter(
    (certificate) => certificate.status === "ISSUED" && !(certificate.name in publicDomainNames),
  );
  return (
    <Card
      title="Certificates of its own"
      about="For names whose records stand elsewhere: they are routed here as soon as they lead to this machine"
    >
      <div className="flex flex-col gap-4">
        {attached.length === 0 && <p className="text-soft">None is attached.</p>}
        <ul className="flex flex-col gap-3">
          {attached.map(([certificate, names]) => (
            <li key={certificate} className="flex flex-wrap items-start justify-between gap-2">
              <span className="min-w-0">
                <Link className="link font-medium" {...place(["certificates", certificate])}>
                  {visible(certificate)}
                </Link>
                <span className="block break-words text-soft">{visible(names.join(", "))}</span>
              </span>
              <Button
                size="small"
                purpose="danger"
                aria-label={`Detach… ${certificate}`}
                onClick={() =>
                  openPlan(
                    {
                      action: "update-container-service",
                      name,
                      publicDomainNames: { [certificate]: [] },
                    },
                    { verb: "Detach", isDangerous: true },
                  )
                }
              >
                Detach…
              </Button>
            </li>
          ))}
        </ul>
        <AttachCertificate
          label="Attach a certificate with all its names"
          others={others}
          onAttach={({ name: certificate, subjectAlternativeNames }) =>
            openPlan(
              {
                action: "update-container-service",
                name,
                publicDomainNames: { [certificate]: subjectAlternativeNames },
              },
              { verb: "Attach" },
            )
          }
        />
      </div>
    </Card>
  );
}
