// A page of the documentation as the console shows it: blocks and the text in them, made of Markdown when the console is built. There is
// no HTML in it, so that nothing of a page can be anything but text.

/** Text in a line: plain, or with a meaning. */
export type Inline =
  | string
  | { readonly as: "code"; readonly text: string }
  | { readonly as: "strong" | "emphasis"; readonly content: readonly Inline[] }
  /** `to` is an address elsewhere, or a path below /docs with its anchor. */
  | { readonly as: "link"; readonly to: string; readonly content: readonly Inline[] }
  | { readonly as: "picture"; readonly source: string; readonly about: string };

/** One block of a page. */
export type Block =
  | {
      readonly as: "heading";
      readonly depth: number;
      readonly anchor: string;
      readonly content: readonly Inline[];
    }
  | { readonly as: "paragraph"; readonly content: readonly Inline[] }
  | { readonly as: "list"; readonly isOrdered: boolean; readonly items: readonly (readonly Block[])[] }
  | { readonly as: "code"; readonly language: string; readonly text: string }
  | {
      readonly as: "table";
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly as: "quote"; readonly blocks: readonly Block[] };

/** A page. */
export interface Page {
  /** Below docs, without its ending: `how-to/backup`. The start has none. */
  readonly path: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** What the search knows of one part of a page. */
export interface SearchEntry {
  readonly path: string;
  readonly page: string;
  /** Of the part; empty for what stands before the first heading. */
  readonly heading: string;
  readonly anchor: string;
  readonly text: string;
}

/** A page in the table of contents. */
export interface ContentsEntry {
  readonly path: string;
  readonly title: string;
}

/** A kind of pages in the table of contents. */
export interface ContentsGroup {
  readonly title: string;
  readonly entries: readonly ContentsEntry[];
}
