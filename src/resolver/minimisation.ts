// Query minimisation (RFC 9156): a server is asked for one label more than the zone it serves, with type NS, until it
// gives a referral or the whole name is reached. Servers that answer such questions badly are asked for the whole.
// Deviates: RFC 9156 section 2.1 prefers type A, because some servers mistreat NS; here those are asked for the whole
// name at once, and an answer to NS is what a referral would have said.

import { RrType, type Name } from "#wire";
import { maxMinimiseSteps, minimiseOneLabel } from "./limits.ts";

/** How much of one name the servers of one zone have been shown. */
export class Minimisation {
  readonly #name: Name;
  readonly #type: number;
  /** Labels shown in the question that is next. */
  #labels: number;
  #steps: number;

  /**
   * @param zoneLabels  labels of the zone whose servers are asked
   * @param stepsBefore  steps taken in zones above
   */
  constructor(name: Name, type: number, zoneLabels: number, stepsBefore: number, isOn: boolean) {
    this.#name = name;
    this.#type = type;
    this.#steps = stepsBefore;
    // A question for DS is asked of the parent: the last step is the name itself, as for any type.
    this.#labels = isOn ? this.#after(zoneLabels) : name.labelCount;
  }

  /** Steps taken so far, zones above included. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether the next question is not yet the real one. */
  get isProbe(): boolean {
    return this.#labels < this.#name.labelCount;
  }

  /** The next question's name. */
  get name(): Name {
    return this.#name.slice(this.#name.labelCount - this.#labels);
  }

  /** The next question's type. */
  get type(): number {
    return this.isProbe ? RrType.NS : this.#type;
  }

  /** There is no cut at the name that was asked for: shows more. */
  advance(): void {
    this.#labels = this.#after(this.#labels);
  }

  /** Shows the whole name from now on. */
  giveUp(): void {
    this.#labels = this.#name.labelCount;
  }

  /** RFC 9156 section 2.3: single labels first, then the rest in as many steps as are left. */
  #after(labels: number): number {
    const left = this.#name.labelCount - labels;
    if (left <= 1) return this.#name.labelCount;
    this.#steps++;
    if (this.#steps > maxMinimiseSteps) return this.#name.labelCount;
    if (this.#steps <= minimiseOneLabel) return labels + 1;
    const stepsLeft = maxMinimiseSteps - this.#steps + 1;
    return labels + Math.max(1, Math.ceil((left - 1) / stepsLeft));
  }
}
