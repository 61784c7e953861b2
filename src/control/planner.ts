// Turns a command into a plan: drafts its facts, checks the rules that hold for every change, numbers the zones anew, and says in
// words and records what it does. One synchronous call on the state; nothing of it stays.

import { roleOf, type Command } from "#contract";
import { platformPrincipal, type Principal } from "./access/principal.ts";
import type { FoundAddresses } from "./alias-lookup.ts";
import type { ControlConfig } from "./config.ts";
import { containerWorkOf } from "./container-steps.ts";
import { describeDraft } from "./describe.ts";
import { Draft, type Published } from "./draft.ts";
import type { InstanceFact } from "./facts.ts";
import type { Identities } from "./identity.ts";
import type { DelegationFinding } from "./name-server-check.ts";
import { findNodeConflict, nodeConflict } from "./node-conflict.ts";
import { settleAliases } from "./plan-alias.ts";
import type { CommandOutline, PlanContext, Reports, UndoneChange } from "./plan-context.ts";
import { draftCommand } from "./plan-table.ts";
import { attachedBy, type PlannedChange } from "./planned.ts";
import { numberZones, oldAnswersFor, recordsOf } from "./planned-records.ts";
import type { Publisher } from "./publish.ts";
import { stageSigning } from "./signing/stage-signing.ts";
import { stageDelegations } from "./stage.ts";
import type { State } from "./state.ts";
import { dropTags } from "./tags.ts";
import { limitWarnings, warnOfRecords } from "./warn.ts";

/** Plans commands against one state. */
export class Planner {
  readonly #state: State;
  readonly #publisher: Publisher;
  readonly #config: ControlConfig;
  readonly #identities: Identities;
  readonly #published: Published;
  readonly #reports: Reports;

  constructor(
    state: State,
    publisher: Publisher,
    config: ControlConfig,
    identities: Identities,
    published: Published,
    reports: Reports,
  ) {
    this.#state = state;
    this.#publisher = publisher;
    this.#config = config;
    this.#identities = identities;
    this.#published = published;
    this.#reports = reports;
  }

  /**
   * Plans a command against the state of this moment. Throws a PlatformError where a rule refuses it.
   * @param undone  the change that an `undo` takes back
   * @param looked  what names outside, to which aliases lead, were found to have
   * @param finding  what the name servers said that a domain is to be delegated to
   */
  plan(
    command: Command,
    by: Principal,
    now: number,
    undone?: UndoneChange,
    looked: ReadonlyMap<string, FoundAddresses> = new Map(),
    finding?: DelegationFinding,
  ): PlannedChange {
    const undoes = undone === undefined ? {} : { undoes: undone.id };
    return this.#run(
      command,
      by,
      now,
      (context) => draftCommand(context, command, { undone, finding }),
      undoes,
      looked,
    );
  }

  /**
   * Plans facts of the platform's own, such as the addresses of name servers. Undefined where nothing is to be done.
   * @param draw  drafts them, and may say what they are
   */
  planPlatform(
    now: number,
    draw: (context: PlanContext) => CommandOutline | void,
  ): PlannedChange | undefined {
    return this.#runDrawn("platform", platformPrincipal("platform"), now, draw);
  }

  /**
   * Plans what somebody asks for in another way than by a command, as a change that is like the command's: in the history, and to be taken
   * back. Undefined where nothing is to be done.
   */
  planLike(
    command: Command,
    by: Principal,
    now: number,
    draw: (context: PlanContext) => CommandOutline | void,
  ): PlannedChange | undefined {
    return this.#runDrawn(command, by, now, draw);
  }

  #runDrawn(
    command: Command | "platform",
    by: Principal,
    now: number,
    draw: (context: PlanContext) => CommandOutline | void,
  ): PlannedChange | undefined {
    let isEmpty = true;
    const planned = this.#run(
      command,
      by,
      now,
      (context) => {
        const said = draw(context);
        isEmpty = context.draft.isEmpty;
        if (said) return said;
        return {
          title: "Set up the platform's own names and addresses",
          operationType: "SetUpPlatform",
          resourceName: "platform",
          resourceType: "Platform",
        };
      },
      {},
    );
    return isEmpty ? undefined : planned;
  }

  #run(
    command: Command | "platform",
    by: Principal,
    now: number,
    draw: (context: PlanContext) => CommandOutline,
    undoes: { undoes?: string },
    looked: ReadonlyMap<string, FoundAddresses> = new Map(),
  ): PlannedChange {
    const draft = new Draft(this.#state, this.#publisher, this.#identities, this.#published);
    const changeId = this.#identities.uuid();
    const context: PlanContext = {
      changeId,
      ...this.#reports,
      draft,
      state: this.#state,
      publisher: this.#publisher,
      config: this.#config,
      identities: this.#identities,
      now,
      warnings: [],
      by,
    };
    try {
      const { summary, furtherLines = [], ...said } = draw(context);
      dropTags(draft, this.#state);
      stageSigning(context);
      const unknownNames = settleAliases(context, command, looked);
      const differences = draft.differences();
      const conflict = findNodeConflict(this.#publisher, this.#state, draft);
      if (conflict !== undefined) throw nodeConflict(command, conflict);
      const warnings = warnOfRecords(this.#state, differences);
      const checks = stageDelegations(context, changeId);
      // A delegation that is held back leaves its parent as it is until it is published.
      numberZones(context, checks.length > 0 ? draft.differences() : differences);
      const { entries, preconditions } = draft.entries();
      return {
        command,
        ...said,
        ...undoes,
        changeId,
        by: by.actor,
        checks,
        lines: [...(summary ?? describeDraft(draft, this.#state)), ...furtherLines],
        records: recordsOf(differences),
        warnings: limitWarnings([...context.warnings, ...warnings]),
        oldAnswersForMs: oldAnswersFor(this.#state, differences),
        roles: [
          ...new Set(
            differences.map(({ before, after }) => roleOf((after ?? before) as NonNullable<typeof after>)),
          ),
        ],
        movedInstances: movedInstances(draft),
        movedPorts: differences.flatMap(({ before, after }) => {
          const port = before ? (after ? undefined : before) : after;
          return port?.kind === "port" ? [port.id] : [];
        }),
        attached: attachedBy(draft),
        containers: containerWorkOf(draft),
        certificates: [...draft.changes()].flatMap(({ kind, key, after }) =>
          kind === "certificate" && after ? [key] : [],
        ),
        entries,
        preconditions,
        objects: draft.changedObjects(),
        unknownNames,
        revision: this.#state.revision,
      };
    } finally {
      draft.rollback();
    }
  }
}

/** Instances whose processes are to start, or to end, by what was drafted. */
function movedInstances(draft: Draft): string[] {
  const ids: string[] = [];
  for (const { kind, before, after } of draft.changes()) {
    if (kind !== "instance" || !after) continue;
    const [old, fact] = [before?.value as InstanceFact | undefined, after.value as InstanceFact];
    if (fact.run.kind === "address") continue;
    if (old?.desired !== fact.desired || old.generation !== fact.generation) ids.push(after.id);
  }
  return ids;
}
