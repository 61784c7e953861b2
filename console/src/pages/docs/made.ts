// What the build made of docs/, with its types: the contents at once, a page and what the search knows when they are asked for.

import * as made from "virtual:docs-contents";
import type { ContentsGroup, Page, SearchEntry } from "../../../docs/page.ts";

/** A page, and where the build put its pictures, by their place below docs. */
export interface MadePage {
  readonly page: Page;
  readonly pictures: Readonly<Record<string, string>>;
}

/** Pages by kind, in their order. */
export const contents = made.contents as readonly ContentsGroup[];

/** Loads a page by its path; null where there is none. */
export async function loadPage(path: string): Promise<MadePage | null> {
  return ((await made.loads[path]?.()) as MadePage | undefined) ?? null;
}

/** All parts of all pages. */
export async function loadSearch(): Promise<readonly SearchEntry[]> {
  return (await import("virtual:docs-search")).entries as readonly SearchEntry[];
}
