// A strict reader of Prometheus' text format (version 0.0.4), for tests: what it does not know, or finds in another order, it refuses.

/** A family as it stands in a text. */
export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly value: number;
  }[];
}

/** Reads a text. Throws with the line where it breaks a rule of the format. */
export function readExposition(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let current: { name: string; family: ReadFamily } | undefined;
  let help: { name: string; text: string } | undefined;
  for (const [i, line] of text.slice(0, -1).split("\n").entries()) {
    const refuse = (why: string): never => {
      throw new Error(`line ${i + 1} (${JSON.stringify(line)}): ${why}`);
    };
    if (line.includes("\r")) refuse("it has a carriage return");
    // Only a line feed ends a line: U+2028 and U+2029 are text like any other.
    const helped = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (helped) {
      help = { name: helped[1] ?? "", text: unescapeText(helped[2] ?? "", refuse) };
      continue;
    }
    const typed = /^# TYPE (\S+) (counter|gauge|summary|histogram|untyped)$/.exec(line);
    if (typed) {
      const [, name = "", type = ""] = typed;
      if (help?.name !== name) refuse("its help does not stand before it");
      if (families.has(name)) refuse("the family stood there before");
      const family: ReadFamily = { type, help: help?.text ?? "", samples: [] };
      current = { name, family };
      families.set(name, family);
      if (type === "counter" && !name.endsWith("_total")) refuse("a counter's name ends with _total");
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line);
    if (!sample || !current) {
      refuse("it is neither help, type nor sample of a family");
      continue;
    }
    const [, name = "", inside, number = ""] = sample;
    const { type: ofFamily } = current.family;
    const suffixes =
      ofFamily === "summary"
        ? ["_sum", "_count"]
        : ofFamily === "histogram"
          ? ["_bucket", "_sum", "_count"]
          : [""];
    if (!suffixes.some((suffix) => name === `${current?.name}${suffix}`)) refuse("it is of another family");
    const labels = inside === undefined ? {} : readLabels(inside, refuse);
    const key = JSON.stringify([
      name,
      Object.keys(labels)
        .sort()
        .map((label) => [label, labels[label]]),
    ]);
    if (seen.has(key)) refuse("the series stood there before");
    seen.add(key);
    const value = number === "+Inf" ? Infinity : number === "-Inf" ? -Infinity : Number(number);
    if (!/^(?:[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(number)) refuse("its value is no number");
    if (current.family.type === "counter" && !(value >= 0)) refuse("a counter is never below zero");
    current.family.samples.push({ name, labels, value });
  }
  for (const [name, { samples }] of families)
    if (samples.length === 0) throw new Error(`${name} has no samples`);
  return families;
}

function readLabels(text: string, refuse: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/s.exec(text.slice(at));
    if (!label) return refuse(`its labels break off at ${at}`);
    const [whole, name = "", value = "", comma] = label;
    if (Object.hasOwn(labels, name)) refuse(`label ${name} stands there twice`);
    labels[name] = unescapeText(value, refuse);
    at += whole.length;
    if (comma === "," && at === text.length) refuse("there is a comma too many");
  }
  return labels;
}

function unescapeText(text: string, refuse: (why: string) => never): string {
  return text.replaceAll(/\\(.?)/gs, (_, character: string) => {
    const found = { "\\": "\\", '"': '"', n: "\n" }[character];
    return found ?? refuse(`it has the escape \\${character}`);
  });
}
