// All registered domains, and the search for a new one: the name under every top-level domain, then names like it.

import { useEffect, useState } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Lock, RefreshCw, Search } from "lucide-react";
import type { Domain, DomainSearch, FoundName } from "#contract";
import { request } from "../../api/client.ts";
import { domainsQuery, meQuery } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead, Skeleton } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Reading } from "../../parts/reading.tsx";
import { ReadFailure } from "../../parts/failure.tsx";
import { Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";
import { wordOf } from "./domain-words.ts";
import { RegisterDialog } from "./register-dialog.tsx";

const route = getRouteApi("/domains");
/** Milliseconds without another letter after which is searched. */
const calmMs = 150;

/** The page. */
export function DomainsPage() {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(domainsQuery);
  const { data: me } = useQuery(meQuery);
  const [registering, setRegistering] = useState<string>();
  const mayWrite = me?.role !== "viewer";
  return (
    <>
      <PageHead
        title="Domains"
        about="Names that are registered in this platform’s registry. Each brings its zone and four name servers."
      />
      <div className="flex flex-col gap-5">
        <SearchBox
          text={q}
          onSearch={(text) => void navigate({ search: text === "" ? {} : { q: text }, replace: true })}
        />
        {q !== "" && <Results text={q} onRegister={mayWrite ? setRegistering : undefined} />}
        <Card title="Registered" isFlush>
          <Reading of={query}>{({ domains }) => <DomainTable domains={domains} />}</Reading>
        </Card>
      </div>
      {registering !== undefined && (
        <RegisterDialog key={registering} name={registering} onClose={() => setRegistering(undefined)} />
      )}
    </>
  );
}

function SearchBox({ text, onSearch }: { readonly text: string; readonly onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onSearch(typed.trim()), calmMs);
    return () => clearTimeout(timer);
    // What is in the URL follows what is typed, not the other way round.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [typed]);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(typed.trim());
      }}
    >
      <span className="relative block">
        <Search
          size={20}
          className="pointer-events-none absolute top-1/2 left-4 -translate-y-1/2 text-soft"
          aria-hidden
        />
        <input
          type="search"
          aria-label="Find a name to register"
          placeholder="Find a name: shop, shop.test, münchen …"
          value={typed}
          spellCheck={false}
          autoCapitalize="none"
          onChange={({ target }) => setTyped(target.value)}
          className="h-13 w-full rounded-card border border-line-strong bg-surface pr-4 pl-12 text-lg shadow-card placeholder:text-soft"
        />
      </span>
    </form>
  );
}

function Results({
  text,
  onRegister,
}: {
  readonly text: string;
  readonly onRegister: ((name: string) => void) | undefined;
}) {
  const query = useQuery({
    queryKey: ["domains", "search", text],
    queryFn: ({ signal }) =>
      request<DomainSearch>("GET", `/v1/domains/search?query=${encodeURIComponent(text)}`, undefined, signal),
    placeholderData: keepPreviousData,
  });
  if (query.error && !query.data)
    return <ReadFailure error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton lines={4} />;
  const { results } = query.data;
  const exact = results.filter(({ isExact }) => isExact);
  const others = results.filter(({ isExact }) => !isExact);
  return (
    <Card title="Found" isFlush>
      {results.length === 0 ? (
        <Empty title="No name like that">
          Write a label of letters, digits and hyphens, or a whole name.
        </Empty>
      ) : (
        <>
          <FoundList label="The name itself" names={exact} onRegister={onRegister} isLarge />
          {others.length > 0 && (
            <>
              <h3 className="border-t border-line bg-sunken px-4 py-1.5 text-sm font-medium text-soft">
                Names like it
              </h3>
              <FoundList label="Names like it" names={others} onRegister={onRegister} />
            </>
          )}
        </>
      )}
    </Card>
  );
}

function FoundList({
  label,
  names,
  onRegister,
  isLarge = false,
}: {
  readonly label: string;
  readonly names: readonly FoundName[];
  readonly onRegister: ((name: string) => void) | undefined;
  readonly isLarge?: boolean;
}) {
  return (
    <ul aria-label={label} className={isLarge ? "border-t border-line" : "grid sm:grid-cols-2"}>
      {names.map((found) => (
        <li
          key={found.name}
          className="flex min-h-13 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 last:border-b-0"
        >
          <span className={isLarge ? "text-lg font-semibold break-all" : "font-medium break-all"}>
            {visible(found.unicodeName ?? found.name)}
          </span>
          {found.unicodeName !== undefined && (
            <span className="text-sm text-soft">{visible(found.name)}</span>
          )}
          <Availability found={found} />
          {found.isAvailable ? (
            <span className="ml-auto flex items-center gap-3">
              <span className="text-sm text-soft">0 / year</span>
              {onRegister && (
                <Button
                  size="small"
                  purpose={isLarge ? "primary" : "plain"}
                  aria-label={`Register ${found.name}`}
                  onClick={() => onRegister(found.name)}
                >
                  Register
                </Button>
              )}
            </span>
          ) : (
            <span className="ml-auto text-sm text-soft">
              {found.takenSince !== undefined && (
                <>
                  since <Time at={found.takenSince} isExact />
                </>
              )}
              {found.freeFrom !== undefined && (
                <>
                  {" · "}free again <Time at={found.freeFrom} />
                </>
              )}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Availability({ found: { availability, reason } }: { readonly found: FoundName }) {
  const [tone, word] = (
    {
      AVAILABLE: ["good", "available"],
      UNAVAILABLE: ["neutral", "taken"],
      RESERVED: ["warn", "reserved"],
      INVALID_NAME_FOR_TLD: ["bad", "no name"],
      DONT_KNOW: ["neutral", "another registry’s"],
    } as const
  )[availability];
  return (
    <Chip tone={tone} {...(reason === undefined ? {} : { title: visible(reason) })}>
      {word}
    </Chip>
  );
}

function DomainTable({ domains }: { readonly domains: readonly Domain[] }) {
  return (
    <Table<Domain>
      label="Registered domains"
      rows={domains}
      keyOf={({ name }) => name}
      empty={
        <Empty title="No domain is registered yet">
          Find a name above. With it come its zone, four name servers and its place in the registry.
        </Empty>
      }
      columns={[
        {
          title: "Domain",
          sortBy: ({ name }) => name,
          cell: ({ name, unicodeName }) => (
            <Link to="/domains/$name" params={{ name }} className="link font-medium break-all">
              {visible(unicodeName ?? name)}
            </Link>
          ),
        },
        {
          title: "State",
          cell: (domain) => {
            const [tone, word] = wordOf(domain);
            return (
              <span className="inline-flex flex-wrap gap-1.5">
                <Chip tone={tone} withDot>
                  {word}
                </Chip>
                {domain.isLocked && (
                  <Chip title="It cannot be transferred to another registrar">
                    <Lock size={12} aria-hidden /> locked
                  </Chip>
                )}
              </span>
            );
          },
        },
        {
          title: "Expires",
          sortBy: ({ expiresAt }) => expiresAt,
          cell: ({ expiresAt, autoRenew }) => (
            <span className="inline-flex items-center gap-1.5">
              <Time at={expiresAt} />
              {autoRenew && (
                <span className="text-soft" title="It renews itself">
                  <RefreshCw size={14} aria-hidden />
                  <span className="sr-only">renews itself</span>
                </span>
              )}
            </span>
          ),
        },
        {
          title: "Name servers",
          className: "max-lg:hidden",
          cell: ({ nameServers }) => (
            <span className="text-sm text-soft" title={nameServers.join("\n")}>
              {nameServers[0] === undefined
                ? "none"
                : `${visible(nameServers[0])}${nameServers.length > 1 ? ` and ${nameServers.length - 1} more` : ""}`}
            </span>
          ),
        },
        {
          title: "Zone",
          cell: ({ name, hasZone }) =>
            hasZone ? (
              <Link to="/zones/$zone" params={{ zone: name }} className="link">
                Records
              </Link>
            ) : (
              <span className="text-soft">none here</span>
            ),
        },
      ]}
    />
  );
}
