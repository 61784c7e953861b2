// What stands where there is no page, and where a page met a fault of its own.

import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button, ButtonLink } from "../parts/button.tsx";
import { Empty } from "../parts/card.tsx";
import { Failure, shownFailure } from "../parts/failure.tsx";

/** There is no such page. */
export function NotFound() {
  return (
    <Empty title="There is no such page" actions={<ButtonLink to="/">To the overview</ButtonLink>}>
      The link may be old, or the thing it led to may be gone.
    </Empty>
  );
}

/** A page failed. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  return (
    <Failure failure={shownFailure(error)} actions={<Button onClick={reset}>Show the page again</Button>} />
  );
}
