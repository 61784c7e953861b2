// Makes samples for metrics of what nodes use: their counters begin at zero with each start, and where a runtime adopted a node, with the
// first reading, since what was used before then was told by another process.

import type { MetricSample, NodeUsage } from "#contract";

interface Metered {
  readonly starts: number;
  readonly life: number;
  readonly from: number;
}

/** Keeps what is known of nodes between two readings. */
export class NodeMeter {
  #metered: ReadonlyMap<string, Metered> = new Map();
  #lives = 0;

  /** @param startsOf  how often this process has started a node */
  read(usages: readonly NodeUsage[], startsOf: (id: string) => number): MetricSample[] {
    const metered = new Map<string, Metered>();
    const samples = usages.map(({ nodeId, cpuSeconds, memoryOctets }): MetricSample => {
      const starts = startsOf(nodeId);
      const known = this.#metered.get(nodeId);
      const isSame = known?.starts === starts && cpuSeconds >= known.from;
      const one = isSame ? known : { starts, life: ++this.#lives, from: starts === 0 ? cpuSeconds : 0 };
      metered.set(nodeId, one);
      return {
        of: "container-node",
        id: nodeId,
        life: one.life,
        counts: { "cpu-seconds": cpuSeconds - one.from },
        gauges: { "memory-octets": memoryOctets },
      };
    });
    this.#metered = metered;
    return samples;
  }
}
