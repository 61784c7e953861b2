// One container in the form of a deployment.

import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import type { ContainerEngineList, ContainerImage } from "#contract";
import { read } from "../../api/queries.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import type { ContainerDraft, Protocol } from "./deployment-draft.ts";
import { splitWords } from "./words.ts";

const protocols = ["HTTP", "HTTPS", "TCP", "UDP"] as const satisfies readonly Protocol[];

/** The fields of one container. */
export function ContainerFields({
  container,
  number,
  service,
  onChange,
  onRemove,
}: {
  readonly container: ContainerDraft;
  readonly number: number;
  readonly service: string;
  readonly onChange: (container: ContainerDraft) => void;
  readonly onRemove: (() => void) | undefined;
}) {
  const { name, kind, source, command } = container;
  const set = (edits: Partial<ContainerDraft>): void => onChange({ ...container, ...edits });
  const images = useImages(service);
  const words = splitWords(command);
  const listId = `images-${number}`;
  return (
    <Card
      title={`Container ${number}`}
      actions={
        onRemove && (
          <Button size="small" purpose="danger" onClick={onRemove}>
            Remove
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid items-start gap-3 sm:grid-cols-[10rem_11rem_minmax(0,1fr)]">
          <TextField
            label="Name"
            value={name}
            onChange={({ target }) => set({ name: target.value.trim() })}
          />
          <SelectField
            label="Runs from"
            value={kind}
            options={[
              { value: "folder", label: "A folder", about: "A command of this machine, or a site" },
              { value: "image", label: "An image", about: "One that was pushed, or of the container engine" },
            ]}
            onChange={(next) => set({ kind: next })}
          />
          {kind === "folder" ? (
            <TextField
              label="Folder"
              hint="On the machine that the platform runs on"
              isMono
              placeholder="/srv/shop"
              value={source}
              onChange={({ target }) => set({ source: target.value })}
            />
          ) : (
            <>
              <TextField
                label="Image"
                hint="As it was pushed, or as the container engine calls it"
                isMono
                placeholder={images[0] ?? `:${service}.web.1`}
                list={listId}
                value={source}
                onChange={({ target }) => set({ source: target.value })}
              />
              <datalist id={listId}>
                {images.map((image) => (
                  <option key={image} value={image} />
                ))}
              </datalist>
            </>
          )}
        </div>
        <TextField
          label="Command"
          hint={
            words === undefined ? undefined : words.length > 1 ? (
              <span>
                Started as{" "}
                {words.map((word, i) => (
                  <Value key={i} text={word} className="mr-1 rounded bg-sunken px-1" />
                ))}
              </span>
            ) : kind === "folder" ? (
              "Without one the folder is served as a site. It listens where HOST and PORT say"
            ) : (
              "Without one the image’s own is started"
            )
          }
          problem={words === undefined ? "A quote is not closed" : undefined}
          isMono
          spellCheck={false}
          placeholder="node server.js"
          value={command}
          onChange={({ target }) => set({ command: target.value })}
        />
        <Ports container={container} set={set} />
        <Environment container={container} set={set} />
      </div>
    </Card>
  );
}

interface RowProps {
  readonly container: ContainerDraft;
  readonly set: (edits: Partial<ContainerDraft>) => void;
}

function Ports({ container: { name, ports }, set }: RowProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Ports that it listens on</legend>
      {ports.map(({ port, protocol }, i) => (
        <div key={i} className="flex items-end gap-2">
          <TextField
            label={`Port ${i + 1}`}
            className="w-28"
            inputMode="numeric"
            value={port}
            onChange={({ target }) =>
              set({ ports: ports.map((one, j) => (j === i ? { ...one, port: target.value.trim() } : one)) })
            }
          />
          <SelectField
            label={`Protocol ${i + 1}`}
            className="w-32"
            value={protocol}
            options={protocols.map((value) => ({ value, label: value }))}
            onChange={(next) =>
              set({ ports: ports.map((one, j) => (j === i ? { ...one, protocol: next } : one)) })
            }
          />
          <IconButton
            label={`Remove port ${port} of ${name}`}
            onClick={() => set({ ports: ports.filter((_, j) => j !== i) })}
          >
            <Trash2 size={16} aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus size={15} aria-hidden />}
          onClick={() => set({ ports: [...ports, { port: "", protocol: "HTTP" }] })}
        >
          Add a port
        </Button>
      </div>
    </fieldset>
  );
}

function Environment({ container: { name, environment }, set }: RowProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Environment</legend>
      <p className="text-sm text-soft">
        Values are sealed as they arrive: no plan, no history and no log has them.
      </p>
      {environment.map((variable, i) => (
        <div key={i} className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-end gap-2">
          <TextField
            label={`Variable ${i + 1}`}
            isMono
            spellCheck={false}
            value={variable.name}
            onChange={({ target }) =>
              set({
                environment: environment.map((one, j) => (j === i ? { ...one, name: target.value } : one)),
              })
            }
          />
          <TextField
            label={`Value ${i + 1}`}
            isMono
            spellCheck={false}
            autoComplete="off"
            value={variable.value}
            onChange={({ target }) =>
              set({
                environment: environment.map((one, j) => (j === i ? { ...one, value: target.value } : one)),
              })
            }
          />
          <IconButton
            label={`Remove variable ${variable.name} of ${name}`}
            onClick={() => set({ environment: environment.filter((_, j) => j !== i) })}
          >
            <Trash2 size={16} aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus size={15} aria-hidden />}
          onClick={() => set({ environment: [...environment, { name: "", value: "" }] })}
        >
          Add a variable
        </Button>
      </div>
    </fieldset>
  );
}

/** Names of images that can be deployed: pushed ones first. */
function useImages(service: string): readonly string[] {
  const pushed = useQuery(
    read<{ containerImages: ContainerImage[] }>("container-services", service, "images"),
  );
  const engines = useQuery({ ...read<ContainerEngineList>("container-engines"), staleTime: 30_000 });
  return [
    ...(pushed.data?.containerImages.map(({ image }) => image) ?? []),
    ...(engines.data?.images.flatMap(({ references }) => references) ?? []),
  ];
}
