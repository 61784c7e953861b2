// Markdown of the documentation as blocks: what is shown, what is refused, where links lead, what the search and the contents know. And all of
// docs/ itself: every page can be shown, and every link and picture in it is there.

import { expect, test } from "vitest";
import { findBroken, readAllPages } from "./plugin.ts";
import { anchorOf, linksOf, picturesOf, readContents, readPage, searchEntries } from "./read-markdown.ts";

const page = (text: string, path = "how-to/some") => readPage(path, `# Title\n\n${text}`);

test("headings get GitHub's anchors, and those that are alike a number", () => {
  const { blocks } = page("## Plan, apply & undo\n\n## `GET /v1/zones/{zone}`\n\n## Same\n\n## Same\n");
  expect(blocks.flatMap((block) => (block.as === "heading" ? [block.anchor] : []))).toEqual([
    "title",
    "plan-apply--undo",
    "get-v1zoneszone",
    "same",
    "same-1",
  ]);
  expect(anchorOf("What is kept, and for how long")).toBe("what-is-kept-and-for-how-long");
});

test("text in a line keeps what it means, and is never markup", () => {
  const [, paragraph] = page("Give `a<b>` to **bold *both***, 1 \\< 2 &amp; on\nthe next line.").blocks;
  expect(paragraph).toEqual({
    as: "paragraph",
    content: [
      "Give ",
      { as: "code", text: "a<b>" },
      " to ",
      { as: "strong", content: ["bold ", { as: "emphasis", content: ["both"] }] },
      expect.stringMatching(/^, 1 < 2 .* on the next line\.$/),
    ],
  });
});

test("tables, lists and blocks of text", () => {
  const { blocks } = page(
    "| a | b |\n|---|---|\n| 1 | x \\| y |\n\n1. one\n2. two\n\n```sh\nls <dir>\n```\n\n> said\n",
  );
  expect(blocks.slice(1)).toEqual([
    { as: "table", head: [["a"], ["b"]], rows: [[["1"], ["x | y"]]] },
    {
      as: "list",
      isOrdered: true,
      items: [[{ as: "paragraph", content: ["one"] }], [{ as: "paragraph", content: ["two"] }]],
    },
    { as: "code", language: "sh", text: "ls <dir>" },
    { as: "quote", blocks: [{ as: "paragraph", content: ["said"] }] },
  ]);
});

test("links lead to paths below /docs, elsewhere, or within the page", () => {
  const { blocks } = page(
    "[a](../index.md#x) [b](other.md) [c](#here) [d](https://example.org/) <https://example.org/>",
  );
  expect([...linksOf(blocks)]).toEqual(["#x", "how-to/other", "how-to/some#here"]);
});

test.each([
  ["<script>alert(1)</script>", /html is not shown/],
  ["Some <b>bold</b> words", /html is not shown/],
  ["<!-- a comment -->", /html is not shown/],
  ["---", /hr is not shown/],
  ["![](x.svg)", /has no words/],
  ["[a](x.txt)", /is no page/],
  ["[a](javascript:alert(1))", /is no page/],
  ["# Another title", /two titles/],
])("%j is refused", (text, reason) => {
  expect(() => page(text)).toThrow(reason);
  expect(() => page(text)).toThrow("docs/how-to/some.md");
});

test("a page without a title is refused", () => {
  expect(() => readPage("x", "Only words")).toThrow(/title/);
  expect(() => readPage("x", "")).toThrow(/title/);
});

test("the search knows each part with its text, the contents each list of the start", () => {
  const read = page("Before.\n\n## Part\n\nWords in `it`.\n\n```sh\nls\n```\n");
  expect(searchEntries(read)).toEqual([
    { path: "how-to/some", page: "Title", heading: "", anchor: "", text: "Before." },
    { path: "how-to/some", page: "Title", heading: "Part", anchor: "part", text: "Words in it. ls" },
  ]);
  const start = readPage("index", "# Start\n\n## Kind: of pages\n\n- [One](a/one.md)\n- [Two](two.md)\n");
  expect(start.path).toBe("");
  expect(readContents(start)).toEqual([
    {
      title: "Kind: of pages",
      entries: [
        { path: "a/one", title: "One" },
        { path: "two", title: "Two" },
      ],
    },
  ]);
});

test("every page of docs can be shown; its links, anchors and pictures are there", () => {
  const pages = readAllPages();
  expect(pages.length).toBeGreaterThan(25);
  expect(findBroken(pages)).toEqual([]);
  expect(pages.flatMap(({ blocks }) => [...picturesOf(blocks)]).length).toBeGreaterThan(3);
});
