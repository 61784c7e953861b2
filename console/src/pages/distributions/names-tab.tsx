// The names that lead to a distribution, where it answers, and the certificate that gives it names of its own.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Distribution } from "#contract";
import { certificatesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { AttachCertificate } from "../../parts/attach-certificate.tsx";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
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
  const all = useQuery(certificatesQuery).data?.certificates ?? [];
  const others = all.filter(
    (certificate) => certificate.status === "ISSUED" && certificate.name !== certificateName,
  );
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
        <AttachCertificate
          label={certificateName === undefined ? "Attach" : "Attach in its place"}
          others={others}
          onAttach={({ name: certificate }) =>
            openPlan(
              { action: "attach-distribution-certificate", distribution: name, certificate },
              { verb: "Attach" },
            )
          }
        />
      </div>
    </Card>
  );
}
