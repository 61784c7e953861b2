// The counters of a role as families of a scrape: what stands in braces becomes labels. A name server that stands alone is scraped with the same
// families as a platform's.

import type { Counters } from "#contract";
import type { DataRole } from "../data-roles.ts";
import { counterHelp, histogramNames, isGauge } from "./counter-help.ts";
import { Exposition } from "./exposition.ts";

/** All counters of a role, as a scrape. */
export function formatCounters(role: DataRole, counted: Counters): string {
  const out = new Exposition();
  addCounters(out, role, counted);
  return out.format();
}

/** Adds the counters of a role, such as `queries{group=root,transport=udp}`. */
export function addCounters(out: Exposition, role: DataRole, counted: Counters): void {
  const read = Object.entries(counted).map(([text, value]) => ({ ...readCounter(text), value }));
  // One name with several sets of labels is several families: a sum over one of them counts nothing twice.
  const plain = new Map<string, readonly string[]>();
  for (const { name, labels } of read) {
    const [keys, known] = [Object.keys(labels), plain.get(name)];
    if (!known || keys.length < known.length) plain.set(name, keys);
  }
  // By name: the samples of a family stand together.
  read.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const { name, labels, value } of read) {
    const part = /^(.*)-(bucket|sum|count)$/.exec(name);
    if (part && histogramNames.has(part[1] ?? "")) {
      const [, base = "", suffix] = part;
      const family = { name: `${role}_${base}`, type: "histogram", help: helpOf(role, base) } as const;
      out.add(family, labels, value, `_${suffix as "bucket" | "sum" | "count"}`);
      continue;
    }
    const further = Object.keys(labels).filter((key) => plain.get(name)?.includes(key) !== true);
    const whole = further.length === 0 ? name : `${name}-by-${further.join("-")}`;
    const type = isGauge(name) ? "gauge" : "counter";
    out.add({ name: `${role}_${whole}`, type, help: helpOf(role, name) }, labels, value);
  }
}

function helpOf(role: DataRole, name: string): string {
  return counterHelp[role][name] ?? `Role ${role}: ${name.replaceAll("-", " ")}`;
}

function readCounter(text: string): { name: string; labels: Record<string, string> } {
  const [, name = text, inside = ""] = /^([^{]*)\{(.*)\}$/s.exec(text) ?? [];
  const pairs = inside === "" ? [] : inside.split(",").map((pair) => pair.split("="));
  return { name, labels: Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, value])) };
}
