// Reads the documentation: Markdown (the part of GitHub's that we write) to pages of blocks. What cannot be shown is refused when the console
// is built: raw HTML, a picture without words, a link that leads nowhere.

import { posix } from "node:path";
import { lexer, type Token, type Tokens } from "marked";
import type { Block, ContentsGroup, Inline, Page, SearchEntry } from "./page.ts";

/** Most characters of a part's text that the search knows. */
const maxSearchCharacters = 400;

/**
 * Reads one page.
 * @param path  below docs, without its ending; the start is `index`
 * Throws an Error with the page's path where something in it cannot be shown.
 */
export function readPage(path: string, markdown: string): Page {
  const reader = new PageReader(path);
  const blocks = reader.blocks(lexer(markdown));
  const [first] = blocks;
  if (first?.as !== "heading" || first.depth !== 1)
    throw new Error(`docs/${path}.md: it does not begin with a title`);
  if (blocks.filter((block) => block.as === "heading" && block.depth === 1).length > 1)
    throw new Error(`docs/${path}.md: it has two titles`);
  return { path: path === "index" ? "" : path, title: plainText(first.content), blocks };
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

/** Content without what it means. */
export function plainText(content: readonly Inline[]): string {
  return content
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.as === "code") return part.text;
      return part.as === "picture" ? part.about : plainText(part.content);
    })
    .join("");
}

/** Reads the tokens of one page. */
class PageReader {
  readonly #path: string;
  readonly #anchors = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  blocks(tokens: readonly Token[]): Block[] {
    return tokens.flatMap((token) => this.#block(token));
  }

  #block(token: Token): Block[] {
    switch (token.type) {
      case "space":
        return [];
      case "heading": {
        const { depth, tokens } = token as Tokens.Heading;
        const content = this.#inlines(tokens);
        return [{ as: "heading", depth, anchor: this.#anchor(plainText(content)), content }];
      }
      case "paragraph":
      case "text": {
        const { tokens, text } = token as Tokens.Paragraph;
        return [{ as: "paragraph", content: tokens ? this.#inlines(tokens) : [text] }];
      }
      case "list": {
        const { ordered, items } = token as Tokens.List;
        return [{ as: "list", isOrdered: ordered, items: items.map((item) => this.blocks(item.tokens)) }];
      }
      case "code": {
        const { lang = "", text } = token as Tokens.Code;
        return [{ as: "code", language: lang, text }];
      }
      case "table": {
        const { header, rows } = token as Tokens.Table;
        const row = (cells: readonly Tokens.TableCell[]): Inline[][] =>
          cells.map(({ tokens }) => this.#inlines(tokens));
        return [{ as: "table", head: row(header), rows: rows.map(row) }];
      }
      case "blockquote":
        return [{ as: "quote", blocks: this.blocks((token as Tokens.Blockquote).tokens) }];
      default:
        throw this.#refusal(token);
    }
  }

  #inlines(tokens: readonly Token[]): Inline[] {
    const content: Inline[] = [];
    for (const token of tokens) {
      const one = this.#inline(token);
      const last = content.at(-1);
      if (typeof one === "string" && typeof last === "string") content[content.length - 1] = last + one;
      else content.push(one);
    }
    return content;
  }

  #inline(token: Token): Inline {
    switch (token.type) {
      case "text": {
        const { text, tokens } = token as Tokens.Text;
        const [only] = tokens ? this.#inlines(tokens) : [text.replaceAll("\n", " ")];
        return only ?? "";
      }
      case "escape":
        return (token as Tokens.Escape).text;
      case "codespan":
        return { as: "code", text: (token as Tokens.Codespan).text };
      case "strong":
      case "em":
        return {
          as: token.type === "em" ? "emphasis" : "strong",
          content: this.#inlines((token as Tokens.Strong).tokens),
        };
      case "link": {
        const { href, tokens } = token as Tokens.Link;
        return { as: "link", to: this.#target(href), content: this.#inlines(tokens) };
      }
      case "image": {
        const { href, text } = token as Tokens.Image;
        if (text === "")
          throw new Error(`docs/${this.#path}.md: picture ${href} has no words for those who do not see it`);
        return { as: "picture", source: posix.join(posix.dirname(this.#path), href), about: text };
      }
      default:
        throw this.#refusal(token);
    }
  }

  /** Where a link leads: elsewhere, or a path below /docs. */
  #target(href: string): string {
    if (/^https?:\/\//.test(href)) return href;
    const [file = "", anchor] = href.split("#");
    const path = file === "" ? this.#path : posix.join(posix.dirname(this.#path), file.replace(/\.md$/, ""));
    if (file !== "" && !file.endsWith(".md")) throw new Error(`docs/${this.#path}.md: ${href} is no page`);
    return `${path === "index" ? "" : path}${anchor === undefined ? "" : `#${anchor}`}`;
  }

  /** An anchor that no heading of the page before has: the second of a name gets -1, as on GitHub. */
  #anchor(heading: string): string {
    const anchor = anchorOf(heading);
    const before = this.#anchors.get(anchor) ?? 0;
    this.#anchors.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  }

  #refusal({ type, raw }: Token): Error {
    return new Error(`docs/${this.#path}.md: ${type} is not shown: ${raw.slice(0, 80)}`);
  }
}

/** The links of a page that lead to other pages or within it. */
export function* linksOf(blocks: readonly Block[]): Generator<string> {
  for (const { to } of inlinesOf(blocks, "link")) if (!/^https?:/.test(to)) yield to;
}

/** The pictures of a page, below docs. */
export function* picturesOf(blocks: readonly Block[]): Generator<string> {
  for (const { source } of inlinesOf(blocks, "picture")) yield source;
}

function* inlinesOf<As extends "link" | "picture">(
  blocks: readonly Block[],
  as: As,
): Generator<Extract<Inline, { as: As }>> {
  for (const content of contentsOf(blocks)) yield* within(content, as);
}

function* within<As extends string>(
  content: readonly Inline[],
  as: As,
): Generator<Extract<Inline, { as: As }>> {
  for (const part of content) {
    if (typeof part === "string") continue;
    if (part.as === as) yield part as Extract<Inline, { as: As }>;
    if ("content" in part) yield* within(part.content, as);
  }
}

function* contentsOf(blocks: readonly Block[]): Generator<readonly Inline[]> {
  for (const block of blocks) {
    if (block.as === "heading" || block.as === "paragraph") yield block.content;
    if (block.as === "list") for (const item of block.items) yield* contentsOf(item);
    if (block.as === "quote") yield* contentsOf(block.blocks);
    if (block.as === "table") for (const row of [block.head, ...block.rows]) yield* row;
  }
}

/** What the search knows of a page: an entry for each heading, with the text below it. */
export function searchEntries({ path, title, blocks }: Page): SearchEntry[] {
  const parts: { heading: string; anchor: string; text: string[] }[] = [];
  for (const block of blocks) {
    if (block.as === "heading") {
      const isTitle = block.depth === 1;
      parts.push({
        heading: isTitle ? "" : plainText(block.content),
        anchor: isTitle ? "" : block.anchor,
        text: [],
      });
    } else if (block.as === "code") parts.at(-1)?.text.push(block.text);
    else for (const content of contentsOf([block])) parts.at(-1)?.text.push(plainText(content));
  }
  return parts.map(({ heading, anchor, text }) => ({
    path,
    page: title,
    heading,
    anchor,
    text: text.join(" ").replaceAll(/\s+/g, " ").slice(0, maxSearchCharacters),
  }));
}

/** The table of contents, from the lists of docs/index.md: its headings are the kinds. */
export function readContents({ blocks }: Page): ContentsGroup[] {
  const groups: { title: string; entries: { path: string; title: string }[] }[] = [];
  for (const block of blocks) {
    if (block.as === "heading" && block.depth === 2)
      groups.push({ title: plainText(block.content), entries: [] });
    if (block.as !== "list") continue;
    for (const link of inlinesOf([block], "link"))
      groups.at(-1)?.entries.push({ path: link.to, title: plainText(link.content) });
  }
  return groups;
}
