// "Show as": the command in front of the reader, as command line, API request and AWS CLI, each to copy. What writes them is a chunk of its
// own, read when somebody asks.

import { lazy, Suspense, useState } from "react";
import type { Command } from "#contract";
import { Skeleton } from "../parts/card.tsx";

const ExampleTabs = lazy(async () => ({ default: (await import("./example-tabs.tsx")).ExampleTabs }));

/** The command in other words, folded until somebody asks. */
export function CommandExamples({ command }: { readonly command: Command }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="rounded-lg border border-line px-3 py-2"
      onToggle={({ currentTarget: { open } }) => setOpen(open)}
    >
      <summary className="font-medium text-soft">Show as command line, API, AWS CLI</summary>
      {isOpen && (
        <div className="pt-2">
          <Suspense fallback={<Skeleton lines={2} />}>
            <ExampleTabs command={command} />
          </Suspense>
        </div>
      )}
    </details>
  );
}
