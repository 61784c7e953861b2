// Runs before every file of unit tests: properties that name no seed of their own begin with that of the run, and end within a bound.

import { configureGlobal, readConfigureGlobal } from "fast-check";
import { runSeed } from "./seed.ts";

/**
 * Milliseconds that a property is looked at: well within what a test has. On a machine that is busy it has fewer runs instead of failing; one that fails says with
 * which seed and the smallest input so far, where it would otherwise be made smaller until the test is out of time and says nothing.
 */
const interruptAfterTimeLimit = 10_000;

configureGlobal({ ...readConfigureGlobal(), seed: runSeed, interruptAfterTimeLimit });
