// How a page opens the plan of a command, apart from the dialog that shows it: parts that the dialog is made of open plans too.

import { createContext, useContext } from "react";
import type { Command, WriteAnswer } from "#contract";

/** What may be said of a command that is to be planned. */
export interface PlanOptions {
  /** What the button says that applies it: `Stop the instance`; `Apply` where absent. */
  readonly verb?: string;
  /** True where it takes something away. */
  readonly isDangerous?: boolean;
  /** Called once it is done. */
  readonly onApplied?: (answer: WriteAnswer) => void;
}

/** A write of the API that is planned as it is sent, for what no command holds: private keys, values of environments. */
export interface PlannedRequest {
  readonly method: "POST" | "PUT";
  /** Without a query. */
  readonly path: string;
  readonly body: unknown;
}

/** Opens the plan of a command, or of such a request, in the dialog. */
export type OpenPlan = (command: Command | PlannedRequest, options?: PlanOptions) => void;

/** Where pages find it; `PlanDialogs` puts it there. */
export const PlanContext = createContext<OpenPlan>(() => {});

/** Opens the plan of a command. */
export function usePlan(): OpenPlan {
  return useContext(PlanContext);
}
