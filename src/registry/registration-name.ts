// Which names can be registered: one label below a TLD of the registry, letters, digits and hyphens (RFC 5890 section 2.3.1).

import { Name } from "#wire";
import type { RegistryView, TldRules } from "./objects.ts";
import { EppCode, refuse, type Refusal } from "./outcome.ts";

const ldhLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** A name that the rules allow, and the TLD it is below. */
export interface RegistrationName {
  readonly name: string;
  readonly label: string;
  readonly tld: TldRules;
}

/** The most specific TLD that a name is at or below. */
export function findTld(view: Pick<RegistryView, "tlds">, name: string): TldRules | undefined {
  let found: TldRules | undefined;
  for (const tld of view.tlds) {
    if ((name === tld.name || name.endsWith(`.${tld.name}`)) && tld.name.length > (found?.name.length ?? 0))
      found = tld;
  }
  return found;
}

/**
 * Checks a name against the rules, whoever has it.
 *
 * Refuses with 2005 what is no host name, and with 2306 what is under no TLD of ours, not directly below one, or reserved.
 */
export function checkRegistrationName(
  view: Pick<RegistryView, "tlds">,
  text: string,
): RegistrationName | Refusal {
  const parsed = Name.parse(text);
  if (!parsed.ok) return refuse(EppCode.parameterSyntax, `expected a domain name such as shop.test`);
  const name = parsed.value.toLowerCase().toString();
  const tld = findTld(view, name);
  if (!tld) {
    const names = view.tlds.map((known) => known.name.slice(0, -1)).join(", ");
    return refuse(EppCode.parameterPolicy, `its top-level domain is not one of ${names}`, "tld");
  }
  const label = name === tld.name ? "" : name.slice(0, -tld.name.length - 1);
  if (label === "") return refuse(EppCode.parameterPolicy, `it is a top-level domain itself`, "depth");
  if (label.includes(".") && !label.includes("\\")) {
    return refuse(
      EppCode.parameterPolicy,
      `registrations are one label below "${tld.name.slice(0, -1)}"`,
      "depth",
    );
  }
  // Hyphens in the third and fourth place are for A-labels (RFC 5891 section 4.2.3.1).
  if (!ldhLabel.test(label) || (label.slice(2, 4) === "--" && !label.startsWith("xn--"))) {
    return refuse(
      EppCode.parameterSyntax,
      `expected letters, digits and inner hyphens before "${tld.name.slice(0, -1)}"`,
    );
  }
  if (tld.reservedLabels.includes(label)) {
    return refuse(
      EppCode.parameterPolicy,
      `the name is reserved: the platform's own servers have their names below it`,
      "reserved",
    );
  }
  return { name, label, tld };
}
