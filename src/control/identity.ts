// Ids: UUIDv7 (RFC 9562 section 5.7), ARNs, repository object identifiers and support codes, from the clock and chance given.

import type { Random } from "#engine";
import { defaultAccountId } from "#store";
import type { Clock } from "./ports.ts";
import { resourceTypes, type Kind } from "./facts.ts";

/** Kinds that belong to a region; all others are global. */
const regional: ReadonlySet<Kind> = new Set([
  "instance",
  "address",
  "static-ip",
  "load-balancer",
  "purge",
  "container-service",
  "deployment",
  "container-image",
  "container-node",
  "container-progress",
  "alarm",
  "drain",
  "certificate",
]);

/** Makes ids. */
export class Identities {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #region: string;

  constructor(clock: Clock, random: Random, region: string) {
    this.#clock = clock;
    this.#random = random;
    this.#region = region;
  }

  /** A UUIDv7: the time in milliseconds, then chance. */
  uuid(): string {
    const time = Math.floor(this.#clock.wall()).toString(16).padStart(12, "0").slice(-12);
    const variant = (0x80 | this.#random.integer(64)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${this.hex(3)}-${variant}${this.hex(2)}-${this.hex(12)}`;
  }

  /** So many random hexadecimal digits. */
  hex(digits: number): string {
    let text = "";
    // Six digits a number: a large import takes an id for each of its records.
    for (; text.length + 6 <= digits;) text += this.#random.integer(0x1000000).toString(16).padStart(6, "0");
    for (; text.length < digits;) text += this.#random.integer(16).toString(16);
    return text;
  }

  /** What the log's entry of an object carries beside key and value. */
  identity(kind: Kind, id: string): { id: string; arn: string; accountId: string; region: string } {
    const region = regional.has(kind) ? this.#region : "global";
    const arn = `arn:aws:lightsail:${region}:${defaultAccountId}:${resourceTypes[kind]}/${id}`;
    return { id, arn, accountId: defaultAccountId, region };
  }
}
