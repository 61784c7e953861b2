// The choice of an origin: instances, load balancers and container services, each with what it is.

import { useQuery } from "@tanstack/react-query";
import { containerServicesQuery, instancesQuery, loadBalancersQuery } from "../../api/queries.ts";
import { SelectField } from "../../parts/field.tsx";
import { visible } from "../../text/visible.ts";

/** What can be an origin. */
export function useOrigins(): readonly {
  readonly value: string;
  readonly label: string;
  readonly about: string;
}[] {
  const instances = useQuery(instancesQuery).data?.instances ?? [];
  const loadBalancers = useQuery(loadBalancersQuery).data?.loadBalancers ?? [];
  const services = useQuery(containerServicesQuery).data?.containerServices ?? [];
  const named = (list: readonly { readonly name: string }[], about: string) =>
    list.map(({ name }) => ({ value: name, label: visible(name), about }));
  return [
    ...named(loadBalancers, "Load balancer"),
    ...named(instances, "Instance"),
    ...named(services, "Container service"),
  ];
}

/** The field. */
export function OriginField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (name: string) => void;
}) {
  const origins = useOrigins();
  const isKnown = origins.some((origin) => origin.value === value);
  return (
    <SelectField
      label="Origin"
      value={value}
      options={isKnown || value === "" ? origins : [{ value, label: visible(value) }, ...origins]}
      onChange={onChange}
    />
  );
}
