// The documentation: contents at the side, a page of docs/, what is in it, and the search over all of them. All of it was made when the console
// was built; nothing is asked of the platform.

import { useDeferredValue, useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { Link, useNavigate, useParams, useRouterState, useSearch } from "@tanstack/react-router";
import type { Block } from "../../../docs/page.ts";
import { PageHead } from "../../parts/card.tsx";
import { classes } from "../../parts/classes.ts";
import { Reading } from "../../parts/reading.tsx";
import { Blocks } from "./blocks.tsx";
import { find } from "./find.ts";
import { contents, loadPage, loadSearch, type MadePage } from "./made.ts";

/** Headings of the second depth from which on a page says what is in it. */
const fewHeadings = 3;

/** The page. */
export function DocsPage() {
  const path = useParams({ strict: false })._splat?.replace(/\/+$/, "") ?? "";
  const question = useSearch({ strict: false }).q ?? "";
  return (
    <div className="grid gap-x-8 gap-y-4 xl:grid-cols-[15rem_minmax(0,1fr)]">
      <div className="max-xl:order-first">
        <SearchField question={question} />
        <Contents path={path} />
      </div>
      <div className="min-w-0">
        {question === "" ? <Whole key={path} path={path} /> : <Found question={question} />}
      </div>
    </div>
  );
}

function SearchField({ question }: { readonly question: string }) {
  const navigate = useNavigate();
  return (
    <form role="search" onSubmit={(event) => event.preventDefault()} className="mb-4">
      <label className="sr-only" htmlFor="docs-search">
        Search the documentation
      </label>
      <input
        id="docs-search"
        type="search"
        value={question}
        placeholder="Search the documentation"
        maxLength={100}
        onChange={({ target }) =>
          void navigate({
            to: ".",
            search: target.value === "" ? {} : { q: target.value },
            replace: question !== "",
            resetScroll: false,
          })
        }
        className="h-9 w-full rounded-lg border border-line-strong bg-surface px-3 placeholder:text-soft"
      />
    </form>
  );
}

function Contents({ path }: { readonly path: string }) {
  // Beside the page where there is room, behind a button where there is not.
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <nav aria-label="Contents" className="text-sm">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex w-full items-center justify-between rounded-lg border border-line bg-surface px-3 py-2 font-medium xl:hidden"
      >
        Contents
        <ChevronDown size={16} aria-hidden className={classes(isOpen && "rotate-180")} />
      </button>
      <div className={classes("flex flex-col gap-3 max-xl:mt-3", !isOpen && "max-xl:hidden")}>
        {contents.map(({ title, entries }) => {
          const isHere = entries.some((entry) => entry.path === path);
          return (
            <details key={`${title} ${isHere}`} open={isHere || path === ""}>
              <summary className="py-0.5 font-semibold">{title.split(":")[0]}</summary>
              <ul className="mt-1 border-l border-line">
                {entries.map((entry) => (
                  <li key={entry.path}>
                    <Link
                      to="/docs/$"
                      params={{ _splat: entry.path }}
                      aria-current={entry.path === path ? "page" : undefined}
                      className={classes(
                        "-ml-px block border-l-2 py-1 pl-3 hover:text-accent",
                        entry.path === path ? "border-accent font-medium text-accent" : "border-transparent",
                      )}
                    >
                      {entry.title}
                    </Link>
                  </li>
                ))}
              </ul>
            </details>
          );
        })}
      </div>
    </nav>
  );
}

/** Reads a page that the build made. */
function usePage(path: string) {
  return useQuery({
    queryKey: ["documentation", path],
    queryFn: () => loadPage(path),
    staleTime: Infinity,
    networkMode: "always",
  });
}

function Whole({ path }: { readonly path: string }) {
  const reading = usePage(path);
  return (
    <Reading of={reading} lines={12}>
      {(read) =>
        read ? (
          <Article {...read} />
        ) : (
          <PageHead
            title="There is no such page"
            about={
              <>
                The{" "}
                <Link className="link" to="/docs">
                  contents
                </Link>{" "}
                have all that there is.
              </>
            }
          />
        )
      }
    </Reading>
  );
}

function Article({ page, pictures }: MadePage) {
  const hash = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    document.title = `${page.title} · Fairlead`;
    // The router looked for the heading before the page was there.
    if (hash !== "") document.getElementById(hash)?.scrollIntoView();
  }, [page, hash]);
  return (
    <article>
      <PageHead title={page.title} />
      <InThisPage blocks={page.blocks} />
      <Blocks blocks={page.blocks} pictures={pictures} />
    </article>
  );
}

function InThisPage({ blocks }: { readonly blocks: readonly Block[] }) {
  const headings = blocks.flatMap((block) => (block.as === "heading" && block.depth === 2 ? [block] : []));
  if (headings.length < fewHeadings) return null;
  return (
    <details className="mb-4 max-w-prose rounded-card border border-line bg-surface px-4 py-2">
      <summary className="font-medium">On this page</summary>
      <ul className="mt-1 mb-1 columns-2 gap-6 text-sm">
        {headings.map(({ anchor, content }) => (
          <li key={anchor} className="py-0.5">
            <Link className="link" to="." search={{}} hash={anchor}>
              {content
                .map((part) => (typeof part === "string" ? part : "text" in part ? part.text : ""))
                .join("")}
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Found({ question }: { readonly question: string }) {
  const asked = useDeferredValue(question);
  const reading = useQuery({
    queryKey: ["documentation search"],
    queryFn: loadSearch,
    staleTime: Infinity,
    networkMode: "always",
  });
  return (
    <Reading of={reading}>
      {(entries) => {
        const found = find(entries, asked);
        return (
          <>
            <PageHead
              title={`Search: ${asked}`}
              about={
                <span role="status">
                  {found.length === 0 ? "Nothing was found." : `${found.length} found`}
                </span>
              }
            />
            <ol className="flex max-w-prose flex-col gap-4">
              {found.map(({ path, page, heading, anchor, text }) => (
                <li key={`${path}#${anchor}`}>
                  <Link
                    className="link font-medium"
                    to="/docs/$"
                    params={{ _splat: path }}
                    search={{}}
                    {...(anchor === "" ? {} : { hash: anchor })}
                  >
                    {heading === "" ? page : `${page}: ${heading}`}
                  </Link>
                  <p className="line-clamp-2 text-sm text-soft">{text}</p>
                </li>
              ))}
            </ol>
          </>
        );
      }}
    </Reading>
  );
}
