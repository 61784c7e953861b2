// What is counted of speaking with other name servers. Each number only grows.

import type { Counters } from "#contract";

/** Names of all counters, with what they count. */
export const transferCounterNames = {
  axfr: "zones sent whole",
  ixfr: "differences sent",
  "ixfr-current": "requests for differences where there were none, or more than one datagram holds",
  "axfr-refused": "requests for whole zones that were refused",
  "ixfr-refused": "requests for differences that were refused",
  "notify-received": "messages of a new version that were taken",
  "notify-refused": "messages of a new version that were refused",
  "update-applied": "updates that changed a zone",
  "update-refused": "updates whose prerequisites were not met, or that were not permitted",
  "update-repeated": "updates that came again and were answered as before, or refused as too old",
  "update-failed": "updates that could not be put in force",
  "signature-refused": "messages whose signature was not good",
  "notify-sent": "messages of a new version that were answered",
  "notify-failed": "servers that could not be told of a new version",
  "refresh-current": "primaries asked that had nothing newer",
  "refresh-failed": "times that no primary of a zone could be asked, or transferred from",
  "transfer-axfr": "zones received whole",
  "transfer-ixfr": "differences received",
  "transfer-failed": "transfers from a primary that came to nothing",
  "zone-expired": "zones that no primary has vouched for until they expired",
} as const;

/** One counter's name. */
export type TransferCounterName = keyof typeof transferCounterNames;

/** The counters of one process. */
export class TransferCounters {
  readonly #values = new Map<TransferCounterName, number>();

  /** Counts one. */
  add(name: TransferCounterName): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + 1);
  }

  /** All counters that are not zero, by name. */
  read(): Counters {
    return Object.fromEntries([...this.#values].map(([name, count]) => [`transfers{event=${name}}`, count]));
  }
}
