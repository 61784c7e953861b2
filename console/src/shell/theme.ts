// Light or dark: the reader's system decides until they do. `public/theme.js` sets it before the first paint.

import { useSyncExternalStore } from "react";

/** What was chosen. */
export type ThemeChoice = "system" | "light" | "dark";

const key = "fairlead-theme";
const watchers = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");
system.addEventListener("change", show);

function chosen(): ThemeChoice {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function show(): void {
  const choice = chosen();
  const isDark = choice === "system" ? system.matches : choice === "dark";
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  for (const tell of watchers) tell();
}

/** Chooses a theme, and keeps the choice in this browser. */
export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") localStorage.removeItem(key);
  else localStorage.setItem(key, choice);
  show();
}

/** What was chosen. */
export function useTheme(): ThemeChoice {
  return useSyncExternalStore((tell) => {
    watchers.add(tell);
    return () => watchers.delete(tell);
  }, chosen);
}
