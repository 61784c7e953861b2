// Blocks of a page of the documentation as elements. A link to another page is one of the router's; one to elsewhere says so.

import { Fragment, type ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import type { Block, Inline } from "../../../docs/page.ts";
import { CodeBlock } from "../../parts/code.tsx";
import { classes } from "../../parts/classes.ts";

/** Where the build put the pictures of a page, by their place below docs. */
type Pictures = Readonly<Record<string, string>>;

/** Blocks one below the other. */
export function Blocks({
  blocks,
  pictures,
}: {
  readonly blocks: readonly Block[];
  readonly pictures: Pictures;
}) {
  return blocks.map((block, i) => <OneBlock key={i} block={block} pictures={pictures} />);
}

function OneBlock({ block, pictures }: { readonly block: Block; readonly pictures: Pictures }): ReactNode {
  switch (block.as) {
    case "heading":
      return <Heading {...block} pictures={pictures} />;
    case "paragraph":
      return (
        <p className="my-3 max-w-prose">
          <Text content={block.content} pictures={pictures} />
        </p>
      );
    case "list": {
      const List = block.isOrdered ? "ol" : "ul";
      return (
        <List className={classes("my-3 max-w-prose pl-6", block.isOrdered ? "list-decimal" : "list-disc")}>
          {block.items.map((item, i) => (
            <li key={i} className="my-1 [&>p]:my-0">
              <Blocks blocks={item} pictures={pictures} />
            </li>
          ))}
        </List>
      );
    }
    case "code":
      return (
        <div className="my-4 max-w-4xl">
          <CodeBlock text={block.text} label={block.language === "sh" ? "Commands" : "Text"} />
        </div>
      );
    case "table":
      return (
        <div
          className="relative my-4 max-w-5xl overflow-x-auto rounded-card border border-line bg-surface"
          role="region"
          aria-label="Table"
          tabIndex={0}
        >
          <table className="w-full border-collapse text-left">
            <thead>
              <tr>
                {block.head.map((cell, i) => (
                  <th key={i} scope="col" className="border-b border-line px-3 py-2 font-semibold">
                    <Text content={cell} pictures={pictures} />
                    {cell.length === 0 && <span className="sr-only">About it</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, i) => (
                <tr key={i} className="align-top not-last:border-b not-last:border-line">
                  {row.map((cell, j) => (
                    <td key={j} className="px-3 py-2">
                      <Text content={cell} pictures={pictures} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "quote":
      return (
        <blockquote className="my-3 border-l-4 border-line pl-4 text-soft">
          <Blocks blocks={block.blocks} pictures={pictures} />
        </blockquote>
      );
  }
}

function Heading({
  depth,
  anchor,
  content,
  pictures,
}: Extract<Block, { as: "heading" }> & { readonly pictures: Pictures }) {
  const Level = depth === 2 ? "h2" : depth === 3 ? "h3" : "h4";
  if (depth === 1) return null; // the page's head has it
  return (
    <Level
      id={anchor}
      className={classes(
        "group scroll-mt-20 font-semibold tracking-tight wrap-anywhere",
        depth === 2 ? "mt-8 mb-2 text-xl" : "mt-6 mb-1 text-base",
      )}
    >
      <Text content={content} pictures={pictures} />
      <Link
        to="."
        search={(before: object) => before}
        hash={anchor}
        aria-label="Address of this part"
        className="ml-2 text-soft opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
      >
        #
      </Link>
    </Level>
  );
}

function Text({ content, pictures }: { readonly content: readonly Inline[]; readonly pictures: Pictures }) {
  return content.map((part, i) => (
    <Fragment key={i}>
      <Part part={part} pictures={pictures} />
    </Fragment>
  ));
}

function Part({ part, pictures }: { readonly part: Inline; readonly pictures: Pictures }): ReactNode {
  if (typeof part === "string") return part;
  switch (part.as) {
    case "code":
      return (
        <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.9em] wrap-anywhere">
          {part.text}
        </code>
      );
    case "strong":
      return (
        <strong>
          <Text content={part.content} pictures={pictures} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Text content={part.content} pictures={pictures} />
        </em>
      );
    case "picture":
      return (
        <img
          src={pictures[part.source]}
          alt={part.about}
          className="my-2 h-auto w-full max-w-4xl rounded-card border border-line"
        />
      );
    case "link": {
      const words = <Text content={part.content} pictures={pictures} />;
      if (/^https?:/.test(part.to))
        return (
          <a className="link" href={part.to} rel="noreferrer">
            {words}
          </a>
        );
      const [path = "", hash] = part.to.split("#");
      return (
        <Link
          className="link"
          to="/docs/$"
          params={{ _splat: path }}
          {...(hash === undefined ? {} : { hash })}
        >
          {words}
        </Link>
      );
    }
  }
}
