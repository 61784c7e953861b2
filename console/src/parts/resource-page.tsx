// What the pages of all resources have in common: the way back to the list, the head with its history, the menu of what is rarely done,
// and the deletion, after which the list is shown.

import type { ReactNode } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis, Trash2 } from "lucide-react";
import type { Command } from "#contract";
import { usePlan } from "../commands/plan-context.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { PageHead } from "./card.tsx";
import { Menu, type MenuChoice } from "./dialog.tsx";
import { HistoryOf } from "./history-of.tsx";
import { place } from "./place.ts";
import { Reading } from "./reading.tsx";

/** Lists of resources, by the path of each, with what they are called. */
const lists = {
  instances: "Instances",
  "static-ips": "Static IPs",
  "load-balancers": "Load balancers",
  distributions: "Distributions",
  "container-services": "Container services",
  certificates: "Certificates",
} as const;

/** Path of a list of resources. */
export type ListPath = keyof typeof lists;

/** The way back to a list, which stands above the head of each page below it. */
export function BackTo({ list }: { readonly list: ListPath }) {
  return (
    <Link className="link" {...place(list)}>
      {lists[list]}
    </Link>
  );
}

/** The head of a resource's page. Its history comes after `actions` and before `more`. */
export function ResourceHead({
  list,
  name,
  about,
  actions,
  more,
}: {
  readonly list: ListPath;
  readonly name: string;
  /** How it stands: chips, addresses, words. */
  readonly about: ReactNode;
  readonly actions?: ReactNode;
  readonly more?: ReactNode;
}) {
  return (
    <PageHead
      above={<BackTo list={list} />}
      title={visible(name)}
      about={
        <span className="flex flex-wrap items-center gap-2" aria-live="polite">
          {about}
        </span>
      }
      actions={
        <>
          {actions}
          <HistoryOf resource={name} />
          {more}
        </>
      }
    />
  );
}

/** A resource's page once it is read; before that, and where it cannot be read, its name with the way back above what is said of that. */
export function ReadingResource<Resource>({
  of: query,
  list,
  name,
  children,
}: {
  readonly of: UseQueryResult<Resource>;
  readonly list: ListPath;
  readonly name: string;
  readonly children: (resource: Resource) => ReactNode;
}) {
  if (query.data && query.error?.status !== 404) return <>{children(query.data)}</>;
  return (
    <>
      <PageHead above={<BackTo list={list} />} title={visible(name)} />
      <Reading of={query} lines={6}>
        {() => null}
      </Reading>
    </>
  );
}

/** The menu of what is done to a resource rarely. */
export function MoreMenu({
  name,
  choices,
}: {
  readonly name: string;
  readonly choices: readonly (MenuChoice | "line")[];
}) {
  return (
    <Menu
      trigger={
        <Button icon={<Ellipsis size={17} aria-hidden />} aria-label={`More for ${name}`}>
          More
        </Button>
      }
      choices={choices}
    />
  );
}

/**
 * What takes a resource away for good: opens the plan, and goes back to the list once it is applied.
 * @param verb  what the plan's button says
 */
export function useDeletion(list: ListPath): (command: Command, verb?: string) => void {
  const openPlan = usePlan();
  const navigate = useNavigate();
  return (command, verb = "Delete") =>
    openPlan(command, { verb, isDangerous: true, onApplied: () => void navigate(place(list)) });
}

/** The same as a choice of the menu. */
export function useDeleteChoice(list: ListPath, command: Command): MenuChoice {
  const remove = useDeletion(list);
  return {
    label: "Delete",
    icon: <Trash2 size={16} aria-hidden />,
    isDangerous: true,
    onChoose: () => remove(command),
  };
}
