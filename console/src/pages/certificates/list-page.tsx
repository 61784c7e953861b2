// All certificates with what is wrong with them, the built-in authority, and the account at an ACME authority.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { FileUp, Plus } from "lucide-react";
import type { Certificate } from "#contract";
import { certificatesQuery } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Tabs } from "../../parts/dialog.tsx";
import { place } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { useNow } from "../../parts/time.tsx";
import { localTime } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { AcmeTab } from "./acme-tab.tsx";
import { AuthorityTab } from "./authority-tab.tsx";
import { certificateWords, daysAway, hasRenewalProblem, issuerWords } from "./certificate-words.ts";
import { ImportDialog } from "./import-dialog.tsx";
import { RequestDialog } from "./request-dialog.tsx";

const route = getRouteApi("/certificates");

/** The page. */
export function ListPage() {
  const { tab = "certificates" } = route.useSearch();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"request" | "import">();
  const close = (): void => setAsked(undefined);
  return (
    <>
      <PageHead
        title="Certificates"
        about="What browsers know your names by. Those of assigned names are requested and renewed by themselves."
        actions={
          <>
            <Button icon={<FileUp size={16} aria-hidden />} onClick={() => setAsked("import")}>
              Import
            </Button>
            <Button
              purpose="primary"
              icon={<Plus size={17} aria-hidden />}
              onClick={() => setAsked("request")}
            >
              Request a certificate
            </Button>
          </>
        }
      />
      <Tabs
        label="Certificates and authorities"
        selected={tab}
        onSelect={(next) =>
          void navigate({
            to: "/certificates",
            search: next === "certificates" ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          {
            name: "certificates",
            title: "Certificates",
            content: <All onRequest={() => setAsked("request")} />,
          },
          { name: "authority", title: "Built-in authority", content: <AuthorityTab /> },
          { name: "acme", title: "ACME account", content: <AcmeTab /> },
        ]}
      />
      <RequestDialog isOpen={asked === "request"} onClose={close} />
      <ImportDialog isOpen={asked === "import"} onClose={close} />
    </>
  );
}

function All({ onRequest }: { readonly onRequest: () => void }) {
  const certificates = useQuery(certificatesQuery);
  const now = useNow();
  return (
    <Card isFlush>
      <Reading of={certificates}>
        {({ certificates: rows }) => (
          <Table<Certificate>
            label="Certificates"
            rows={rows}
            keyOf={({ name }) => name}
            columns={[
              {
                title: "Name",
                cell: ({ name, subjectAlternativeNames, requestFailureReason, renewalSummary, ...rest }) => (
                  <span className="block min-w-0">
                    <Link className="link font-medium" {...place(["certificates", name])}>
                      {visible(name)}
                    </Link>
                    <span className="block text-sm break-words text-soft">
                      {visible(subjectAlternativeNames.join(", "))}
                    </span>
                    {(requestFailureReason ??
                      (hasRenewalProblem({
                        name,
                        subjectAlternativeNames,
                        ...rest,
                        ...(renewalSummary ? { renewalSummary } : {}),
                      })
                        ? renewalSummary?.renewalStatusReason
                        : undefined)) !== undefined && (
                      <span className="block text-sm break-words text-bad">
                        {visible(requestFailureReason ?? renewalSummary?.renewalStatusReason ?? "")}
                      </span>
                    )}
                  </span>
                ),
                sortBy: ({ name }) => name,
              },
              {
                title: "State",
                cell: (row) => {
                  const { word, tone, about } = certificateWords(row, now);
                  return (
                    <Chip tone={tone} withDot title={about}>
                      {word}
                    </Chip>
                  );
                },
              },
              {
                title: "Ends",
                cell: ({ notAfter, renewsAt, issuer }) =>
                  notAfter === undefined ? (
                    <span className="text-soft">not issued yet</span>
                  ) : (
                    <span>
                      <time dateTime={notAfter} title={localTime(notAfter)}>
                        {daysAway(notAfter, now)}
                      </time>
                      <span className="block text-sm text-soft">
                        {issuer === "imported"
                          ? "you replace it"
                          : renewsAt === undefined
                            ? "renewed by itself"
                            : `renewed ${daysAway(renewsAt, now)}`}
                      </span>
                    </span>
                  ),
                sortBy: ({ notAfter }) => notAfter ?? "",
              },
              {
                title: "Used by",
                cell: ({ usedBy }) =>
                  usedBy.length === 0 ? (
                    <span className="text-soft">nothing</span>
                  ) : (
                    <span className="break-words">
                      {visible(usedBy.slice(0, 3).join(", "))}
                      {usedBy.length > 3 && ` and ${usedBy.length - 3} more`}
                    </span>
                  ),
              },
              { title: "From", cell: ({ issuer }) => issuerWords[issuer], sortBy: ({ issuer }) => issuer },
            ]}
            empty={
              <Empty
                title="No certificate yet"
                actions={
                  <Button purpose="primary" onClick={onRequest}>
                    Request a certificate
                  </Button>
                }
              >
                Assign a name to a resource, and its certificate comes by itself. Request one here for several
                names at once, or for names whose records stand elsewhere.
              </Empty>
            }
          />
        )}
      </Reading>
    </Card>
  );
}
