// Runs before every file of unit tests: properties that name no seed of their own begin with that of the run.

import { configureGlobal, readConfigureGlobal } from "fast-check";
import { runSeed } from "./seed.ts";

configureGlobal({ ...readConfigureGlobal(), seed: runSeed });
