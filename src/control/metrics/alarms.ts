// How alarms stand: each is judged at the end of every minute, from what is in the store. After a restart the state, and since when, is
// found from there again, as far as a day back; a state that an alarm was put into by a test goes with the next judgement.

import { alarmPeriod, PlatformError, type Alarm, type AlarmStateName } from "#contract";
import type { MetricPoint, MetricTable } from "#store";
import type { Clock, Log } from "../ports.ts";
import { findResource } from "../resources.ts";
import type { Held, State } from "../state.ts";
import { identity, isoTime } from "../views.ts";
import type { AlarmFact } from "./alarm-facts.ts";
import { findMetric } from "./catalogue.ts";
import { furtherSpans, judgeAlarm, type AlarmJudgement } from "./evaluate-alarm.ts";
import { hasResource } from "./plan-alarm.ts";
import { foldSpans, statisticOf } from "./query.ts";

/** How far back is looked for since when an alarm stands as it does, in seconds. */
const maxLookBack = 86_400;

/** How one alarm stands, in short. */
export interface AlarmStanding {
  readonly alarm: AlarmFact;
  readonly state: AlarmStateName;
  readonly reason: string;
}

interface Standing {
  /** That of the alarm: another one may get its name. */
  readonly id: string;
  /** The revision of the fact that it is of. */
  readonly revision: number;
  readonly state: AlarmStateName;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** The states of all alarms. */
export class Alarms {
  readonly #state: State;
  readonly #table: MetricTable;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #standings: Map<string, Standing> = new Map();
  #underWay: Promise<void> = Promise.resolve();

  constructor(state: State, table: MetricTable, clock: Clock, log: Log) {
    this.#state = state;
    this.#table = table;
    this.#clock = clock;
    this.#log = log;
  }

  /** Judges all alarms at the end of a minute. @param end  seconds since 1970. Does not throw */
  review(end: number = Math.floor(this.#clock.wall() / 60_000) * 60): Promise<void> {
    return (this.#underWay = this.#underWay.then(() => this.#review(end)));
  }

  /** An alarm as the API shows it. */
  async view(held: Held<"alarm">): Promise<Alarm> {
    const { value } = held;
    const known = this.#standings.get(value.name);
    // One that was put just now is judged at once.
    if (known?.revision !== held.revision) await this.review();
    const { state, reason, since } = this.#standings.get(value.name) ?? unknown(held);
    const resource = findResource(this.#state, value.resource);
    const metric = findMetric(value.resourceType, value.metric);
    return {
      ...identity(held, value.createdAt),
      name: value.name,
      resourceName: value.resource,
      resourceType: value.resourceType,
      ...(resource ? { resourceArn: resource.held.arn } : {}),
      metricName: value.metric,
      unit: metric?.unit ?? "None",
      statistic: metric?.statistic ?? "Average",
      period: alarmPeriod,
      comparisonOperator: value.comparisonOperator,
      threshold: value.threshold,
      evaluationPeriods: value.evaluationPeriods,
      datapointsToAlarm: value.datapointsToAlarm,
      treatMissingData: value.treatMissingData,
      notificationEnabled: value.notificationEnabled,
      notificationTriggers: [...value.notificationTriggers],
      state,
      stateReason: reason,
      stateSince: isoTime(since),
    };
  }

  /** All alarms, of one resource where one is named, by name. */
  async list(resource?: string): Promise<Alarm[]> {
    const held = [...this.#state.all("alarm").values()].filter(
      ({ value }) => resource === undefined || value.resource === resource,
    );
    held.sort((a, b) => (a.value.name < b.value.name ? -1 : 1));
    const views: Alarm[] = [];
    for (const one of held) views.push(await this.view(one));
    return views;
  }

  /** The alarm of a name. Throws `resource-not-found`. */
  require(name: string): Held<"alarm"> {
    const held = this.#state.get("alarm", name);
    if (held) return held;
    throw new PlatformError("resource-not-found", `Cannot find alarm "${name}": there is none of that name`);
  }

  /** Puts an alarm into a state until it is judged next. Throws `resource-not-found`. */
  async test(name: string, state: AlarmStateName): Promise<Alarm> {
    const held = this.require(name);
    await this.#underWay;
    const since = this.#clock.wall();
    const reason = "set by a test, until the alarm is judged next";
    this.#standings.set(name, { id: held.id, revision: held.revision, state, reason, since });
    return this.view(held);
  }

  /** How alarms stood when they were judged last, for the status and for what is scraped. */
  standings(): AlarmStanding[] {
    return [...this.#state.all("alarm").values()].map((held) => {
      const known = this.#standings.get(held.value.name);
      const { state, reason } = known?.id === held.id ? known : unknown(held);
      return { alarm: held.value, state, reason };
    });
  }

  async #review(end: number): Promise<void> {
    const alarms = this.#state.all("alarm");
    for (const name of this.#standings.keys()) if (!alarms.has(name)) this.#standings.delete(name);
    for (const [name, held] of alarms) {
      try {
        this.#standings.set(name, await this.#judge(held, end));
      } catch (error) {
        this.#log.warn({ alarm: name, error: String(error) }, "an alarm cannot be judged");
      }
    }
  }

  async #judge(held: Held<"alarm">, end: number): Promise<Standing> {
    const { value, revision } = held;
    const known = this.#standings.get(value.name);
    const before = known?.revision === revision ? known : undefined;
    if (!hasResource(this.#state, value)) {
      const reason = `there is no such resource: ${value.resource}`;
      return standing(held, { state: "INSUFFICIENT_DATA", reason }, before, end);
    }
    const metric = findMetric(value.resourceType, value.metric);
    const resource = findResource(this.#state, value.resource)?.held.id ?? "";
    const spanSeconds = (value.evaluationPeriods + furtherSpans) * alarmPeriod;
    const from = end - spanSeconds - (before ? 0 : maxLookBack);
    const rows = await this.#table.read(
      { resource, metric: value.metric },
      60,
      from,
      end,
      (spanSeconds + maxLookBack) / 60,
    );
    const judgeAt = (at: number): AlarmJudgement => {
      const statistic = metric?.statistic ?? "Average";
      return judgeAlarm(
        value,
        spansBefore(rows, at, value.evaluationPeriods + furtherSpans, (point) =>
          statisticOf(point, statistic),
        ),
      );
    };
    const now = judgeAt(end);
    if (before) return standing(held, now, before, end);
    // Since when: back to where it stood otherwise.
    const state = now.state ?? "INSUFFICIENT_DATA";
    let since = end;
    const begin = Math.max(end - maxLookBack, value.createdAt / 1000);
    while (since - 60 >= begin && (judgeAt(since - 60).state ?? state) === state) since -= 60;
    return { id: held.id, revision, state, reason: now.reason, since: since * 1000 };
  }
}

function standing(
  { id, revision }: Held<"alarm">,
  { state: judged, reason }: AlarmJudgement,
  before: Standing | undefined,
  end: number,
): Standing {
  const state = judged ?? before?.state ?? "INSUFFICIENT_DATA";
  const since = before?.state === state ? before.since : end * 1000;
  return { id, revision, state, reason, since };
}

function unknown({ id, revision, value }: Held<"alarm">): Standing {
  return {
    id,
    revision,
    state: "INSUFFICIENT_DATA",
    reason: "it was not judged yet",
    since: value.createdAt,
  };
}

/** Values of the last spans before a time, the oldest first. */
function spansBefore(
  rows: readonly MetricPoint[],
  end: number,
  count: number,
  value: (point: MetricPoint) => number,
): (number | undefined)[] {
  const from = end - count * alarmPeriod;
  const within = rows.filter(({ at }) => at >= from && at < end);
  const spans = new Map(foldSpans(within, from, alarmPeriod).map((point) => [point.at, value(point)]));
  return Array.from({ length: count }, (_, i) => spans.get(from + i * alarmPeriod));
}
