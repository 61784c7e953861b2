// The history of one thing beside its page: a button that opens a panel at the side. `<HistoryOf resource="web" />` stands among the actions
// of a page's head; a zone's is `<HistoryOf zone="shop.test" />`.

import { useState } from "react";
import { Dialog } from "@base-ui/react/dialog";
import { Link } from "@tanstack/react-router";
import { History, X } from "lucide-react";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { ChangeList } from "./change-list.tsx";
import { Empty } from "./card.tsx";
import { place } from "./place.ts";

/** The button with its panel. */
export function HistoryOf({
  resource,
  zone,
}: {
  /** The name of a resource: everything that touched it. */
  readonly resource?: string;
  /** A zone: everything that touched its records, and its domain. */
  readonly zone?: string;
}) {
  const [isOpen, setOpen] = useState(false);
  const name = resource ?? zone ?? "";
  const asked = { ...(resource === undefined ? {} : { resource }), ...(zone === undefined ? {} : { zone }) };
  return (
    <>
      <Button icon={<History size={16} aria-hidden />} onClick={() => setOpen(true)}>
        History
      </Button>
      <Dialog.Root open={isOpen} onOpenChange={setOpen}>
        <Dialog.Portal>
          <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/45 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
          <Dialog.Popup className="fixed inset-y-0 right-0 z-40 flex w-[min(30rem,100vw)] flex-col border-l border-line bg-surface shadow-card transition-transform duration-150 outline-none data-ending-style:translate-x-full data-starting-style:translate-x-full">
            <div className="flex items-start justify-between gap-4 border-b border-line px-4 pt-4 pb-3">
              <div className="min-w-0">
                <Dialog.Title className="text-lg font-semibold break-words">
                  History of {visible(name)}
                </Dialog.Title>
                <Link {...place("history", asked)} className="link text-sm" onClick={() => setOpen(false)}>
                  As a page, with filters
                </Link>
              </div>
              <Dialog.Close
                aria-label="Close"
                className="-mr-2 inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-soft hover:bg-sunken"
              >
                <X size={18} aria-hidden />
              </Dialog.Close>
            </div>
            <div className="min-h-0 flex-1 overflow-y-auto">
              {isOpen && (
                <ChangeList asked={asked} onOpen={() => setOpen(false)}>
                  <Empty title="Nobody changed it yet" />
                </ChangeList>
              )}
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}
