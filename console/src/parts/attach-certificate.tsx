// Chooses one of the certificates that could be attached to a resource.

import { useState } from "react";
import { Link } from "@tanstack/react-router";
import type { Certificate } from "#contract";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { SelectField } from "./field.tsx";
import { place } from "./place.ts";

/** The choice, and what leads to it. @param props.others  certificates that are issued and not attached; none: it says where to get one */
export function AttachCertificate({
  label,
  others,
  onAttach,
}: {
  readonly label: string;
  readonly others: readonly Certificate[];
  readonly onAttach: (certificate: Certificate) => void;
}) {
  const [chosen, setChosen] = useState<string>();
  // What was chosen may be attached, or gone, by now.
  const choice = others.find(({ name }) => name === chosen) ?? others[0];
  if (!choice)
    return (
      <p className="text-sm text-soft">
        There is no other issued certificate to attach.{" "}
        <Link className="link" {...place("certificates")}>
          Request one
        </Link>
        .
      </p>
    );
  return (
    <div className="flex flex-wrap items-end gap-2">
      <SelectField
        label={label}
        className="min-w-48 flex-1"
        value={choice.name}
        options={others.map(({ name, subjectAlternativeNames }) => ({
          value: name,
          label: visible(name),
          about: visible(subjectAlternativeNames.join(", ")),
        }))}
        onChange={setChosen}
      />
      <Button onClick={() => onAttach(choice)}>Attach…</Button>
    </div>
  );
}
