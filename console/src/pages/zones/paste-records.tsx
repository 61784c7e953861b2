// The box that takes anything: zone-file lines, what dig printed. What is understood is shown before it is staged.

import { useEffect, useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextArea } from "../../parts/field.tsx";
import { counted } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { addRecords } from "./edits.ts";
import type { RecordSource } from "./record-source.ts";
import type { ReadText } from "./zone-text.ts";

/** The dialog with the box. */
export function PasteRecords({
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
  const [text, setText] = useState("");
  const [found, setFound] = useState<ReadText>();
  useEffect(() => {
    if (text.trim() === "") {
      setFound(undefined);
      return;
    }
    let isStale = false;
    const timer = setTimeout(() => {
      void ask<"read-text">({ type: "read-text", text }).then((read) => {
        if (!isStale) setFound(read);
      });
    }, 200);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [ask, text]);
  const put = async (): Promise<void> => {
    if (!found) return;
    await addRecords(ask, zone, await ask<"gather">({ type: "gather", records: found.records }));
    setText("");
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Paste records"
      about="Zone-file lines, or what dig printed. They are staged beside what is there."
      isWide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            purpose="primary"
            disabled={!found || found.records.length === 0}
            onClick={() => void put()}
          >
            {found && found.records.length > 0 ? `Stage ${counted(found.records.length, "record")}` : "Stage"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pt-1">
        <TextArea
          label="Text"
          isMono
          rows={8}
          spellCheck={false}
          value={text}
          placeholder={`www 300 IN A 192.0.2.1\n@ MX 10 mail`}
          onChange={({ target }) => setText(target.value)}
        />
        {found && <Found found={found} />}
      </div>
    </Dialog>
  );
}

function Found({ found: { records, problems } }: { readonly found: ReadText }) {
  return (
    <>
      {records.length > 0 && (
        <div
          className="max-h-56 overflow-auto rounded-lg border border-line"
          tabIndex={0}
          aria-label="Records that were found"
          role="group"
        >
          <table className="w-full text-left font-mono text-[0.83rem]">
            <tbody>
              {records.slice(0, 200).map(({ name, type, ttl, data }, i) => (
                <tr key={i} className="border-b border-line last:border-b-0">
                  <td className="px-3 py-1">{visible(name)}</td>
                  <td className="px-2 py-1">{ttl}</td>
                  <td className="px-2 py-1">{type}</td>
                  <td className="px-3 py-1 break-all">{visible(data)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {records.length > 200 && <p className="px-3 py-1 text-soft">And {records.length - 200} more.</p>}
        </div>
      )}
      {problems.length > 0 && (
        <ul
          aria-label="What was not understood"
          className="flex flex-col gap-1 rounded-lg bg-bad-soft p-3 text-bad"
        >
          {problems.slice(0, 20).map(({ line, column, message }, i) => (
            <li key={i}>
              Line {line}, column {column}: {visible(message)}
            </li>
          ))}
          {problems.length > 20 && <li>And {problems.length - 20} more.</li>}
        </ul>
      )}
    </>
  );
}
