// The names that lead to a load balancer, and the certificates that it serves: those of its names come by themselves, more can be attached.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Trash2 } from "lucide-react";
import type { LoadBalancer } from "#contract";
import { certificatesQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { SelectField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { ResourceNames } from "../../parts/resource-names.tsx";
import { visible } from "../../text/visible.ts";

/** The tab. */
export function NamesTab({ balancer }: { readonly balancer: LoadBalancer }) {
  const { name, names, dnsName, servedCertificates } = balancer;
  return (
    <div className="grid items-start gap-5 xl:grid-cols-2">
      <ResourceNames
        resource={name}
        names={names}
        dnsName={dnsName}
        servedCertificates={servedCertificates}
      />
      <Certificates balancer={balancer} />
    </div>
  );
}

function Certificates({ balancer: { name, certificates } }: { readonly balancer: LoadBalancer }) {
  const openPlan = usePlan();
  const known = useQuery(certificatesQuery).data?.certificates ?? [];
  const others = known.filter((one) => !certificates.includes(one.name));
  const [chosen, setChosen] = useState("");
  return (
    <Card
      title="Attached certificates"
      about="For visitors whose name no assigned name's certificate covers; the first one is the default"
    >
      <ul aria-label="Attached certificates" className="flex flex-col divide-y divide-line">
        {certificates.map((certificate, i) => (
          <li key={certificate} className="flex items-center justify-between gap-3 py-1.5">
            <span className="flex min-w-0 items-center gap-2">
              <Link className="link break-words" {...place(["certificates", certificate])}>
                {visible(certificate)}
              </Link>
              {i === 0 && <Chip>default</Chip>}
            </span>
            <span className="flex items-center">
              {i > 0 && (
                <Button
                  size="small"
                  purpose="quiet"
                  onClick={() =>
                    openPlan(
                      { action: "attach-certificate", loadBalancer: name, certificate, isDefault: true },
                      { verb: "Make it the default" },
                    )
                  }
                >
                  Make default
                </Button>
              )}
              <IconButton
                label={`Detach certificate ${certificate}`}
                onClick={() =>
                  openPlan(
                    { action: "detach-certificate", loadBalancer: name, certificate },
                    { verb: "Detach", isDangerous: true },
                  )
                }
              >
                <Trash2 size={16} aria-hidden />
              </IconButton>
            </span>
          </li>
        ))}
        {certificates.length === 0 && (
          <li className="py-1.5 text-soft">None. Names that are assigned bring their own.</li>
        )}
      </ul>
      {others.length > 0 && (
        <form
          className="mt-4 flex items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            openPlan(
              { action: "attach-certificate", loadBalancer: name, certificate: chosen },
              { verb: "Attach", onApplied: () => setChosen("") },
            );
          }}
        >
          <div className="min-w-0 flex-1">
            <SelectField
              label="Certificate"
              value={chosen}
              options={[
                { value: "", label: "Choose one" },
                ...others.map((one) => ({
                  value: one.name,
                  label: visible(one.name),
                  about: visible(one.domainName),
                })),
              ]}
              onChange={setChosen}
            />
          </div>
          <Button type="submit" icon={<Plus size={16} aria-hidden />} disabled={chosen === ""}>
            Attach
          </Button>
        </form>
      )}
    </Card>
  );
}
