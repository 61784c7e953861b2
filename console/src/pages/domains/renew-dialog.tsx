// A few years more; in the redemption period the same brings the domain back.

import { useState } from "react";
import type { Domain } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField } from "../../parts/field.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";

/** The dialog, before the plan. */
export function RenewDialog({
  domain: { name, expiresAt, phase },
  isOpen,
  onClose,
}: {
  readonly domain: Domain;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [years, setYears] = useState("1");
  const openPlan = usePlan();
  const until = new Date(expiresAt);
  until.setUTCFullYear(until.getUTCFullYear() + Number(years));
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`${phase === "redemptionPeriod" ? "Restore" : "Renew"} ${visible(name)}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            purpose="primary"
            onClick={() => {
              onClose();
              openPlan(
                { action: "renew-domain", name, years: Number(years), currentExpiry: expiresAt.slice(0, 10) },
                { verb: phase === "redemptionPeriod" ? "Restore" : "Renew" },
              );
            }}
          >
            Plan it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pt-1">
        <SelectField
          label="For how long"
          value={years}
          options={Array.from({ length: 9 }, (_, i) => ({
            value: String(i + 1),
            label: counted(i + 1, "year"),
          }))}
          onChange={setYears}
        />
        <p className="text-soft">It is registered until {until.toLocaleDateString()} then.</p>
      </div>
    </Dialog>
  );
}
