// The choice of an instance that a static IP is to lead to.

import { useQuery } from "@tanstack/react-query";
import { instancesQuery } from "../../api/queries.ts";
import { SelectField } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";

/** A field with all instances, and with none of them where `none` names that. */
export function InstanceField({
  value,
  onChange,
  none,
}: {
  /** Name of the instance; empty: none. */
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly none?: string;
}) {
  const instances = useQuery(instancesQuery).data?.instances ?? [];
  return (
    <SelectField
      label="Instance"
      value={value}
      options={[
        ...(none === undefined ? [] : [{ value: "", label: none }]),
        ...instances.map(({ name, staticIp }) => ({
          value: name,
          label: visible(name),
          ...(staticIp === undefined ? {} : { about: `has static IP ${visible(staticIp)} already` }),
        })),
      ]}
      onChange={onChange}
    />
  );
}
