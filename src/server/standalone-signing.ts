// What a name server that stands alone signs by itself: zones that it has the keys of, whose signatures are made anew before they end, and, for those with
// compact denial (RFC 9824), answers.

import { OnlineSigner } from "#dnssec";
import type { Name } from "#wire";
import type { ZoneChange, ZoneImage } from "#zone";
import { applyZoneKeys, type OnlineKeysChange } from "./online-keys.ts";
import type { ServedZone } from "./served-zones.ts";
import { onlineKeysOf, SignedZones } from "./signed-zones.ts";

/** How often signatures are looked for that end soon; how soon again where some were made anew, and where none was found among those looked at. */
const renewEveryMs = 3_600_000;
const renewNextMs = 1_000;
const lookOnMs = 25;

/** What a stand-alone server's signing works with. */
export interface StandaloneSigningPorts {
  readonly zones: ZoneImage;
  /** Wall clock, in seconds since 1970. */
  readonly now: () => number;
  /** Serves signatures that were made anew, as a change of their zone. */
  readonly apply: (apex: Name, change: ZoneChange) => void;
  readonly log: (line: string) => void;
}

/** See the head of this file. */
export class StandaloneSigning {
  readonly #ports: StandaloneSigningPorts;
  readonly zones: SignedZones;
  /** Signs answers for zones with compact denial, in this thread; workers are given {@link keys}. */
  readonly online: OnlineSigner = new OnlineSigner();
  #keys: OnlineKeysChange = { put: [], removed: [] };
  #onlineZones = new Set<string>();
  #renewal: NodeJS.Timeout | undefined;

  constructor(ports: StandaloneSigningPorts) {
    this.#ports = ports;
    this.zones = new SignedZones({
      zones: ports.zones,
      now: ports.now,
      onDue: () => this.#renewIn(lookOnMs),
    });
  }

  /** The last change of the keys that answers are signed with. */
  get keys(): OnlineKeysChange {
    return this.#keys;
  }

  /** Signs these from now on, and no others. @returns how the keys that answers are signed with change by that */
  replace(zones: readonly ServedZone[]): OnlineKeysChange {
    this.zones.replace(zones.flatMap(({ apex, signing }) => (signing ? [{ apex, plan: signing }] : [])));
    const put = zones.flatMap(({ apex, signing }) =>
      signing?.denial.kind === "compact" ? [{ apex: apex.toString(), keys: onlineKeysOf(signing.keys) }] : [],
    );
    const now = new Set(put.map(({ apex }) => apex));
    const removed = [...this.#onlineZones].filter((apex) => !now.has(apex));
    this.#onlineZones = now;
    this.#keys = { put, removed };
    applyZoneKeys(this.online, this.#keys);
    return this.#keys;
  }

  /** Has signatures made anew that end soon, some at a time, from now on. */
  renew(): void {
    let isDone = true;
    let next = lookOnMs;
    for (const apex of this.zones.apexes()) {
      try {
        const renewal = this.zones.renew(apex);
        if (!renewal.isDone) isDone = false;
        if (!renewal.change) continue;
        this.#ports.apply(apex, renewal.change);
        next = renewNextMs;
      } catch (error) {
        this.zones.forget(apex);
        this.#ports.log(`${apex.toString()}: signatures were not made anew: ${(error as Error).message}`);
      }
    }
    this.#renewIn(isDone ? renewEveryMs : next);
  }

  #renewIn(milliseconds: number): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.renew(), milliseconds).unref();
  }

  /** Makes nothing anew any more. */
  close(): void {
    clearTimeout(this.#renewal);
  }
}
