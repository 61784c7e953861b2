// The seed that generated tests begin with: FAIRLEAD_SEED where a run is to be repeated, else the commit's (scripts/seed.mjs).

/** A whole number from 0 up to 2^31, where nobody gave a larger one. */
export const runSeed: number = Number(process.env["FAIRLEAD_SEED"]);

/** The seeds of so many rounds: that of the run, and those that follow it. */
export function seedsOfRounds(rounds: number): number[] {
  return Array.from({ length: rounds }, (_, round) => (runSeed + round) % 2 ** 31);
}
