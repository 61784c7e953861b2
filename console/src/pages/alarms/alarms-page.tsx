// All alarms: what each looks at, how it stands and why; and how one is made, tried out and taken away.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { BellRing, Ellipsis, PencilLine, Plus, Trash2, X } from "lucide-react";
import type { Alarm } from "#contract";
import { readAnew } from "../../api/cache.ts";
import { at, request } from "../../api/client.ts";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Menu } from "../../parts/dialog.tsx";
import { shownFailure } from "../../parts/failure.tsx";
import { resourcePlace } from "../../parts/place.ts";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { visible } from "../../text/visible.ts";
import { AlarmDialog } from "./alarm-dialog.tsx";
import { sentenceOf, stateWords } from "./alarm-words.ts";

const route = getRouteApi("/alarms");

/** Milliseconds between two looks: alarms are judged each minute, and no event tells of it. */
const lookMs = 5000;

/** The page. */
export function AlarmsPage() {
  const { resource } = route.useSearch();
  const navigate = useNavigate();
  const alarms = useQuery({ ...read<{ alarms: Alarm[] }>("alarms"), refetchInterval: lookMs });
  const [edited, setEdited] = useState<Alarm | "new">();
  return (
    <>
      <PageHead
        title="Alarms"
        about="Each looks at one metric of an instance or a load balancer, every minute. What goes off stands here, on the overview and among the metrics for Prometheus; nothing is sent to anybody."
        actions={
          <Button purpose="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setEdited("new")}>
            Create an alarm
          </Button>
        }
      />
      {resource !== undefined && (
        <p className="mb-3">
          <Button
            size="small"
            icon={<X size={14} aria-hidden />}
            onClick={() => void navigate({ to: "/alarms", search: {} })}
          >
            Only those of {visible(resource)}
          </Button>
        </p>
      )}
      <Reading of={alarms}>
        {({ alarms: all }) => {
          const shown = all.filter(({ resourceName }) => resource === undefined || resourceName === resource);
          return shown.length === 0 ? (
            <Card>
              <Empty
                title="No alarm yet"
                actions={
                  <Button purpose="primary" onClick={() => setEdited("new")}>
                    Create an alarm
                  </Button>
                }
              >
                Have yourself told that a load balancer has too few healthy instances, that answers take too
                long, or that an instance uses all of its processor.
              </Empty>
            </Card>
          ) : (
            <ul className="grid gap-4 lg:grid-cols-2">
              {shown
                .toSorted((a, b) => rank(a) - rank(b))
                .map((alarm) => (
                  <AlarmCard key={alarm.name} alarm={alarm} onEdit={() => setEdited(alarm)} />
                ))}
            </ul>
          );
        }}
      </Reading>
      {edited && (
        <AlarmDialog
          key={edited === "new" ? "new" : edited.name}
          before={edited === "new" ? undefined : edited}
          {...(resource === undefined ? {} : { resource })}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  );
}

/** What goes off comes first. */
function rank({ state }: Alarm): number {
  return state === "ALARM" ? 0 : state === "INSUFFICIENT_DATA" ? 1 : 2;
}

function AlarmCard({ alarm, onEdit }: { readonly alarm: Alarm; readonly onEdit: () => void }) {
  const { name, resourceName, resourceType, state, stateReason, stateSince } = alarm;
  const openPlan = usePlan();
  const { word, tone } = stateWords[state];
  const to = resourcePlace(resourceType, resourceName);
  return (
    <li
      className={`min-w-0 rounded-card border bg-surface p-4 shadow-card ${state === "ALARM" ? "border-bad/60" : "border-line"}`}
    >
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-base font-semibold break-words">{visible(name)}</h2>
          <p className="text-sm text-soft">
            of{" "}
            {to ? (
              <Link className="link" {...to}>
                {visible(resourceName)}
              </Link>
            ) : (
              visible(resourceName)
            )}
          </p>
        </div>
        <div className="flex shrink-0 items-center gap-1">
          <Chip tone={tone} withDot>
            {word}
          </Chip>
          <Menu
            trigger={
              <Button
                purpose="quiet"
                size="small"
                aria-label={`What can be done with ${name}`}
                icon={<Ellipsis size={17} aria-hidden />}
              />
            }
            choices={[
              { label: "Change", icon: <PencilLine size={16} aria-hidden />, onChoose: onEdit },
              {
                label: "Try it out",
                icon: <BellRing size={16} aria-hidden />,
                onChoose: () => void tryOut(name),
              },
              "line",
              {
                label: "Delete",
                icon: <Trash2 size={16} aria-hidden />,
                isDangerous: true,
                onChoose: () =>
                  openPlan({ action: "delete-alarm", name }, { verb: "Delete", isDangerous: true }),
              },
            ]}
          />
        </div>
      </div>
      <p className="mt-3">Goes off where {visible(sentenceOf(alarm))}.</p>
      <p className="mt-1 text-sm text-soft">
        {visible(`${stateReason.charAt(0).toUpperCase()}${stateReason.slice(1)}`)}. So since{" "}
        <Time at={stateSince} />.
      </p>
    </li>
  );
}

/** Has an alarm go off until it is judged next, so that one sees what that looks like. */
async function tryOut(name: string): Promise<void> {
  try {
    await request<Alarm>("POST", at("alarms", name, "test"), { state: "ALARM" });
    readAnew();
    tell(`${name} goes off`, { about: "Until it is judged next, within a minute." });
  } catch (error) {
    tell(shownFailure(error).what, { tone: "bad" });
  }
}
