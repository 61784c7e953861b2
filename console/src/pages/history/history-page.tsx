// The history: who changed what and when, the latest first. What is looked for stands in the URL.

import { useEffect, useState, type FormEvent } from "react";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { usersQuery } from "../../api/identity.ts";
import { meQuery, zonesQuery } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { ChangeList } from "../../parts/change-list.tsx";
import { TextField } from "../../parts/field.tsx";
import { actionWords } from "./action-words.ts";
import type { HistorySearch } from "./routes.ts";

const route = getRouteApi("/history");

/** The page. */
export function HistoryPage() {
  const search = route.useSearch();
  const isFiltered = Object.keys(search).length > 0;
  return (
    <>
      <PageHead
        title="History"
        about="Everything that was changed, by whom, and the way back. Nothing is ever taken out of it."
      />
      <Filters search={search} />
      <Card isFlush>
        <ChangeList asked={search}>
          <Empty title={isFiltered ? "No change is like that" : "Nothing was changed yet"}>
            {isFiltered
              ? "Names are whole: shop.test, web, www.shop.test A."
              : "What you and others change appears here, each with its undo."}
          </Empty>
        </ChangeList>
      </Card>
    </>
  );
}

function Filters({ search }: { readonly search: HistorySearch }) {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(search);
  const me = useQuery(meQuery).data;
  const zones = useQuery(zonesQuery).data?.zones ?? [];
  const users = useQuery({ ...usersQuery, enabled: me?.role === "owner" }).data?.users ?? [];
  useEffect(() => setDraft(search), [search]);
  const apply = (next: HistorySearch): void => {
    const given = Object.fromEntries(Object.entries(next).filter(([, value]) => value)) as HistorySearch;
    void navigate({ to: "/history", search: given });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    apply(draft);
  };
  const field = (name: keyof HistorySearch, label: string, list: readonly string[], hint: string) => (
    <>
      <TextField
        label={label}
        placeholder={hint}
        value={draft[name] ?? ""}
        list={`history-${name}`}
        spellCheck={false}
        autoComplete="off"
        onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
        onBlur={() => {
          if ((draft[name] ?? "") !== (search[name] ?? "")) apply(draft);
        }}
      />
      <datalist id={`history-${name}`}>
        {list.map((value) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </>
  );
  const actors = [
    ...new Set([
      ...(me ? [me.actor] : []),
      ...users.map(({ email }) => `user:${email}`),
      "platform",
      "platform:validation",
    ]),
  ];
  return (
    <form
      role="search"
      aria-label="Filter the history"
      onSubmit={submit}
      className="mb-4 grid grid-cols-2 items-end gap-3 lg:grid-cols-[repeat(4,minmax(0,1fr))_auto]"
    >
      {field("actor", "By", actors, "user:ada@example.org")}
      {field(
        "zone",
        "Zone",
        zones.map(({ name }) => name),
        "shop.test",
      )}
      {field("resource", "What", [], "web")}
      {field("action", "Done", Object.keys(actionWords), "assign")}
      <div className="col-span-2 flex gap-2 lg:col-span-1">
        <Button type="submit">Filter</Button>
        {Object.keys(search).length > 0 && (
          <Button purpose="quiet" icon={<X size={16} aria-hidden />} onClick={() => apply({})}>
            Show all
          </Button>
        )}
      </div>
    </form>
  );
}
