// What the form of a routing policy asks about its name: what stands there, what forbids a policy, which values are no data of their type, and which
// places there are.

import { useEffect, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { NetworkTable, Rrset } from "#contract";
import { read } from "../../api/queries.ts";
import { valuesOf, type SetDraft } from "./policy-draft.ts";
import type { RecordSource } from "./record-source.ts";
import { useStaged } from "./staging.ts";

/** What stands at a name, as it is served. */
export interface There {
  /** Of the type. */
  readonly own: readonly Rrset[];
  readonly others: readonly Rrset[];
  /** True where changes of these records are staged. */
  readonly isStaged: boolean;
}

/** Finds what stands at a name; undefined while nobody knows. */
export function useThere(
  { ask, view: { version } }: RecordSource,
  zone: string,
  name: string,
  type: string,
): There | undefined {
  const [at, setAt] = useState<{ readonly name: string; readonly rrsets: readonly Rrset[] }>();
  const staged = useStaged(zone);
  useEffect(() => {
    let isStale = false;
    void ask<"at">({ type: "at", name }).then((rrsets) => {
      if (!isStale) setAt({ name, rrsets });
    });
    return () => {
      isStale = true;
    };
  }, [ask, name, version]);
  return useMemo(() => {
    if (at?.name !== name) return undefined;
    return {
      own: at.rrsets.filter((rrset) => rrset.type === type),
      others: at.rrsets.filter((rrset) => rrset.type !== type),
      isStaged: [...staged.values()].some((edit) => edit.name === name && edit.type === type),
    };
  }, [at, staged, name, type]);
}

/** What an editor has seen of RRsets, as a text to compare: not how their health is, which no editor changes. */
export function seenOf(rrsets: readonly Rrset[]): string {
  return JSON.stringify(rrsets, (member, value: unknown) => (member === "healthState" ? undefined : value));
}

/** Why there can be no policy at a name. */
export function blockerOf(there: There | undefined, name: string, type: string): string | undefined {
  if (!there) return undefined;
  const { own, others, isStaged } = there;
  const derived = [...own, ...others].find(({ origin }) => origin === "alias" || origin === "assign");
  if (derived && (own.includes(derived) || type === "A" || type === "AAAA" || type === "CNAME"))
    return `${name} is ${derived.origin === "alias" ? "an alias" : "assigned to a resource"}: its addresses follow that. Take it away first, or let a set follow the resource’s health.`;
  const other = others.find((one) => one.type === "CNAME");
  if (other) return `${name} has a CNAME, which stands alone: no ${type} can stand beside it.`;
  if (type === "CNAME" && others.length > 0)
    return `A CNAME stands alone, and at ${name} there is also ${[...new Set(others.map((one) => one.type))].join(", ")}.`;
  if (isStaged) return "Changes of these records are staged. Apply or drop them first.";
  return undefined;
}

/** Values that are no data of their type, by row; once nobody types. */
export function useRefused(
  { ask }: RecordSource,
  type: string,
  sets: readonly SetDraft[],
): ReadonlyMap<number, string> {
  const [refused, setRefused] = useState<ReadonlyMap<number, string>>(new Map());
  const texts = JSON.stringify([type, sets.map((set) => [set.row, valuesOf(set)])]);
  useEffect(() => {
    let isStale = false;
    const timer = setTimeout(() => {
      const [, rows] = JSON.parse(texts) as [string, [number, string[]][]];
      const checks = rows.flatMap(([row, values]) =>
        values.map(
          async (data) => [row, await ask<"check">({ type: "check", recordType: type, data })] as const,
        ),
      );
      void Promise.all(checks).then((found) => {
        if (isStale) return;
        const next = new Map<number, string>();
        for (const [row, problem] of found) if (problem !== null && !next.has(row)) next.set(row, problem);
        setRefused(next);
      });
    }, 150);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [ask, type, texts]);
  return refused;
}

/** Places of the table of networks. */
export function usePlaces(isWanted: boolean): readonly string[] {
  const { data } = useQuery({ ...read<NetworkTable>("network-table"), enabled: isWanted, retry: false });
  return useMemo(() => ["*", ...(data?.places ?? []).map(({ name }) => name)], [data]);
}
