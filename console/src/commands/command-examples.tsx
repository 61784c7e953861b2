// "Show as": the command in front of the reader, as command line, API request and AWS CLI, each to copy.

import { useMemo, useState } from "react";
import type { Command } from "#contract";
import { CodeBlock } from "../parts/code.tsx";
import { Tabs } from "../parts/dialog.tsx";
import { examplesOf } from "./examples.ts";

/** The command in other words, folded until somebody asks. */
export function CommandExamples({ command }: { readonly command: Command }) {
  const examples = useMemo(() => examplesOf(command, location.origin), [command]);
  const [shown, setShown] = useState<"cli" | "api" | "aws">(examples.cli === undefined ? "api" : "cli");
  const tabs = (
    [
      ["cli", "Command line", examples.cli],
      ["api", "API", examples.api],
      ["aws", "AWS CLI", examples.aws],
    ] as const
  ).flatMap(([name, title, text]) =>
    text === undefined
      ? []
      : [{ name, title, content: <CodeBlock text={text} label={`${title}, to copy`} /> }],
  );
  return (
    <details className="rounded-lg border border-line px-3 py-2">
      <summary className="font-medium text-soft">Show as command line, API, AWS CLI</summary>
      <div className="pt-2">
        <Tabs label="Ways to give this command" tabs={tabs} selected={shown} onSelect={setShown} />
      </div>
    </details>
  );
}
