// Puts a picture on the page. Shapes that stand for a step can be chosen: by a press, and from the keyboard.

import { createElement, type KeyboardEvent, type ReactNode } from "react";
import type { Picture, Shape } from "./shapes.ts";
import { visible } from "../../text/visible.ts";
import "./picture.css";

/** A picture whose steps can be chosen. */
export function Draw({
  picture: { width, height, shapes },
  name,
  onChoose,
}: {
  readonly picture: Picture;
  /** What it is, for who cannot see it. */
  readonly name: string;
  readonly onChoose?: ((step: number) => void) | undefined;
}) {
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className="trace-picture block h-auto w-full min-w-[54rem]"
      role="group"
      aria-label={name}
    >
      {shapes.map((one, i) => render(one, i, onChoose))}
    </svg>
  );
}

function render(
  part: Shape | string,
  key: number,
  onChoose: ((step: number) => void) | undefined,
): ReactNode {
  if (typeof part === "string") return visible(part);
  const { tag, step } = part;
  const { class: className, "text-anchor": textAnchor, ...attributes } = part.attributes;
  const choose = step === undefined || !onChoose ? undefined : () => onChoose(step);
  return createElement(
    tag,
    {
      key,
      ...attributes,
      ...(className === undefined ? {} : { className }),
      ...(textAnchor === undefined ? {} : { textAnchor }),
      ...(choose
        ? {
            role: "button",
            tabIndex: 0,
            onClick: choose,
            onKeyDown: (event: KeyboardEvent) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              choose();
            },
          }
        : {}),
    },
    ...part.children.map((child, i) => render(child, i, onChoose)),
  );
}
