// How large a service is: what each node may use, and how many nodes there are.

import { useQuery } from "@tanstack/react-query";
import type { ContainerServicePower } from "#contract";
import { read } from "../../api/queries.ts";
import { SelectField, TextField } from "../../parts/field.tsx";

/** Most nodes of a service: Lightsail's. */
const mostNodes = 20;

/** What is wrong with a number of nodes. */
export function scaleProblem(scale: string): string | undefined {
  const nodes = Number(scale);
  return Number.isInteger(nodes) && nodes >= 1 && nodes <= mostNodes ? undefined : `1 to ${mostNodes}`;
}

/** The fields. */
export function PowerFields({
  power,
  scale,
  onPower,
  onScale,
}: {
  readonly power: string;
  readonly scale: string;
  readonly onPower: (power: string) => void;
  readonly onScale: (scale: string) => void;
}) {
  const { data } = useQuery(read<{ powers: ContainerServicePower[] }>("container-service-powers"));
  const powers = data?.powers ?? [];
  return (
    <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_8rem]">
      <SelectField
        label="Power of each node"
        value={power}
        options={
          powers.length === 0
            ? [{ value: power, label: power }]
            : powers.map(({ name, cpuCount, ramSizeInGb }) => ({
                value: name,
                label: `${name}: ${cpuCount} CPU, ${ramSizeInGb} GiB`,
              }))
        }
        onChange={onPower}
      />
      <TextField
        label="Nodes"
        type="number"
        min={1}
        max={mostNodes}
        value={scale}
        problem={scaleProblem(scale)}
        onChange={({ target }) => onScale(target.value)}
      />
    </div>
  );
}
