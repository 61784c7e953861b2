// The resolver role: one recursive resolver on all its listeners.

import { systemRandom } from "#reactor";
import { startDataRole } from "./data-role.ts";
import { limitedLog } from "./limited-log.ts";
import { makeResolverEngine } from "./make-engines.ts";
import type { StartRole } from "./role.ts";

/** Starts the resolver role. */
export const startResolver: StartRole = (context) => {
  const onFault = limitedLog(context.log, "a resolution failed");
  return startDataRole(context, {
    role: "resolver",
    make: (ports) => makeResolverEngine({ ...ports, random: systemRandom, onFault }),
    attach: async ({ resolver }, driver, listeners) => {
      await driver.attach(resolver, listeners);
    },
  });
};
