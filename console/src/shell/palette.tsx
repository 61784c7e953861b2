// The palette (Control K): every page and every thing by name, and what can be done with it, from the keyboard. Before anything is typed it
// shows what can be done with the thing whose page is open, and the pages that were open last.

import { useMemo } from "react";
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import {
  assignmentsQuery,
  certificatesQuery,
  containerServicesQuery,
  distributionsQuery,
  domainsQuery,
  instancesQuery,
  loadBalancersQuery,
  staticIpsQuery,
  zonesQuery,
} from "../api/queries.ts";
import { usePlan } from "../commands/plan-context.ts";
import { visible } from "../text/visible.ts";
import { actionsOf, type Action } from "./actions.ts";
import { recentPages } from "./arrival.ts";
import { navigation } from "./navigation.ts";

/** Something the palette leads to, or does. */
interface Choice {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Path below /console, with its search. */
  readonly href?: string;
  readonly action?: Action;
}

/** Most choices that are shown at a time. */
const most = 12;

/** The palette. */
export function Palette({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog.Root
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Dialog.Popup className="fixed top-[12dvh] left-1/2 z-40 flex max-h-[70dvh] w-[min(38rem,calc(100vw-2rem))] -translate-x-1/2 flex-col overflow-hidden rounded-2xl border border-line bg-surface shadow-card outline-none">
          <Dialog.Title className="sr-only">Search and do</Dialog.Title>
          {isOpen && <Choices onClose={onClose} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Choices({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const openPlan = usePlan();
  const choices = useChoices();
  const go = ({ href, action }: Choice): void => {
    onClose();
    if (action) openPlan(action.command, action.options);
    else if (href !== undefined) void navigate({ href: `/console${href}` });
  };
  return (
    <Autocomplete.Root
      open
      inline
      items={choices}
      itemToStringValue={(choice: Choice) => `${choice.title} ${choice.about}`}
      limit={most}
      autoHighlight="always"
    >
      <Autocomplete.Input
        aria-label="Search and do"
        placeholder="A name, a resource, something to do …"
        className="h-13 w-full border-b border-line bg-transparent px-5 text-base outline-none placeholder:text-soft"
      />
      <Autocomplete.Empty className="empty:hidden px-5 py-6 text-soft">
        Nothing has that name.
      </Autocomplete.Empty>
      <Autocomplete.List className="overflow-y-auto p-2 outline-none empty:hidden">
        {(choice: Choice) => (
          <Autocomplete.Item
            key={choice.id}
            value={choice}
            onClick={() => go(choice)}
            className="flex cursor-pointer items-baseline justify-between gap-4 rounded-lg px-3 py-2 outline-none data-highlighted:bg-accent-soft"
          >
            <span className="min-w-0 truncate">{visible(choice.title)}</span>
            <span className="shrink-0 text-sm text-soft">{choice.about}</span>
          </Autocomplete.Item>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

const actions: readonly Choice[] = (
  [
    ["Register a domain", "/domains"],
    ["Import a zone file", "/zones"],
    ["Assign a name to a resource", "/assign"],
    ["Trace a visit", "/traces"],
    ["Create an instance", "/instances/create"],
    ["Create a load balancer", "/load-balancers/create"],
    ["Create a distribution", "/distributions/create"],
    ["Create a container service", "/container-services/create"],
    ["Request a certificate", "/certificates"],
    ["Create a key", "/keys"],
    ["Undo a change", "/history"],
  ] as const
).map(([title, href]) => ({ id: `do ${title}`, title, about: "Action", href }));

function useChoices(): readonly Choice[] {
  const domains = useQuery(domainsQuery).data?.domains;
  const zones = useQuery(zonesQuery).data?.zones;
  const assignments = useQuery(assignmentsQuery).data?.assignments;
  const instances = useQuery(instancesQuery).data?.instances;
  const staticIps = useQuery(staticIpsQuery).data?.staticIps;
  const loadBalancers = useQuery(loadBalancersQuery).data?.loadBalancers;
  const distributions = useQuery(distributionsQuery).data?.distributions;
  const containerServices = useQuery(containerServicesQuery).data?.containerServices;
  const certificates = useQuery(certificatesQuery).data?.certificates;
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return useMemo(() => {
    const things = (
      about: string,
      folder: string,
      list: readonly { readonly name: string }[] = [],
    ): Choice[] =>
      list.map(({ name }) => ({
        id: `${folder} ${name}`,
        title: name,
        about,
        href: `/${folder}/${encodeURIComponent(name)}`,
      }));
    const done = actionsOf({
      domains,
      instances,
      staticIps,
      distributions,
      containerServices,
      certificates,
    });
    const isHere = ({ of: [folder, name] }: Action): boolean =>
      path.startsWith(`/console/${folder}/${encodeURIComponent(name)}`) ||
      path.startsWith(`/${folder}/${encodeURIComponent(name)}`);
    const asChoice = (action: Action): Choice => ({
      id: `do ${action.title}`,
      title: action.title,
      about: isHere(action) ? "On this page" : "Action",
      action,
    });
    return [
      ...done.filter(isHere).map(asChoice),
      ...recentPages()
        .slice(1)
        .map(({ title, href }) => ({ id: `recent ${href}`, title, about: "Open before", href })),
      ...actions,
      ...navigation.flatMap(({ entries }) =>
        entries.map(({ title, to }) => ({
          id: `page ${to}`,
          title,
          about: "Page",
          href: to,
        })),
      ),
      ...things("Domain", "domains", domains),
      ...things("Zone", "zones", zones),
      ...(assignments ?? []).map(({ name, certificate }) => ({
        id: `trace ${name}`,
        title: `Trace ${name}`,
        about: "Trace",
        href: `/traces?url=${encodeURIComponent(`${certificate === undefined ? "http" : "https"}://${name}/`)}`,
      })),
      ...things("Instance", "instances", instances),
      ...things("Static IP", "static-ips", staticIps),
      ...things("Load balancer", "load-balancers", loadBalancers),
      ...things("Distribution", "distributions", distributions),
      ...things("Container service", "container-services", containerServices),
      ...things("Certificate", "certificates", certificates),
      ...done.filter((action) => !isHere(action)).map(asChoice),
    ];
  }, [
    domains,
    zones,
    assignments,
    instances,
    staticIps,
    loadBalancers,
    distributions,
    containerServices,
    certificates,
    path,
  ]);
}
