// The names that lead to a resource, and how another one is made to: the same on the page of every resource.

import { Link } from "@tanstack/react-router";
import { Link2 } from "lucide-react";
import { visible } from "../text/visible.ts";
import { ButtonLink } from "./button.tsx";
import { Card } from "./card.tsx";
import { CopyButton, Value } from "./code.tsx";
import { place } from "./place.ts";

/** A card with the names of a resource; each leads to its trace. */
export function ResourceNames({
  resource,
  names,
  dnsName,
  servedCertificates = [],
}: {
  /** The resource's own name. */
  readonly resource: string;
  /** Names assigned to it. */
  readonly names: readonly string[];
  /** Its name in the platform's own zone. */
  readonly dnsName: string;
  /** Names of certificates that it is served with. */
  readonly servedCertificates?: readonly string[];
}) {
  return (
    <Card
      title="Names"
      about="What visitors open to come here"
      actions={
        <ButtonLink size="small" icon={<Link2 size={15} aria-hidden />} {...place("assign", { resource })}>
          Assign a name
        </ButtonLink>
      }
    >
      <ul className="flex flex-col gap-2">
        {names.map((name) => (
          <li key={name} className="flex flex-wrap items-center justify-between gap-x-4">
            <span className="min-w-0 font-medium break-words">{visible(name)}</span>
            <Link
              className="link text-sm"
              {...place("traces", { url: `${servedCertificates.length > 0 ? "https" : "http"}://${name}/` })}
            >
              Trace it
            </Link>
          </li>
        ))}
        {names.length === 0 && (
          <li className="text-soft">
            No name of yours leads here yet. Assign one, and its records follow this resource from then on.
          </li>
        )}
        <li className="mt-1 border-t border-line pt-2">
          <span className="block text-sm text-soft">Its own name, always there</span>
          <span className="flex flex-wrap items-center justify-between gap-x-2">
            <Value text={dnsName} className="break-all" />
            <CopyButton text={dnsName} />
          </span>
        </li>
        {servedCertificates.length > 0 && (
          <li>
            <span className="block text-sm text-soft">Certificates that it is served with</span>
            {servedCertificates.map((certificate, i) => (
              <span key={certificate}>
                {i > 0 && ", "}
                <Link className="link" {...place(["certificates", certificate])}>
                  {visible(certificate)}
                </Link>
              </span>
            ))}
          </li>
        )}
      </ul>
    </Card>
  );
}
