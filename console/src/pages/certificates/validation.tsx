// What proves that the names of a certificate are ours: each record, who enters it where, and whether it was seen.

import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import type { Certificate, DomainValidationRecord } from "#contract";
import { Card } from "../../parts/card.tsx";
import { CopyButton, Value } from "../../parts/code.tsx";
import { visible } from "../../text/visible.ts";

/** The card. */
export function ValidationCard({ certificate }: { readonly certificate: Certificate }) {
  const { domainValidationRecords, status } = certificate;
  const isElsewhere = domainValidationRecords.some(needsHand);
  return (
    <Card
      title="What proves its names"
      about={
        isElsewhere
          ? "Enter these records where the zone is served. They stay there: renewals go through them too"
          : status === "ISSUED"
            ? "The platform entered these records by itself; renewals go through them too"
            : "The platform enters these records by itself"
      }
    >
      <ul className="flex flex-col gap-3">
        {domainValidationRecords.map((record) => (
          <Row key={record.domainName} record={record} />
        ))}
      </ul>
    </Card>
  );
}

function needsHand({ dnsRecordCreationState, validationStatus }: DomainValidationRecord): boolean {
  return dnsRecordCreationState.code === "FAILED" && validationStatus !== "SUCCESS";
}

function Row({ record }: { readonly record: DomainValidationRecord }) {
  const { domainName, resourceRecord, dnsRecordCreationState } = record;
  const { name, type, value } = resourceRecord;
  return (
    <li className={`min-w-0 rounded-lg border p-3 ${needsHand(record) ? "border-warn/50" : "border-line"}`}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <span className="font-medium break-words">{visible(domainName)}</span>
        <Seen record={record} />
      </div>
      {needsHand(record) && (
        <p className="mt-1 text-sm">
          {visible(dnsRecordCreationState.message)}. Add this record there, and it is found by itself.
        </p>
      )}
      <dl className="mt-2 flex flex-col gap-1 rounded-lg bg-sunken px-3 py-2">
        {(
          [
            ["Name", name],
            ["Type", type],
            ["Value", value],
          ] as const
        ).map(([title, text]) => (
          <div key={title} className="flex items-center gap-3">
            <dt className="w-12 shrink-0 text-sm text-soft">{title}</dt>
            <dd className="flex min-w-0 flex-1 items-center justify-between gap-2">
              <Value text={text} className="break-all" />
              {title !== "Type" && <CopyButton text={text} label="Copy" />}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function Seen({
  record: { validationStatus, dnsRecordCreationState },
}: {
  readonly record: DomainValidationRecord;
}) {
  if (validationStatus === "SUCCESS")
    return (
      <span className="inline-flex items-center gap-1.5 text-good">
        <Check size={16} aria-hidden /> seen: it is proven
      </span>
    );
  if (validationStatus === "FAILED")
    return (
      <span className="inline-flex items-center gap-1.5 text-bad">
        <CircleAlert size={16} aria-hidden /> not proven
      </span>
    );
  return (
    <span className="inline-flex items-center gap-1.5 text-soft">
      <LoaderCircle size={16} className="animate-spin" aria-hidden />
      {dnsRecordCreationState.code === "FAILED" ? "not seen yet" : "being proven"}
    </span>
  );
}
