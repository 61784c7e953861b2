// The seed that generated tests begin with where none is given to them: the commit's (scripts/seed.mjs).

/** A whole number from 0 up to 2^28. */
export const runSeed: number = Number(process.env["FAIRLEAD_RUN_SEED"]);
