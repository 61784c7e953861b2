// What the options of `fairlead name-server` say of who may have, change and tell of zones, each of one zone or of all.

import { PlatformError } from "#contract/plain";
import type { AccessRule, Peer, UpdateRule, ZonePolicy } from "#transfer";
import type { Name } from "#wire";
import type { Values } from "./command.ts";
import {
  readAccess,
  readName,
  readPeers,
  readUpdateRule,
  readZonePart,
  type FindKey,
} from "./peer-values.ts";
import { listOf } from "./transfer-options.ts";

/** What the options say of zones, each of them of one zone or of all. */
export class Policies {
  readonly #transfer: readonly (readonly [Name | undefined, AccessRule])[];
  readonly #notify: readonly (readonly [Name | undefined, readonly Peer[]])[];
  readonly #notifiers: readonly (readonly [Name | undefined, AccessRule])[];
  readonly #update: readonly (readonly [Name | undefined, UpdateRule])[];
  readonly #isOfAll: boolean;
  #ofAll: ZonePolicy | undefined;

  constructor(values: Values, findKey: FindKey) {
    const each = <T>(option: string, read: (rest: string) => T): (readonly [Name | undefined, T])[] =>
      listOf(values, option).map((given) => {
        const { zone, rest } = readZonePart(given);
        return [zone, read(rest)];
      });
    this.#transfer = each("allow-transfer", (rest) => readAccess("--allow-transfer", rest, findKey));
    this.#notify = each("notify", (rest) => readPeers("--notify", rest, findKey));
    this.#notifiers = each("allow-notify", (rest) => readAccess("--allow-notify", rest, findKey));
    this.#update = listOf(values, "allow-update").map((given) => {
      // `below=` and `types=` have an equals sign too: the zone's is the first.
      const at = given.indexOf("=");
      if (at < 0)
        throw new PlatformError("usage", `Cannot read --allow-update "${given}": expected NAME=WHO`);
      return [readName(given.slice(0, at)), readUpdateRule("--allow-update", given.slice(at + 1), findKey)];
    });
    this.#isOfAll = [this.#transfer, this.#notify, this.#update].every((rows) =>
      rows.every(([zone]) => !zone),
    );
  }

  /** The policy of a zone with a file: one for all where nothing is said of a zone by itself. */
  ofFile(apex: Name): ZonePolicy {
    return this.#isOfAll ? (this.#ofAll ??= this.of(apex)) : this.of(apex);
  }

  /** The policy of a zone. @param primaries  of one that is taken over; absent: it is not */
  of(apex: Name, primaries?: readonly Peer[]): ZonePolicy {
    const own = <T>(rows: readonly (readonly [Name | undefined, T])[]): T[] =>
      rows.filter(([zone]) => zone === undefined || zone.equals(apex)).map(([, value]) => value);
    return {
      transfer: own(this.#transfer),
      notify: own(this.#notify).flat(),
      update: own(this.#update),
      ...(primaries ? { primaries, notifiers: own(this.#notifiers) } : {}),
    };
  }
}
