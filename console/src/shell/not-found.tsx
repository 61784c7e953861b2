// What stands where there is no page, and where a page met a fault of its own.

import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button, ButtonLink } from "../parts/button.tsx";
import { PageHead } from "../parts/card.tsx";
import { Failure, shownFailure } from "../parts/failure.tsx";

/** There is no such page. */
export function NotFound() {
  return (
    <PageHead
      title="There is no such page"
      about="The link may be old, or the thing it led to may be gone."
      actions={<ButtonLink to="/">To the overview</ButtonLink>}
    />
  );
}

/** A page failed. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  return (
    <>
      <PageHead title="This page cannot be shown" />
      <Failure failure={shownFailure(error)} actions={<Button onClick={reset}>Show the page again</Button>} />
    </>
  );
}
