// Tags of a resource: words that people put on it for themselves. `<TagsOf type="Instance" name="web" />` stands on its page.

import { useState, type FormEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import type { Tag, TaggedType } from "#contract";
import { read } from "../api/queries.ts";
import { giveCommand, tellDone } from "../commands/give.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { Card } from "./card.tsx";
import { TextField } from "./field.tsx";
import { shownFailure } from "./failure.tsx";
import { Reading } from "./reading.tsx";
import { tell } from "./toast.tsx";

interface Tagged {
  readonly resourceType: TaggedType;
  readonly resourceName: string;
  readonly tags: readonly Tag[];
}

const tagsQuery = read<{ resources: Tagged[] }>("tags");

/** The card: each tag with its end, and a form for another. */
export function TagsOf({ type, name }: { readonly type: TaggedType; readonly name: string }) {
  const all = useQuery(tagsQuery);
  return (
    <Card title="Tags" about="Words of your own, for lists and scripts.">
      <Reading of={all} lines={1}>
        {({ resources }) => {
          const tags = resources.find(
            ({ resourceType, resourceName }) => resourceType === type && resourceName === name,
          )?.tags;
          return <Tags type={type} name={name} tags={tags ?? []} />;
        }}
      </Reading>
    </Card>
  );
}

function Tags({
  type,
  name,
  tags,
}: {
  readonly type: TaggedType;
  readonly name: string;
  readonly tags: readonly Tag[];
}) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [isBusy, setBusy] = useState(false);
  const give = async (command: Parameters<typeof giveCommand>[0]): Promise<boolean> => {
    setBusy(true);
    try {
      tellDone(await giveCommand(command));
      return true;
    } catch (error) {
      tell(shownFailure(error).what, { tone: "bad" });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const put = async (): Promise<void> => {
    const isDone = await give({
      action: "tag-resource",
      resourceType: type,
      resourceName: name,
      tags: [{ key: key.trim(), value: value.trim() }],
    });
    if (!isDone) return;
    setKey("");
    setValue("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void put();
  };
  return (
    <div className="flex flex-col gap-3">
      {tags.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {tags.map((tag) => (
            <li
              key={tag.key}
              className="inline-flex max-w-full items-center gap-1 rounded-full border border-line bg-sunken py-0.5 pr-1 pl-3"
            >
              <span className="min-w-0 break-all">
                {visible(tag.key)}
                {tag.value !== "" && <span className="text-soft"> = {visible(tag.value)}</span>}
              </span>
              <button
                type="button"
                disabled={isBusy}
                aria-label={`Take tag ${tag.key} away`}
                onClick={() =>
                  void give({
                    action: "untag-resource",
                    resourceType: type,
                    resourceName: name,
                    tagKeys: [tag.key],
                  })
                }
                className="inline-flex size-6 shrink-0 items-center justify-center rounded-full text-soft hover:bg-surface hover:text-text"
              >
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <TextField
          label="Key"
          className="min-w-28 flex-1"
          required
          maxLength={128}
          autoComplete="off"
          value={key}
          onChange={({ target }) => setKey(target.value)}
        />
        <TextField
          label="Value"
          className="min-w-28 flex-1"
          maxLength={256}
          autoComplete="off"
          value={value}
          onChange={({ target }) => setValue(target.value)}
        />
        <Button type="submit" icon={<Plus size={16} aria-hidden />} isBusy={isBusy}>
          Add
        </Button>
      </form>
    </div>
  );
}
