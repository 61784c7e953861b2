// The text format of Prometheus (version 0.0.4): families of metrics with their help and type, each sample of one family beside the
// others. What stands in labels is escaped; a sample that stands there already is not written a second time.

/** What a scrape is answered with. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** Whether numbers of a family only grow, are as they are, or are a sum with its count, and with counts up to several bounds. */
export type FamilyType = "counter" | "gauge" | "summary" | "histogram";

interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  /** By name and labels as they are written. */
  readonly samples: Map<string, number>;
}

/** Families of metrics, in the order in which they appear. */
export class Exposition {
  readonly #families: Map<string, Family> = new Map();

  /**
   * Adds a sample.
   * @param name  of the family, which gets `_total` where it counts
   * @param suffix  `_sum` or `_count` of a summary or histogram, `_bucket` of a histogram
   */
  add(
    { name, type, help }: { readonly name: string; readonly type: FamilyType; readonly help: string },
    labels: Readonly<Record<string, string>>,
    value: number,
    suffix: "" | "_sum" | "_count" | "_bucket" = "",
  ): void {
    const whole = `fairlead_${toName(name)}${type === "counter" ? "_total" : ""}`;
    let family = this.#families.get(whole);
    if (!family) this.#families.set(whole, (family = { name: whole, type, help, samples: new Map() }));
    const sample = `${whole}${suffix}${formatLabels(labels)}`;
    if (!family.samples.has(sample)) family.samples.set(sample, value);
  }

  /** All of it as text. */
  format(): string {
    const lines: string[] = [];
    for (const { name, type, help, samples } of this.#families.values()) {
      lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
      for (const [sample, value] of samples) lines.push(`${sample} ${formatValue(value)}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

/** A name as Prometheus takes it; octets are bytes there. */
function toName(text: string): string {
  return text.replaceAll("octets", "bytes").replaceAll(/[^A-Za-z0-9_]/g, "_");
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${toName(name)}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(text: string): string {
  return wellFormed(text).replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return wellFormed(text).replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** Half a character is none in UTF-8; the end of a line is written as a line feed only. */
function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll("\r", "\uFFFD");
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
