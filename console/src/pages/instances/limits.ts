// Limits and ports of an instance as they are typed.

import type { InstanceLimits, PortRule } from "#contract";

/** Limits as texts: processors, and memory in MiB. Empty: none. */
export interface LimitTexts {
  readonly cpus: string;
  readonly memory: string;
}

const mebi = 1 << 20;
/** Least memory, in MiB; and most processors. */
const [leastMemory, mostCpus] = [16, 1024];

/** Limits as texts. */
export function limitTexts(limits: InstanceLimits | undefined): LimitTexts {
  return {
    cpus: limits?.cpus === undefined ? "" : String(limits.cpus),
    memory: limits?.memoryOctets === undefined ? "" : String(Math.round(limits.memoryOctets / mebi)),
  };
}

/** Reads limits; where one of them is none, `problems` says why. */
export function limitsOf({ cpus, memory }: LimitTexts): {
  readonly limits?: InstanceLimits;
  readonly problems: Partial<LimitTexts>;
} {
  const [processors, mebibytes] = [Number(cpus.replace(",", ".")), Number(memory)];
  const isCpusWrong = cpus.trim() !== "" && !(processors >= 0.01 && processors <= mostCpus);
  const isMemoryWrong = memory.trim() !== "" && !(Number.isInteger(mebibytes) && mebibytes >= leastMemory);
  const problems = {
    ...(isCpusWrong ? { cpus: `A number from 0.01 to ${mostCpus}` } : {}),
    ...(isMemoryWrong ? { memory: `A whole number, ${leastMemory} at least` } : {}),
  };
  if (isCpusWrong || isMemoryWrong) return { problems };
  const limits = {
    ...(cpus.trim() === "" ? {} : { cpus: processors }),
    ...(memory.trim() === "" ? {} : { memoryOctets: mebibytes * mebi }),
  };
  return { limits, problems };
}

/** A rule as it is typed: `80`, `8000-8010`. */
export function portText({ fromPort, toPort }: PortRule): string {
  return fromPort === toPort ? String(fromPort) : `${fromPort}-${toPort}`;
}

/** Reads ports and ranges of them, separated by commas or blanks. */
export function portsOf(text: string): { readonly rules?: readonly PortRule[]; readonly problem?: string } {
  const rules: PortRule[] = [];
  for (const part of text.split(/[\s,]+/).filter((one) => one !== "")) {
    const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    const fromPort = Number(found?.[1]);
    const toPort = Number(found?.[2] ?? found?.[1]);
    if (!found || fromPort < 1 || toPort > 65_535 || toPort < fromPort)
      return { problem: `“${part.slice(0, 20)}” is no port: a number from 1 to 65535, or two with a hyphen` };
    rules.push({ protocol: "tcp", fromPort, toPort });
  }
  return { rules };
}

/** Splits a command line into words as a shell would: blanks part them, quotes and backslashes keep what they hold. */
export function wordsOf(line: string): { readonly words?: readonly string[]; readonly problem?: string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const character = line[i] ?? "";
    if (quote !== "'" && character === "\\" && i + 1 < line.length) {
      word = (word ?? "") + (line[++i] ?? "");
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== "") return { problem: `The quote ${quote} is not closed` };
  if (word !== undefined) words.push(word);
  return words.length === 0 ? { problem: "A program, and what it is given" } : { words };
}
