// The documentation in the console's build: each page of docs/ is a chunk of its own, the contents and what the search knows are two more.
// Pictures become files beside them. A page that cannot be shown fails the build; a link that leads nowhere fails a test.

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import type { Page } from "./page.ts";
import { linksOf, picturesOf, readContents, readPage, searchEntries } from "./read-markdown.ts";

const folder = join(dirname(dirname(import.meta.dirname)), "docs");
const contentsModule = "virtual:docs-contents";
const searchModule = "virtual:docs-search";
const pageModule = "virtual:docs-page/";

/** All pages of docs/. Throws an Error where one cannot be shown. */
export function readAllPages(): Page[] {
  return globSync("**/*.md", { cwd: folder })
    .sort()
    .map((file) => {
      const path = file.replace(/\.md$/, "");
      return readPage(path, readFileSync(join(folder, file), "utf8"));
    });
}

/** Links and pictures of pages that lead to nothing, in words. */
export function findBroken(pages: readonly Page[]): string[] {
  const anchors = new Set(
    pages.flatMap(({ path, blocks }) => [
      path,
      ...blocks.flatMap((block) => (block.as === "heading" ? [`${path}#${block.anchor}`] : [])),
    ]),
  );
  const pictures = new Set(globSync("**/*.svg", { cwd: folder }));
  return pages.flatMap(({ path, blocks }) => [
    ...[...linksOf(blocks)]
      .filter((link) => !anchors.has(link))
      .map((link) => `docs/${path}: link to ${link}`),
    ...[...picturesOf(blocks)]
      .filter((source) => !pictures.has(source))
      .map((source) => `docs/${path}: picture ${source}`),
  ]);
}

/** The plugin. */
export function documentation(): Plugin {
  let pages: readonly Page[] = [];
  return {
    name: "documentation",
    buildStart() {
      pages = readAllPages();
      for (const broken of findBroken(pages)) this.warn(broken);
      for (const file of globSync("**/*.{md,svg}", { cwd: folder })) this.addWatchFile(join(folder, file));
    },
    resolveId: (id) => (id.startsWith("virtual:docs-") ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith("\0virtual:docs-")) return undefined;
      const name = id.slice(1);
      if (name === contentsModule) return contentsCode(pages);
      if (name === searchModule)
        return `export const entries = ${JSON.stringify(pages.flatMap(searchEntries))};`;
      const page = pages.find(({ path }) => name === `${pageModule}${path}`);
      return page && pageCode(page);
    },
  };
}

/** The contents, and how each page is loaded. */
function contentsCode(pages: readonly Page[]): string {
  const start = pages.find(({ path }) => path === "");
  if (!start) throw new Error("docs/index.md is not there");
  const loads = pages.map(
    ({ path }) => `${JSON.stringify(path)}: () => import(${JSON.stringify(`${pageModule}${path}`)})`,
  );
  return `export const contents = ${JSON.stringify(readContents(start))};\nexport const loads = {${loads.join(",")}};`;
}

/** A page, and where the build puts its pictures. */
function pageCode(page: Page): string {
  const sources = [...new Set(picturesOf(page.blocks))];
  const imports = sources.map(
    (source, i) => `import picture${i} from ${JSON.stringify(`${join(folder, source)}?url`)};`,
  );
  const table = sources.map((source, i) => `${JSON.stringify(source)}: picture${i}`);
  return `${imports.join("\n")}\nexport const page = ${JSON.stringify(page)};\nexport const pictures = {${table.join(",")}};`;
}
