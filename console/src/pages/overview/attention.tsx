// What needs somebody's attention: whatever the platform says is wrong, in one list, the worst first, each with where to look.

import { Link, type LinkProps } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import type { Domain, RoutePicture, RouteState, Status } from "#contract";
import { Card } from "../../parts/card.tsx";
import { place, resourcePlace } from "../../parts/place.ts";
import { RouteSign } from "../../parts/route-state.tsx";
import { visible } from "../../text/visible.ts";

/** One thing. */
export interface Concern {
  readonly id: string;
  readonly state: RouteState;
  readonly text: string;
  /** Where to look, and what that is called. */
  readonly to?: LinkProps;
  readonly link?: string;
}

/** Days before the end of a registration that does not renew itself. */
const noticeDays = 30;
/** Things that are listed. */
const most = 8;

/** Collects what is wrong. */
export function concernsOf(
  status: Status | undefined,
  routes: RoutePicture | undefined,
  domains: readonly Domain[] | undefined,
  now: number,
): readonly Concern[] {
  const away = (status?.roles ?? [])
    .filter(({ isConnected }) => !isConnected)
    .map(({ role }): Concern => ({
      id: `role ${role}`,
      state: "down",
      text: `The ${role} process is away. It is started again by itself; what it knew last is served meanwhile.`,
      to: place("status"),
      link: "Status",
    }));
  const names = namesWrong(routes);
  const loose = (routes?.nodes ?? [])
    .filter(
      ({ id, column, state }) =>
        column === "resource" && state === "down" && !names.some((one) => one.id === id),
    )
    .map(({ id, kind, title, problem, word }): Concern => ({
      id,
      state: "down",
      text: `${title}: ${problem ?? word}`,
      ...linkTo(resourcePlace(kind, title), "Look"),
    }));
  const certificates = (status?.certificateProblems ?? []).map(({ name, problem }): Concern => ({
    id: `certificate ${name}`,
    state: "impaired",
    text: `Certificate ${name}: ${problem}`,
    ...linkTo(resourcePlace("Certificate", name), "Certificate"),
  }));
  const alarms = (status?.alarmProblems ?? []).map(({ name, reason }): Concern => ({
    id: `alarm ${name}`,
    state: "impaired",
    text: `Alarm ${name}: ${reason}`,
    to: place("alarms"),
    link: "Alarms",
  }));
  const ending = (domains ?? []).flatMap(({ name, expiresAt, autoRenew, phase, isPlatform }): Concern[] => {
    const days = Math.floor((Date.parse(expiresAt) - now) / 86_400_000);
    if (isPlatform || (phase === "registered" && (autoRenew || days > noticeDays))) return [];
    const when = days < 0 ? "has expired" : `expires in ${days} days and does not renew itself`;
    const text =
      phase === "registered" || phase === "autoRenewPeriod"
        ? `${name} ${when}`
        : `${name} is being deleted (${phase})`;
    if (phase === "autoRenewPeriod" && autoRenew) return [];
    return [{ id: `domain ${name}`, state: "impaired", text, to: place(["domains", name]), link: "Domain" }];
  });
  return [...away, ...names, ...loose, ...certificates, ...alarms, ...ending];
}

/** Names that do not work as they should, gathered by what is wrong with them. */
function namesWrong(routes: RoutePicture | undefined): Concern[] {
  const byNode = new Map(routes?.nodes.map((node) => [node.id, node]));
  const found = new Map<string, { text: string; names: string[] }>();
  for (const { name, nodeId, text } of routes?.problems ?? []) {
    const known = found.get(`${nodeId}\n${text}`);
    if (known) known.names.push(name);
    else found.set(`${nodeId}\n${text}`, { text, names: [name] });
  }
  return [...found].map(([key, { text, names }]): Concern => {
    const nodeId = key.split("\n", 1)[0] ?? "";
    const node = byNode.get(nodeId);
    const [first = "", ...more] = names;
    const who = more.length === 0 ? first : `${first} and ${more.length} more`;
    const reach = routes?.nodes.find(({ column, title }) => column === "name" && title === first)?.reach;
    const to = node?.resourceName === undefined ? undefined : resourcePlace(node.kind, node.resourceName);
    return {
      id: nodeId,
      state: reach ?? "down",
      text: `${who}: ${text}`,
      ...(to ? { to, link: "Look" } : { to: place("traces", { url: `http://${first}/` }), link: "Trace it" }),
    };
  });
}

function linkTo(to: LinkProps | undefined, link: string): Pick<Concern, "to" | "link"> {
  return to ? { to, link } : {};
}

/** The card. */
export function Attention({ concerns }: { readonly concerns: readonly Concern[] }) {
  if (concerns.length === 0)
    return (
      <p className="flex items-center gap-2 rounded-card border border-line bg-surface px-4 py-3 shadow-card">
        <CircleCheck size={18} className="shrink-0 text-good" aria-hidden />
        Every name that leads to a resource here works, as far as the platform can tell.
      </p>
    );
  return (
    <Card title="Needs attention">
      <ul className="flex flex-col gap-2">
        {concerns.slice(0, most).map(({ id, state, text, to, link }) => (
          <li key={`${id} ${text}`} className="flex items-start gap-2">
            <span className="mt-0.75">
              <RouteSign state={state} />
            </span>
            <span className="min-w-0 flex-1 break-words">{visible(text)}</span>
            {to && (
              <Link {...to} className="link shrink-0 text-sm">
                {link}
              </Link>
            )}
          </li>
        ))}
        {concerns.length > most && <li className="pl-6 text-soft">and {concerns.length - most} more</li>}
      </ul>
    </Card>
  );
}
