// How the health is that sets of a routing policy follow, as it goes on: no change tells of it, so it is asked for while it is seen.

import { createContext, useContext, useMemo } from "react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Rrset, SetHealthList, SetHealthState } from "#contract";
import { request } from "../../api/client.ts";
import { keyOf } from "./record-model.ts";

/** Milliseconds between two readings. */
const readMs = 2000;

const healthQuery = queryOptions({
  queryKey: ["health-checks"],
  queryFn: ({ signal }) => request<SetHealthList>("GET", "/v1/health-checks", undefined, signal),
  refetchInterval: readMs,
  meta: { followsChanges: false },
});

/** What is known of a set's health. */
export type KnownHealth = Pick<SetHealthState, "state" | "detail" | "since">;
type HealthByKey = ReadonlyMap<string, KnownHealth>;

const none: HealthByKey = new Map();

/** The health of all sets that follow some, by {@link keyOf}. @param isSeen  false: nobody looks, and nothing is asked */
export function useSetHealth(isSeen: boolean): HealthByKey {
  const { data } = useQuery({ ...healthQuery, enabled: isSeen });
  return useMemo(
    () =>
      new Map((data?.checks ?? []).flatMap((check) => check.sets.map((set) => [keyOf(set), check] as const))),
    [data],
  );
}

/** Where rows of the table find it. */
export const SetHealthContext = createContext<HealthByKey>(none);

/** The health of a set in a row: as it is now, else as it was when the zone was read; undefined where it follows none. */
export function useHealthOf(set: Rrset): KnownHealth | undefined {
  const known = useContext(SetHealthContext).get(keyOf(set));
  if (set.health === undefined) return undefined;
  return known ?? { state: set.healthState ?? "unknown" };
}
