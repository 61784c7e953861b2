// Where the nodes of the picture of routes stand: in columns by what they are, in an order in which ways cross little, each as near as can
// be to what it is joined to. Fixed columns need no more than that.

import type { RouteColumn, RouteEdge, RouteNode, RoutePicture } from "#contract";

/** Height of a node and of the room from one to the next, in pixels. */
export const nodeHeight = 46;
const pitch = nodeHeight + 12;
/** Passes over the columns; after these nothing moves that somebody would see. */
const passes = 6;

/** A node with its place. */
export interface PlacedNode {
  readonly node: RouteNode;
  /** Number of its column, from the left, among those that there are. */
  readonly column: number;
  /** Upper edge, in pixels. */
  readonly y: number;
}

/** A line from one node to another, with the places at which it passes the columns between them. */
export interface PlacedEdge {
  readonly edge: RouteEdge;
  /** Column and upper edge of each place, those of its ends among them. */
  readonly points: readonly { readonly column: number; readonly y: number }[];
}

/** A picture with places. */
export interface RouteLayout {
  readonly columns: readonly RouteColumn[];
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly height: number;
}

/** What has a place in a column: a node, or a line that passes it. */
interface Slot {
  readonly id: string;
}

const columnOrder: readonly RouteColumn[] = ["name", "record", "front", "resource", "target"];

/** Finds a place for every node. */
export function layOut({ nodes, edges }: Pick<RoutePicture, "nodes" | "edges">): RouteLayout {
  const columns = columnOrder.filter((column) => nodes.some((node) => node.column === column));
  const columnOf = new Map(nodes.map(({ id, column }) => [id, columns.indexOf(column)]));
  // A line that passes a column has a place of its own there, so that it runs behind no node.
  const ways = edges.map((edge) => {
    const [first = 0, last = 0] = [columnOf.get(edge.from), columnOf.get(edge.to)];
    const passed = Array.from({ length: Math.max(0, last - first - 1) }, (_, i) => first + 1 + i);
    const between = passed.map((column) => ({ id: `${edge.from}\n${edge.to}\n${column}`, column }));
    return { edge, between, ids: [edge.from, ...between.map(({ id }) => id), edge.to] };
  });
  const pairs = ways.flatMap(({ ids }) => ids.slice(1).map((id, i) => [ids[i] ?? "", id] as const));
  const behind = neighbours(pairs);
  const before = neighbours(pairs.map(([from, to]) => [to, from]));
  for (const { between } of ways) for (const { id, column } of between) columnOf.set(id, column);

  // In the order in which somebody comes by them who follows each way to its end.
  const seen = new Set<string>();
  const lists: Slot[][] = columns.map(() => []);
  const visit = (id: string): void => {
    const column = columnOf.get(id);
    if (column === undefined || seen.has(id)) return;
    seen.add(id);
    lists[column]?.push({ id });
    for (const next of behind.get(id) ?? []) visit(next);
  };
  for (const { id, column } of nodes) if (column === "name") visit(id);
  for (const { id } of nodes) if (!before.has(id)) visit(id);

  const at = new Map<string, number>();
  for (const list of lists) list.forEach(({ id }, i) => at.set(id, i * pitch));
  for (let pass = 0; pass < passes; pass++) {
    const isBack = pass % 2 === 0;
    const order = isBack ? lists.toReversed() : lists;
    for (const list of order) settle(list, at, isBack ? behind : before);
  }
  const least = Math.min(...at.values(), Infinity);
  const yOf = (id: string): number => (at.get(id) ?? least) - least;
  const placed = nodes.map((node) => ({ node, column: columnOf.get(node.id) ?? 0, y: yOf(node.id) }));
  return {
    columns,
    nodes: placed,
    edges: ways.map(({ edge, ids }) => ({
      edge,
      points: ids.map((id) => ({ column: columnOf.get(id) ?? 0, y: yOf(id) })),
    })),
    height: Math.max(...placed.map(({ y }) => y + nodeHeight), nodeHeight),
  };
}

/**
 * Moves the nodes of a column as near as can be to the middle of what they are joined to, in their order and without one over the other:
 * least squares under an order, by pooling neighbours that would overlap.
 */
function settle(
  list: readonly Slot[],
  at: Map<string, number>,
  joined: ReadonlyMap<string, readonly string[]>,
): void {
  const pools: { sum: number; count: number }[] = [];
  for (const [i, { id }] of list.entries()) {
    const places = (joined.get(id) ?? []).map((other) => at.get(other) ?? 0);
    const wanted =
      places.length === 0 ? (at.get(id) ?? 0) : places.reduce((sum, place) => sum + place, 0) / places.length;
    let pool = { sum: wanted - i * pitch, count: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  let first = 0;
  for (const { sum, count } of pools) {
    for (let i = first; i < first + count; i++) {
      const slot = list[i];
      if (slot) at.set(slot.id, sum / count + i * pitch);
    }
    first += count;
  }
}

function neighbours(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [from, to] of pairs) {
    const list = found.get(from);
    if (list) list.push(to);
    else found.set(from, [to]);
  }
  return found;
}

/** Everything on the ways that lead through a node: what leads to it, and what lies behind it. */
export function waysThrough({ edges }: Pick<RoutePicture, "edges">, id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (const [from, to] of [
    ["from", "to"],
    ["to", "from"],
  ] as const) {
    const next = new Set([id]);
    // A set that grows while it is gone through.
    for (const one of next) for (const edge of edges) if (edge[from] === one) next.add(edge[to]);
    for (const one of next) found.add(one);
  }
  return found;
}
