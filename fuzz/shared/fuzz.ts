// The loop of every fuzzer: makes inputs by chance until its time is over, and has each looked at. One that breaks a rule is made as small as it can be made in
// some seconds and printed, with the seed that makes it alone, and ends the run with exit code 1. One that hangs is told of by a thread beside it (watch.ts).

import { Worker } from "node:worker_threads";
import { beginChance, firstSeed, seconds } from "./run.ts";

/** What can be made smaller: octets, a text, or a list of what is done one after the other. */
export type Sequence = Uint8Array | string | readonly number[];

/** The fault of an input that takes longer than it may: it is one where it does so each time, since a machine can stand still for a while. */
export const tooSlow = "it takes longer than it may";
const slowTimes = 3;

/** For how long a broken input is made smaller. */
const shrinkMs = 10_000;

/** What is fuzzed, and how. */
export interface Fuzzer<Input extends Sequence> {
  /** What its inputs are called, such as `packets`. */
  readonly inputs: string;
  /** An input by chance; undefined: none this time. */
  readonly make: () => Input | undefined;
  /**
   * The rule that an input breaks; undefined where it breaks none. What it throws is a fault too. Chance is the same whenever the same input is looked at, and
   * nothing may be left of the inputs before it.
   */
  readonly broken: (input: Input) => string | undefined | Promise<string | undefined>;
  /** An input in words or digits, to be repeated from. It is the one that was looked at last. */
  readonly print: (input: Input) => string;
  /** What there is to say of a run without a fault beside the number of inputs. */
  readonly tally?: () => string;
}

/** Runs a fuzzer for as long as it is to run. Sets the exit code. */
export async function fuzz<Input extends Sequence>(fuzzer: Fuzzer<Input>): Promise<void> {
  process.stdout.write(`seed ${firstSeed}, ${seconds} s\n`);
  const progress = watch();
  let isOver = false;
  // What waits for something that never comes ends the process.
  process.on("exit", () => {
    if (!isOver) process.stdout.write(`it never ends; --seed ${progress[0]} begins with it\n`);
  });
  const end = performance.now() + seconds * 1000;
  let tried = 0;
  for (let seed = firstSeed; performance.now() < end; seed++) {
    Atomics.store(progress, 0, seed);
    beginChance(seed);
    const input = fuzzer.make();
    if (input === undefined) continue;
    const look = (other: Input): Promise<string | undefined> => {
      Atomics.add(progress, 1, 1);
      beginChance(~seed);
      return lookAt(fuzzer, other);
    };
    tried++;
    const fault = await look(input);
    if (fault === undefined || (fault === tooSlow && !(await isSlowAgain(() => look(input))))) continue;
    process.stdout.write(`one of ${tried} ${fuzzer.inputs} breaks a rule: ${fault}\n`);
    process.stdout.write(`--seed ${seed} begins with it\n`);
    const smallest = await shrink(input, look);
    // Looked at once more: what is printed may be what it has led to.
    const its = await look(smallest);
    process.stdout.write(`of ${input.length} parts, ${smallest.length} break a rule: ${its}\n`);
    process.stdout.write(`${fuzzer.print(smallest)}\n`);
    process.exitCode = 1;
    isOver = true;
    return;
  }
  isOver = true;
  process.stdout.write(`${tried} ${fuzzer.inputs}${fuzzer.tally?.() ?? ""}, no rule broken\n`);
}

async function lookAt<Input extends Sequence>(
  fuzzer: Fuzzer<Input>,
  input: Input,
): Promise<string | undefined> {
  try {
    return await fuzzer.broken(input);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

async function isSlowAgain(look: () => Promise<string | undefined>): Promise<boolean> {
  for (let times = 1; times < slowTimes; times++) if ((await look()) === undefined) return false;
  return true;
}

/** Leaves runs of an input out, long ones first, as long as what is left breaks a rule. */
async function shrink<Input extends Sequence>(
  input: Input,
  look: (input: Input) => Promise<string | undefined>,
): Promise<Input> {
  const end = performance.now() + shrinkMs;
  let smallest = input;
  for (let size = input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < smallest.length;) {
      if (performance.now() > end) return smallest;
      const other = without(smallest, at, at + size);
      if ((await look(other)) === undefined) at += size;
      else smallest = other;
    }
  }
  return smallest;
}

function without<Input extends Sequence>(input: Input, from: number, to: number): Input;
function without(input: Sequence, from: number, to: number): Sequence {
  if (typeof input === "string") return input.slice(0, from) + input.slice(to);
  return input instanceof Uint8Array
    ? Uint8Array.of(...input.subarray(0, from), ...input.subarray(to))
    : [...input.slice(0, from), ...input.slice(to)];
}

/** Starts the thread that ends a run which hangs. @returns what is to be written as it goes on: the seed of the input, and how many were looked at */
function watch(): Int32Array {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  new Worker(new URL("watch.ts", import.meta.url), { workerData: progress }).unref();
  return progress;
}
