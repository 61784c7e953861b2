// Dialogs, the drawer of small screens, menus and tabs: Base UI's behaviour in our look.

import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { Menu as BaseMenu } from "@base-ui/react/menu";
import { Tabs as BaseTabs } from "@base-ui/react/tabs";
import { X } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { classes } from "./classes.ts";

/** A dialog over the page. Its content goes on living while it is shown again, if who holds it keeps it. */
export function Dialog({
  isOpen,
  onClose,
  title,
  about,
  actions,
  isWide = false,
  canClose = true,
  children,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly about?: ReactNode;
  /** Buttons at its end. */
  readonly actions?: ReactNode;
  readonly isWide?: boolean;
  /** False where the page can do nothing without it. */
  readonly canClose?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <BaseDialog.Root
      open={isOpen}
      disablePointerDismissal={!canClose}
      onOpenChange={(open) => {
        if (!open && canClose) onClose();
      }}
    >
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-black/45 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <BaseDialog.Popup
          className={classes(
            "fixed inset-x-0 bottom-0 z-40 flex max-h-[92dvh] flex-col rounded-t-2xl border border-line bg-surface shadow-card outline-none",
            "sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:max-h-[86dvh] sm:w-[calc(100vw-3rem)] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl",
            "transition-[opacity,scale] duration-150 data-ending-style:scale-97 data-ending-style:opacity-0 data-starting-style:scale-97 data-starting-style:opacity-0",
            isWide ? "sm:max-w-3xl" : "sm:max-w-lg",
          )}
        >
          <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-2">
            <div className="min-w-0">
              <BaseDialog.Title className="text-lg font-semibold break-words">{title}</BaseDialog.Title>
              {about !== undefined && (
                <BaseDialog.Description render={<div />} className="text-soft">
                  {about}
                </BaseDialog.Description>
              )}
            </div>
            {canClose && (
              <BaseDialog.Close
                aria-label="Close"
                className="-mr-2 inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-soft hover:bg-sunken"
              >
                <X size={18} aria-hidden />
              </BaseDialog.Close>
            )}
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-4">{children}</div>
          {actions !== undefined && (
            <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
              {actions}
            </div>
          )}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

/** Something that a menu offers. */
export interface MenuChoice {
  readonly label: ReactNode;
  readonly icon?: ReactNode;
  readonly isDangerous?: boolean;
  readonly isDisabled?: boolean;
  readonly onChoose: () => void;
}

/** A menu of actions, opened by `trigger`, which is a button. */
export function Menu({
  trigger,
  choices,
}: {
  readonly trigger: ReactElement;
  readonly choices: readonly (MenuChoice | "line")[];
}) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align="end" className="z-50 outline-none">
          <BaseMenu.Popup className="min-w-44 rounded-lg border border-line bg-surface p-1 shadow-card outline-none">
            {choices.map((choice, i) =>
              choice === "line" ? (
                <BaseMenu.Separator key={i} className="my-1 h-px bg-line" />
              ) : (
                <BaseMenu.Item
                  key={i}
                  disabled={choice.isDisabled ?? false}
                  onClick={choice.onChoose}
                  className={classes(
                    "flex cursor-pointer items-center gap-2 rounded-md px-2.5 py-1.5 outline-none data-disabled:opacity-50 data-highlighted:bg-accent-soft",
                    choice.isDangerous === true && "text-bad",
                  )}
                >
                  {choice.icon}
                  {choice.label}
                </BaseMenu.Item>
              ),
            )}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** Views of one thing, side by side; which is shown belongs to the page's URL where it is more than a detail. */
export function Tabs<Name extends string>({
  tabs,
  selected,
  onSelect,
  label,
}: {
  readonly tabs: readonly { readonly name: Name; readonly title: ReactNode; readonly content: ReactNode }[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
  readonly label: string;
}) {
  return (
    <BaseTabs.Root value={selected} onValueChange={(value) => onSelect(value as Name)}>
      <BaseTabs.List aria-label={label} className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map(({ name, title }) => (
          <BaseTabs.Tab
            key={name}
            value={name}
            className="-mb-px border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-soft hover:text-text data-active:border-accent data-active:text-text"
          >
            {title}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {tabs.map(({ name, content }) => (
        <BaseTabs.Panel key={name} value={name} className="outline-none">
          {content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
