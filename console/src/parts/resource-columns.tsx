// Columns that the lists of several kinds of resources have.

import { Link } from "@tanstack/react-router";
import { visible } from "../text/visible.ts";
import { Value } from "./code.tsx";
import { place } from "./place.ts";
import type { ListPath } from "./resource-page.tsx";
import type { Column } from "./table.tsx";

/** The name, which leads to the resource's page. */
export function nameColumn<Row extends { readonly name: string }>(list: ListPath): Column<Row> {
  return {
    title: "Name",
    cell: ({ name }) => (
      <Link className="link font-medium" {...place([list, name])}>
        {visible(name)}
      </Link>
    ),
    sortBy: ({ name }) => name,
  };
}

/** The first of its public addresses. */
export function addressColumn<Row extends { readonly publicAddresses: readonly { address: string }[] }>(
  title = "Public address",
): Column<Row> {
  return {
    title,
    cell: ({ publicAddresses: [first] }) => (first ? <Value text={first.address} /> : "–"),
  };
}

/** The names that lead to it. */
export function namesColumn<Row extends { readonly names: readonly string[] }>(): Column<Row> {
  return {
    title: "Names",
    cell: ({ names }) =>
      names.length > 0 ? (
        <span className="break-words">{visible(names.join(", "))}</span>
      ) : (
        <span className="text-soft">none yet</span>
      ),
  };
}
