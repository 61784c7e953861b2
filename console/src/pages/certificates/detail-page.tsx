// One certificate: how it stands and until when, what proves its names, what uses it, its chain.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FileUp, RefreshCw } from "lucide-react";
import type { Certificate } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CodeBlock, Value } from "../../parts/code.tsx";
import { Failure } from "../../parts/failure.tsx";
import { MoreMenu, ReadingResource, ResourceHead, useDeleteChoice } from "../../parts/resource-page.tsx";
import { TagsOf } from "../../parts/tags-of.tsx";
import { Time, useNow } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { certificateWords, daysAway, hasRenewalProblem, issuerWords } from "./certificate-words.ts";
import { ImportDialog } from "./import-dialog.tsx";
import { Uses } from "./uses.tsx";
import { ValidationCard } from "./validation.tsx";

const route = getRouteApi("/certificates/$name");

/** Milliseconds between two looks at one that is not issued yet, and at others: what proves names comes with no event. */
const [waitingMs, calmMs] = [2000, 15_000];

/** The page. */
export function DetailPage() {
  const { name } = route.useParams();
  const certificate = useQuery({
    ...read<Certificate>("certificates", name),
    refetchInterval: ({ state: { data } }) => (data?.status === "PENDING_VALIDATION" ? waitingMs : calmMs),
  });
  return (
    <ReadingResource of={certificate} list="certificates" name={name}>
      {(data) => <Whole certificate={data} />}
    </ReadingResource>
  );
}

function Whole({ certificate }: { readonly certificate: Certificate }) {
  const { name, issuer, requestFailureReason, usedBy, renewalSummary, domainValidationRecords } = certificate;
  const now = useNow();
  const openPlan = usePlan();
  const [isImporting, setImporting] = useState(false);
  const { word, tone, about } = certificateWords(certificate, now);
  const deletion = useDeleteChoice("certificates", { action: "delete-certificate", name });
  const forced = useDeleteChoice("certificates", { action: "delete-certificate", name, force: true });
  return (
    <>
      <ResourceHead
        list="certificates"
        name={name}
        about={
          <>
            <Chip tone={tone} withDot>
              {word}
            </Chip>
            <span>{about}</span>
          </>
        }
        actions={
          issuer === "imported" ? (
            <Button icon={<FileUp size={16} aria-hidden />} onClick={() => setImporting(true)}>
              Replace
            </Button>
          ) : (
            <Button
              icon={<RefreshCw size={16} aria-hidden />}
              onClick={() => openPlan({ action: "renew-certificate", name }, { verb: "Renew" })}
            >
              {certificate.notAfter === undefined ? "Try again now" : "Renew now"}
            </Button>
          )
        }
        more={
          <MoreMenu
            name={name}
            choices={[
              deletion,
              ...(usedBy.length > 0 ? [{ ...forced, label: "Delete though it is used" }] : []),
            ]}
          />
        }
      />
      <div className="flex flex-col gap-5">
        {requestFailureReason !== undefined && (
          <Failure
            failure={{
              what:
                certificate.notAfter === undefined
                  ? `${name} could not be issued`
                  : `${name} could not be renewed`,
              evidence: [requestFailureReason],
              heals:
                certificate.renewsAt === undefined ? undefined : (
                  <>
                    It is tried again <Time at={certificate.renewsAt} />.
                  </>
                ),
            }}
          />
        )}
        {requestFailureReason === undefined &&
          hasRenewalProblem(certificate) &&
          renewalSummary?.renewalStatusReason !== undefined && (
            <Failure
              failure={{
                what: `${name} could not be renewed yet`,
                evidence: [renewalSummary.renewalStatusReason],
                heals:
                  certificate.renewsAt === undefined ? undefined : (
                    <>
                      It is tried again <Time at={certificate.renewsAt} />.
                    </>
                  ),
              }}
            />
          )}
        {domainValidationRecords.length > 0 && <ValidationCard certificate={certificate} />}
        <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
          <Uses certificate={certificate} />
          <Times certificate={certificate} />
          <TagsOf type="Certificate" name={name} />
        </div>
        <Chain certificate={certificate} />
      </div>
      <ImportDialog isOpen={isImporting} onClose={() => setImporting(false)} replaces={name} />
    </>
  );
}

function Times({ certificate }: { readonly certificate: Certificate }) {
  const now = useNow();
  const {
    subjectAlternativeNames,
    issuer,
    issuerCA,
    keyAlgorithm,
    notBefore,
    notAfter,
    renewsAt,
    renewalSummary,
  } = certificate;
  return (
    <Card title="What it says">
      <Facts
        rows={[
          [
            "Names",
            <span key="names" className="flex flex-col">
              {subjectAlternativeNames.map((one) => (
                <Value key={one} text={one} className="break-all" />
              ))}
            </span>,
          ],
          [
            "Issued by",
            issuerCA === undefined ? issuerWords[issuer] : `${visible(issuerCA)} (${issuerWords[issuer]})`,
          ],
          notBefore !== undefined && ["Good from", <Time key="from" at={notBefore} isExact />],
          notAfter !== undefined && [
            "Good until",
            <span key="until">
              <Time at={notAfter} isExact /> ({daysAway(notAfter, now)})
            </span>,
          ],
          renewsAt !== undefined && [
            "Renewed",
            <span key="renews">by itself {daysAway(renewsAt, now)}</span>,
          ],
          renewalSummary && [
            "Last renewal",
            <span key="last">
              {renewalWords[renewalSummary.renewalStatus]}, <Time at={renewalSummary.updatedAt} />
            </span>,
          ],
          ["Key", keyAlgorithm],
        ]}
      />
    </Card>
  );
}

const renewalWords = {
  PendingAutoRenewal: "under way",
  PendingValidation: "waits for its names to be proven",
  Success: "done",
  Failed: "failed",
} as const;

function Chain({ certificate: { chain, chainCertificates = [] } }: { readonly certificate: Certificate }) {
  if (chain === undefined) return null;
  return (
    <Card title="Chain" about="What visitors are sent, the certificate itself first">
      <ol className="flex flex-col gap-3">
        {chainCertificates.map(({ subject, issuer, keyAlgorithm, notAfter, fingerprint }, i) => (
          <li key={fingerprint} className="flex gap-3">
            <span
              aria-hidden
              className="flex size-6 shrink-0 items-center justify-center rounded-full bg-sunken text-sm font-medium text-soft"
            >
              {i + 1}
            </span>
            <span className="min-w-0">
              <span className="block font-medium break-words">{visible(subject)}</span>
              <span className="block text-sm break-words text-soft">
                signed by {visible(issuer)}; {keyAlgorithm}; until <Time at={notAfter} isExact />
              </span>
              <span className="block text-sm text-soft">
                SHA-256 <Value text={fingerprint} className="break-all" />
              </span>
            </span>
          </li>
        ))}
      </ol>
      <details className="mt-4">
        <summary className="text-soft">PEM</summary>
        <div className="mt-2">
          <CodeBlock text={chain.trim()} label="Chain as PEM" />
        </div>
      </details>
    </Card>
  );
}
