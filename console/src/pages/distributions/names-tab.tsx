// The names that lead to a distribution, where it answers, and the certificate that gives it names of its own.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Distribution } from "#contract";
import { certificatesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { SelectField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { ResourceNames } from "../../parts/resource-names.tsx";
import { ResourceRoutes } from "../../parts/resource-routes.tsx";
import { visible } from "../../text/visible.ts";

/** The tab. */
export function NamesTab({ distribution }: { readonly distribution: Distribution }) {
  const { name, names, dnsName, servedCertificates, publicAddresses, publicPorts } = distribution;
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
      <CertificateCard distribution={distribution} />
      <Card title="Where it answers">
        <Facts
          rows={[
            [
              "Addresses",
              <span key="addresses" className="flex flex-wrap gap-x-3">
                {publicAddresses.map(({ address }) => (
                  <Value key={address} text={address} />
                ))}
              </span>,
            ],
            ["Ports", publicPorts.join(", ")],
          ]}
        />
      </Card>
    </div>
  );
}

function CertificateCard({
  distribution: { name, certificateName, alternativeDomainNames },
}: {
  readonly distribution: Distribution;
}) {
  const openPlan = usePlan();
  const [chosen, setChosen] = useState<string>();
  const all = useQuery(certificatesQuery).data?.certificates ?? [];
  const others = all.filter(
    (certificate) => certificate.status === "ISSUED" && certificate.name !== certificateName,
  );
  const choice = chosen ?? others[0]?.name;
  return (
    <Card
      title="Certificate of its own"
      about="Only for names that are not assigned here: an assigned name brings its own certificate"
      actions={
        certificateName !== undefined && (
          <Button
            size="small"
            purpose="danger"
            onClick={() =>
              openPlan(
                { action: "detach-distribution-certificate", distribution: name },
                { verb: "Detach", isDangerous: true },
              )
            }
          >
            Detach…
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {certificateName === undefined ? (
          <p className="text-soft">None is attached.</p>
        ) : (
          <Facts
            rows={[
              [
                "Attached",
                <Link key="name" className="link" {...place(["certificates", certificateName])}>
                  {visible(certificateName)}
                </Link>,
              ],
              ["Its names", visible(alternativeDomainNames.join(", "))],
            ]}
          />
        )}
        {choice === undefined ? (
          <p className="text-sm text-soft">
            There is no other issued certificate to attach.{" "}
            <Link className="link" {...place("certificates")}>
              Request one
            </Link>
            .
          </p>
        ) : (
          <div className="flex flex-wrap items-end gap-2">
            <SelectField
              label={certificateName === undefined ? "Attach" : "Attach in its place"}
              className="min-w-48 flex-1"
              value={choice}
              options={others.map((certificate) => ({
                value: certificate.name,
                label: visible(certificate.name),
                about: visible(certificate.subjectAlternativeNames.join(", ")),
              }))}
              onChange={setChosen}
            />
            <Button
              onClick={() =>
                openPlan(
                  { action: "attach-distribution-certificate", distribution: name, certificate: choice },
                  { verb: "Attach" },
                )
              }
            >
              Attach…
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
