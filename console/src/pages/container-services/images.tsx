// The images that were pushed for a service, those that the machine's container engine has, and how one is pushed.

import { useQuery } from "@tanstack/react-query";
import type { ContainerEngineList, ContainerImage } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CodeBlock, CopyButton, Value } from "../../parts/code.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { octets } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";

/** The tab. */
export function Images({ service }: { readonly service: string }) {
  const openPlan = usePlan();
  const images = useQuery(
    read<{ containerImages: ContainerImage[] }>("container-services", service, "images"),
  );
  return (
    <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
      <Card title="Images of this service" about="Kept by the platform; a deployment names them" isFlush>
        <Reading of={images}>
          {({ containerImages }) => (
            <Table<ContainerImage>
              label="Images"
              rows={containerImages}
              keyOf={({ image }) => image}
              columns={[
                {
                  title: "Name",
                  cell: ({ image }) => <Value text={image} most={40} className="font-medium" />,
                },
                { title: "Pushed", cell: ({ createdAt }) => <Time at={createdAt} /> },
                {
                  title: "Used by",
                  cell: ({ usedBy }) =>
                    usedBy.length > 0 ? (
                      `version ${usedBy.join(", ")}`
                    ) : (
                      <span className="text-soft">nothing</span>
                    ),
                },
                {
                  title: "",
                  align: "right",
                  cell: ({ image }) => (
                    <Button
                      size="small"
                      purpose="danger"
                      aria-label={`Delete… ${image}`}
                      onClick={() =>
                        openPlan(
                          { action: "delete-container-image", service, image },
                          { verb: "Delete", isDangerous: true },
                        )
                      }
                    >
                      Delete…
                    </Button>
                  ),
                },
              ]}
              empty={
                <Empty title="No image was pushed yet">
                  An image is pushed from the command line. A folder with a command needs none: deploy it as
                  it is.
                </Empty>
              }
            />
          )}
        </Reading>
        <div className="border-t border-line p-4">
          <p className="mb-2 text-sm text-soft">
            Push one that <code className="font-mono">podman</code> or{" "}
            <code className="font-mono">docker</code> has built:
          </p>
          <CodeBlock
            label="How an image is pushed"
            text={`podman save IMAGE | fairlead push-image ${service} web -`}
          />
        </div>
      </Card>
      <Engines />
    </div>
  );
}

function Engines() {
  const engines = useQuery({
    ...read<ContainerEngineList>("container-engines"),
    staleTime: 30_000,
  });
  return (
    <Card title="What runs containers here" about="As the runtime found it on this machine">
      <Reading of={engines}>
        {({ engines: found, images }) => (
          <>
            <ul className="flex flex-col gap-2">
              {found.map(({ engine, isPresent, detail }) => (
                <li key={engine}>
                  <span className="flex flex-wrap items-center gap-2 font-medium">
                    {engine === "docker" ? "Container engine" : "Processes of this machine"}
                    <Chip tone={isPresent ? "good" : "neutral"}>{isPresent ? "there" : "not there"}</Chip>
                  </span>
                  <span className="block text-sm break-words text-soft">{visible(detail)}</span>
                </li>
              ))}
            </ul>
            {images.length > 0 && (
              <>
                <h3 className="mt-4 mb-1 text-sm font-medium">Images in the engine’s own store</h3>
                <ul className="flex flex-col gap-1 text-sm">
                  {images.map(({ id, references, octets: size }) => (
                    <li key={id} className="flex items-center justify-between gap-2">
                      <span className="min-w-0">
                        <Value text={references[0] ?? id} most={44} />{" "}
                        <span className="text-soft">{octets(size)}</span>
                      </span>
                      <CopyButton text={references[0] ?? id} />
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </Reading>
    </Card>
  );
}
