// How an instance stands, in a word; and what it runs.

import type { Instance, InstanceRun } from "#contract";
import { Chip, type Tone } from "../../parts/chip.tsx";

const looks: Readonly<Record<Instance["state"], readonly [tone: Tone, word: string]>> = {
  pending: ["accent", "starting"],
  running: ["good", "running"],
  stopping: ["accent", "stopping"],
  stopped: ["neutral", "stopped"],
  failed: ["bad", "failed"],
};

/** How an instance stands, as a chip. */
export function StateChip({ instance: { state, run } }: { readonly instance: Instance }) {
  if (run.kind === "address")
    return (
      <Chip title="Its process is not the platform's, which does not look after it">existing server</Chip>
    );
  const [tone, word] = looks[state];
  return (
    <Chip tone={tone} withDot>
      {word}
    </Chip>
  );
}

/** What an instance runs, in a line. */
export function runText(run: InstanceRun): string {
  switch (run.kind) {
    case "site":
      return `Files of ${run.folder}`;
    case "command":
      return run.command.join(" ");
    case "launch":
      return `Launched from ${run.blueprintId}`;
    case "address":
      return `${run.address.includes(":") ? `[${run.address}]` : run.address}:${run.port}`;
  }
}
