// Where the dialog of plans stands: once around the pages, which open it by `usePlan`. The dialog itself is loaded after the first page.

import { lazy, Suspense, useCallback, useState, type ReactNode } from "react";
import { PlanContext, type OpenPlan } from "./plan-context.ts";
import type { AskedPlan } from "./plan-dialog.tsx";

const PlanDialog = lazy(async () => ({ default: (await import("./plan-dialog.tsx")).PlanDialog }));

/** Holds the dialog; stands once around the pages. */
export function PlanDialogs({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<AskedPlan>();
  const [isOpen, setOpen] = useState(false);
  const open = useCallback<OpenPlan>((command, options = {}) => {
    setAsked({ ...options, command });
    setOpen(true);
  }, []);
  return (
    <PlanContext value={open}>
      {children}
      <Suspense fallback={null}>
        {asked && (
          <PlanDialog
            key={JSON.stringify(asked.command)}
            asked={asked}
            isOpen={isOpen}
            onClose={() => setOpen(false)}
          />
        )}
      </Suspense>
    </PlanContext>
  );
}
