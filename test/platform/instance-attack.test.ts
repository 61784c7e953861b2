// Instances whose shims, folders and processes are attacked.

import { runProcessAttackContract } from "#runtime/contract-suites";

runProcessAttackContract();
