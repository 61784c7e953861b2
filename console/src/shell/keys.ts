// The keyboard beyond the browser's own: Control K for the palette, `?` for help, and `g` with a letter for a page. Letters by themselves can be
// switched off, for who speaks to the computer or holds keys down (WCAG 2.1.4).

import { useEffect, useState } from "react";
import { useRouter } from "@tanstack/react-router";
import { navigation } from "./navigation.ts";

const setting = "fairlead.letters";
/** Milliseconds in which a letter follows `g`. */
const followMs = 1500;

/** Whether letters by themselves do something. */
export function hasLetters(): boolean {
  return localStorage.getItem(setting) !== "off";
}

/** Switches letters by themselves on or off, for this browser. */
export function setLetters(isOn: boolean): void {
  if (isOn) localStorage.removeItem(setting);
  else localStorage.setItem(setting, "off");
}

/** What the keyboard opens. */
export type Opened = "palette" | "help";

/** Listens to the keyboard while the frame is there. */
export function useKeys(open: (what: Opened) => void): void {
  const router = useRouter();
  const [state] = useState({ wentAt: 0 });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { key } = event;
      if (key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey) {
        event.preventDefault();
        open("palette");
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing || isTaken(event.target))
        return;
      if (!hasLetters()) return;
      const isSecond = performance.now() - state.wentAt < followMs;
      state.wentAt = 0;
      const page = isSecond ? pageOf(key) : undefined;
      if (page !== undefined) void router.navigate({ to: page });
      else if (key === "g") state.wentAt = performance.now();
      else if (key === "?") open("help");
      else if (key === "/") open("palette");
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [open, router, state]);
}

function pageOf(letter: string): string | undefined {
  for (const { entries } of navigation)
    for (const entry of entries) if (entry.letter === letter) return entry.to;
  return undefined;
}

/** Whether a key belongs to what has the focus: a field, a list that is searched by letters, or a dialog that is open. */
function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]'))
    return true;
  return (
    target.closest('input, textarea, select, [contenteditable="true"], [role="combobox"], [role="grid"]') !==
    null
  );
}
