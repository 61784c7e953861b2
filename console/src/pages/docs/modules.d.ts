// What the build makes of docs/ (console/docs/plugin.ts). `made.ts` says what is in it: an ambient module can import no types of a file.

declare module "virtual:docs-contents" {
  /** Pages by kind, in their order. */
  export const contents: unknown;
  /** Loads a page by its path. */
  export const loads: Readonly<Record<string, () => Promise<unknown>>>;
}

declare module "virtual:docs-search" {
  /** All parts of all pages. */
  export const entries: unknown;
}
