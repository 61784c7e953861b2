// A command as command line, API request and AWS CLI, side by side; what has no form in one of them says why.

import { useMemo, useState } from "react";
import type { Command } from "#contract";
import { CodeBlock } from "../parts/code.tsx";
import { Tabs } from "../parts/dialog.tsx";
import { examplesOf } from "./examples/examples.ts";

const titles = { cli: "Command line", api: "API", aws: "AWS CLI" } as const;
const names = ["cli", "api", "aws"] as const;

/** The tabs. */
export function ExampleTabs({ command }: { readonly command: Command }) {
  const examples = useMemo(() => examplesOf(command, location.origin), [command]);
  const [shown, setShown] = useState<(typeof names)[number]>("none" in examples.cli ? "api" : "cli");
  const tabs = names.map((name) => {
    const example = examples[name];
    const content =
      "none" in example ? (
        <p className="pb-2 text-soft">{example.none}</p>
      ) : (
        <div className="flex flex-col gap-2">
          <CodeBlock text={example.text} label={`${titles[name]}, to copy`} />
          {example.note !== undefined && <p className="text-sm text-soft">{example.note}</p>}
        </div>
      );
    return { name, title: titles[name], content };
  });
  return <Tabs label="Ways to give this command" tabs={tabs} selected={shown} onSelect={setShown} />;
}
