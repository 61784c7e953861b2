// Pictures as plain values: what React puts on a page, and what becomes the text of a file. Colours are classes of picture.css.

/** An element of a picture. */
export interface Shape {
  readonly tag: "svg" | "g" | "rect" | "path" | "circle" | "line" | "text" | "title";
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Shape | string)[];
  /** The step of the trace that it stands for: it can be chosen. */
  readonly step?: number;
}

/** A picture: its size, and what is on it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** Makes a shape. */
export function shape(
  tag: Shape["tag"],
  attributes: Shape["attributes"],
  ...children: readonly (Shape | string)[]
): Shape {
  return { tag, attributes, children };
}

/** Text at a place, cut where it would be longer than a number of characters; the whole of it is its title. */
export function label(
  text: string,
  at: { readonly x: number; readonly y: number },
  name: string,
  most = 200,
): Shape {
  const cut = cutText(text, most);
  return shape("text", { ...at, class: name }, cut, ...(cut === text ? [] : [shape("title", {}, text)]));
}

/** Shortens a text at its end. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Puts pictures one below the other. */
export function stack(pictures: readonly Picture[], gap: number): Picture {
  let y = 0;
  const shapes: Shape[] = [];
  for (const picture of pictures) {
    shapes.push(shape("g", { transform: `translate(0 ${y})` }, ...picture.shapes));
    y += picture.height + gap;
  }
  return { width: Math.max(...pictures.map(({ width }) => width)), height: y - gap, shapes };
}

/**
 * Writes a picture as a file.
 * @param title  what it is, for who cannot see it
 * @param style  of the classes
 * @param tokens  what the style's colours are, as rules for `:root`
 */
export function toMarkup(
  { width, height, shapes }: Picture,
  title: string,
  style: string,
  tokens: string,
): string {
  const body = shapes.map(markupOf).join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="trace-picture" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeText(title)}</title>`,
    `<style>${tokens}\n${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    body,
    "</svg>\n",
  ].join("");
}

function markupOf(part: Shape | string): string {
  if (typeof part === "string") return escapeText(part);
  const attributes = Object.entries(part.attributes)
    .map(([name, value]) => ` ${name}="${escapeText(String(value)).replaceAll('"', "&quot;")}"`)
    .join("");
  return `<${part.tag}${attributes}>${part.children.map(markupOf).join("")}</${part.tag}>`;
}

/** Text of elsewhere is never markup; what XML has no place for stands there as a mark. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
