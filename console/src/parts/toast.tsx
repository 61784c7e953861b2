// What was done, told at the edge of the page for a while, with the way back: the undo of a change.

import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";

/** What can be done about what is told: `Undo`. */
export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

interface ToastData {
  readonly actions?: readonly ToastAction[];
}

const manager = Toast.createToastManager<ToastData>();

/** Milliseconds that a toast stays; one with a way back stays longer. */
const staysMs = 6000;
const staysWithActionsMs = 15_000;

/** Tells something. @param tone  `bad` is read out at once */
export function tell(
  title: string,
  {
    about,
    tone = "good",
    actions = [],
  }: {
    readonly about?: string;
    readonly tone?: "good" | "bad";
    readonly actions?: readonly ToastAction[];
  } = {},
): void {
  manager.add({
    title,
    type: tone,
    priority: tone === "bad" ? "high" : "low",
    timeout: actions.length > 0 ? staysWithActionsMs : staysMs,
    ...(about === undefined ? {} : { description: about }),
    data: { actions },
  });
}

/** The place where toasts appear; stands once in the page. On a phone it is above: dialogs have their buttons below. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        {/* Below dialogs: what was done before must not lie over the button that is to be pressed now. */}
        <Toast.Viewport className="fixed right-4 bottom-[calc(1rem+var(--tray,0px))] z-35 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager<ToastData>();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={["right", "down"]}
      className={classes(
        "rounded-card border bg-surface p-3.5 pr-10 shadow-card transition-opacity data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0",
        toast.type === "bad" ? "border-bad/50" : "border-line",
      )}
    >
      <Toast.Content>
        <Toast.Title className={classes("font-semibold break-words", toast.type === "bad" && "text-bad")} />
        <Toast.Description className="break-words text-soft" />
        {toast.data?.actions && toast.data.actions.length > 0 && (
          <div className="mt-2 flex flex-wrap gap-2">
            {toast.data.actions.map(({ label, run }) => (
              <Button
                key={label}
                size="small"
                onClick={() => {
                  manager.close(toast.id);
                  run();
                }}
              >
                {label}
              </Button>
            ))}
          </div>
        )}
        <Toast.Close
          aria-label="Dismiss"
          className="absolute top-2 right-2 inline-flex size-8 items-center justify-center rounded-md text-soft hover:bg-sunken"
        >
          <X size={16} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
