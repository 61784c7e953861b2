// What DNS must show for a change to be done, and what it shows: every name server of a zone answers with its serial, the parent's
// servers delegate a domain or no longer do, a zone is off its servers. A check that a later change has made pointless is over.

import { findTld, isDelegated, type DomainObject } from "#registry";
import { compareSerials } from "#zone";
import type { AuthorityWatch, Look, Observation, Subject } from "./authority-watch.ts";
import type { DelegationWatch } from "./delegation-watch.ts";
import { hostsOf, type ControlConfig } from "./config.ts";
import type { NamesCheck } from "./facts.ts";
import { shown } from "./names.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";
import { tldRules } from "./tld-rules.ts";

/** How far a check has come. */
export interface Evidence {
  readonly isDone: boolean;
  /** True where the names role refuses its state. */
  readonly isFailed?: true;
  /** What was seen, or what is waited for. */
  readonly detail: string;
}

/** Servers named in one detail. */
const maxNamedServers = 4;

const superseded: Evidence = { isDone: true, detail: "a later change has taken its place" };

/** Holds what was planned against what name servers say. */
export class NamesChecks {
  readonly #state: State;
  readonly #config: ControlConfig;
  readonly #hub: RoleHub;
  readonly #watch: AuthorityWatch;
  readonly #delegations: Pick<DelegationWatch, "look">;

  constructor(
    state: State,
    config: ControlConfig,
    hub: RoleHub,
    watch: AuthorityWatch,
    delegations: Pick<DelegationWatch, "look">,
  ) {
    this.#delegations = delegations;
    this.#state = state;
    this.#config = config;
    this.#hub = hub;
    this.#watch = watch;
  }

  /** What a check is called among the steps of an operation. */
  titleOf(check: NamesCheck): string {
    const { apex } = check;
    switch (check.step) {
      case "zone": {
        const group = this.#groupOf(apex);
        const count = group === undefined ? "" : `${this.#countServers(group)} `;
        return `Zone ${shown(apex)} answers with serial ${check.serial} on all ${count}name servers`;
      }
      case "delegate":
        return `Zone ${this.#parentOf(apex)} delegates ${shown(apex)} on all its name servers`;
      case "withdraw":
      case "hold":
        return `Zone ${this.#parentOf(apex)} no longer delegates ${shown(apex)} on any of its name servers`;
      case "watch":
        return `${shown(apex)} is delegated to these name servers where it is registered`;
      case "gone":
        return `Zone ${shown(apex)} is off its name servers`;
    }
  }

  /**
   * Asks how far a check has come; where it is not done, the name servers are asked on.
   * @param revision  of the change: the names role must have taken that over before its servers are asked
   */
  evidence(check: NamesCheck, changeId: string, revision: number): Evidence {
    const { apex } = check;
    if (this.#isSuperseded(check, changeId)) return superseded;
    if (!this.#hub.serves("names", revision)) return this.#awaitRole();
    switch (check.step) {
      case "zone": {
        const group = this.#groupOf(apex);
        if (group === undefined) return superseded;
        return tell(
          this.#watch.look({ what: "zone", name: apex, group }, (seen) => isNotOlder(seen, check.serial)),
        );
      }
      case "delegate": {
        if (this.#state.value("pending", apex))
          return { isDone: false, detail: `published once zone ${shown(apex)} answers everywhere` };
        const wanted = this.#state.value("domain", apex)?.nameServers.toSorted().join();
        return tell(this.#watch.look(cutOf(apex), (seen) => seen.nameServers?.join() === wanted));
      }
      case "withdraw":
      case "hold":
        return tell(this.#watch.look(cutOf(apex), (seen) => seen.nameServers?.length === 0));
      case "watch": {
        const { state, text } = this.#delegations.look(apex);
        return { isDone: state === "DELEGATED", detail: text };
      }
      case "gone": {
        if (this.#state.value("pending", apex))
          return { isDone: false, detail: "taken away once the delegation is seen to be gone" };
        const subject: Subject = { what: "zone", name: apex, group: check.nameServerSetId };
        return tell(this.#watch.look(subject, (seen) => seen.isAnswered && !seen.isServed));
      }
    }
  }

  /** Forgets what was seen of a cut that was published anew. */
  renewCut(apex: string): void {
    this.#watch.renew(cutOf(apex));
  }

  #isSuperseded({ step, apex }: NamesCheck, changeId: string): boolean {
    if (step === "zone") return this.#groupOf(apex) === undefined;
    const hasZone = this.#state.get("zone", apex) !== undefined;
    const pending = this.#state.value("pending", apex);
    if (pending) return pending.changeId !== changeId;
    const domain: DomainObject | undefined = this.#state.value("domain", apex);
    if (step === "watch") return !hasZone || domain !== undefined;
    if (step === "gone") return hasZone;
    const isMeant = domain !== undefined && isDelegated(domain);
    if (step === "delegate") return !isMeant;
    return step === "hold" ? domain === undefined || isMeant : domain !== undefined;
  }

  #awaitRole(): Evidence {
    const problem = this.#hub.problem("names");
    if (problem !== undefined) return { isDone: false, isFailed: true, detail: problem };
    return { isDone: false, detail: describeAbsence(this.#hub, "names") };
  }

  /** The listener group that serves a zone; undefined where it is served no more. */
  #groupOf(apex: string): string | undefined {
    if (apex === ".") return "root";
    if (this.#config.profile.tlds.includes(apex)) return "tlds";
    return this.#state.value("zone", apex)?.nameServerSetId;
  }

  #countServers(group: string): number {
    return hostsOf(this.#config.profile, group).reduce((count, { addresses }) => count + addresses.length, 0);
  }

  #parentOf(apex: string): string {
    return shown(findTld({ tlds: tldRules(this.#config.profile) }, apex)?.name ?? ".");
  }
}

/** Why a role has not taken a change over. */
export function describeAbsence(hub: RoleHub, role: Parameters<RoleHub["serves"]>[0]): string {
  return hub.isConnected(role)
    ? `waiting for the ${role} role to take it over`
    : `waiting for the ${role} role, which is away; it takes the change over when it is back`;
}

function cutOf(apex: string): Subject {
  return { what: "cut", name: apex, group: "tlds" };
}

/** @see RFC 1982 section 3.2 */
function isNotOlder({ serial }: Observation, wanted: number): boolean {
  return serial !== undefined && (compareSerials(serial, wanted) ?? -1) >= 0;
}

function tell({ isDone, seen, missing }: Look): Evidence {
  if (!seen) return { isDone, detail: "the name servers are asked" };
  const named = (isDone ? seen : missing)
    .slice(0, maxNamedServers)
    .map(({ server, text }) => `${server}: ${text}`);
  const left = (isDone ? seen : missing).length - named.length;
  const list = `${named.join("; ")}${left > 0 ? `; and ${left} more` : ""}`;
  return { isDone, detail: isDone ? list : `waiting for ${list}` };
}
