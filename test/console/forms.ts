// How a person fills a form of the console: choices of a list, the plan that follows, and its application.

import type { Locator, Page } from "playwright-core";

/** Chooses an option of a field that offers a list. */
export async function choose(within: Page | Locator, field: string, option: string | RegExp): Promise<void> {
  const page = "keyboard" in within ? within : within.page();
  await within.getByRole("combobox", { name: field, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
  await page.getByRole("listbox").waitFor({ state: "detached" });
}

/** The dialog that is open. Toasts have that role too, and no button that closes them. */
export function openDialog(page: Page): Locator {
  return page.getByRole("dialog").filter({ has: page.getByRole("button", { name: "Close", exact: true }) });
}

/** How long what a page reads every few seconds may take to be there, on a busy machine. */
export const soon: { readonly timeout: number } = { timeout: 60_000 };

/** Waits for the plan in the dialog, and gives all that it says. */
export async function readPlan(page: Page): Promise<string> {
  const dialog = openDialog(page);
  await dialog.getByText("Show as command line").waitFor();
  return (await dialog.textContent()) ?? "";
}

/** Carries the plan in the dialog out by its button, and waits until the dialog is gone. */
export async function applyPlan(page: Page, verb: string): Promise<void> {
  await readPlan(page);
  const dialog = openDialog(page);
  await dialog.getByRole("button", { name: verb, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Opens the menu of a page's head, and chooses. */
export async function chooseMore(page: Page, choice: string): Promise<void> {
  await page.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("menuitem", { name: choice, exact: true }).click();
}
