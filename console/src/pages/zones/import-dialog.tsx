// A zone file, or the document that an export wrote, into a zone. It is read here, with the platform's own grammar; the platform is sent records.

import { useRef, useState } from "react";
import type { Command, ZoneDocument } from "#contract";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import type { RecordSource } from "./record-source.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import type { ReadText } from "./zone-text.ts";

/** Largest file, in octets. */
const maxOctets = 48 << 20;

/** The dialog, and the plan after it. */
export function ImportDialog({
  zone,
  source: { ask },
  isOpen,
  onClose,
}: {
  readonly zone: string;
  readonly source: RecordSource;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const file = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string>();
  const [found, setFound] = useState<ReadText>();
  const [isReading, setReading] = useState(false);
  const [command, setCommand] = useState<Command>();
  const [isPlanning, setPlanning] = useState(false);

  const plan = (next: Command): void => {
    setCommand(next);
    setPlanning(true);
    onClose();
  };
  const take = async (): Promise<void> => {
    const chosen = file.current?.files?.[0];
    if (!chosen) return;
    setProblem(undefined);
    setFound(undefined);
    if (chosen.size > maxOctets) {
      setProblem("The file is too large: give it to `fairlead import`");
      return;
    }
    setReading(true);
    try {
      const text = await chosen.text();
      if (/^\s*\{/.test(text)) {
        plan({ action: "import-document", zone, document: JSON.parse(text) as ZoneDocument });
        return;
      }
      const read = await ask<"read-text">({ type: "read-text", text });
      setFound(read);
      if (read.problems.length === 0 && read.records.length > 0) plan(importOf(zone, read));
    } catch (error) {
      setProblem(String(error));
    } finally {
      setReading(false);
    }
  };
  return (
    <>
      <Dialog
        isOpen={isOpen}
        onClose={onClose}
        title={`Import into ${zone}`}
        about="A BIND zone file, or the JSON document of an export. Records of the same name and type are replaced; others stay."
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            {found && found.problems.length > 0 && found.records.length > 0 && (
              <Button onClick={() => plan(importOf(zone, found))}>
                Import the {counted(found.records.length, "record")} that were understood
              </Button>
            )}
          </>
        }
      >
        <div className="flex flex-col gap-3 pt-1">
          <label className="flex flex-col gap-1">
            <span className="text-sm font-medium">File</span>
            <input
              ref={file}
              type="file"
              accept=".zone,.db,.txt,.json,text/*,application/json"
              onChange={() => void take()}
              className="rounded-lg border border-line-strong bg-surface p-2 file:mr-3 file:rounded-md file:border-0 file:bg-sunken file:px-3 file:py-1.5 file:text-text"
            />
          </label>
          {isReading && <p className="text-soft">Reading …</p>}
          {problem !== undefined && <p className="text-bad">{visible(problem)}</p>}
          {found && found.records.length === 0 && found.problems.length === 0 && (
            <p className="text-bad">There is no record to import in it.</p>
          )}
          {found && found.problems.length > 0 && (
            <ul className="flex flex-col gap-1 rounded-lg bg-bad-soft p-3 text-bad">
              {found.problems.slice(0, 20).map(({ line, column, message }, i) => (
                <li key={i}>
                  Line {line}, column {column}: {visible(message)}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Dialog>
      {command && (
        <ReviewDialog
          command={command}
          isOpen={isPlanning}
          onClose={() => setPlanning(false)}
          verb="Import"
        />
      )}
    </>
  );
}

function importOf(zone: string, { records }: ReadText): Command {
  return {
    action: "import-zone",
    zone,
    records: records.map(({ name, type, ttl, data }) => ({ name: `${name}.`, type, ttl, data })),
  };
}
