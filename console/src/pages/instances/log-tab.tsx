// The log of an instance, as its process writes it.

import { useState } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Instance } from "#contract";
import { at, request } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { CopyButton } from "../../parts/code.tsx";
import { TextField } from "../../parts/field.tsx";
import { LogView } from "../../parts/log-view.tsx";
import { Reading } from "../../parts/reading.tsx";
import { counted } from "../../text/quantities.ts";

/** Lines that are read, and how often, in milliseconds. */
const [mostLines, readMs] = [2000, 1500];

/** The tab. */
export function LogTab({ instance: { name } }: { readonly instance: Instance }) {
  const [wanted, setWanted] = useState("");
  const log = useQuery({
    queryKey: ["instances", name, "logs"],
    queryFn: ({ signal }) =>
      request<{ lines: string[] }>(
        "GET",
        `${at("instances", name, "logs")}?lines=${mostLines}`,
        undefined,
        signal,
      ),
    refetchInterval: readMs,
    placeholderData: keepPreviousData,
    meta: { followsChanges: false },
  });
  const text = wanted.trim().toLowerCase();
  return (
    <Card
      title="Log"
      about="The last lines that its process wrote, as they come"
      actions={
        <TextField
          label={<span className="sr-only">Only lines with</span>}
          type="search"
          placeholder="Only lines with …"
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
        />
      }
    >
      <Reading of={log}>
        {({ lines }) => {
          const shown = text === "" ? lines : lines.filter((line) => line.toLowerCase().includes(text));
          return (
            <>
              <LogView lines={shown} label={`Log of ${name}`} />
              <div className="mt-2 flex items-center justify-between text-sm text-soft">
                <span>
                  {text === ""
                    ? counted(lines.length, "line")
                    : `${counted(shown.length, "line")} of ${lines.length}`}
                </span>
                <CopyButton text={shown.join("\n")} label="Copy lines" />
              </div>
            </>
          );
        }}
      </Reading>
    </Card>
  );
}
