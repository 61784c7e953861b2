// Names that a distribution has of its certificate: each is one distribution's only, as in Lightsail.

import { servedNamesOf } from "./certificate-lookup.ts";
import type { State } from "./state.ts";

/**
 * The other distribution that has a name of a certificate, in words; undefined where there is none.
 * @param name  of the distribution that is to have it
 */
export function findOtherOwner(
  state: State,
  name: string,
  certificate: string,
): { readonly text: string; readonly revision: number } | undefined {
  const names = new Set(servedNamesOf(state, certificate));
  for (const { value, revision } of state.all("distribution").values()) {
    if (value.name === name || value.certificateName === undefined) continue;
    const both = servedNamesOf(state, value.certificateName).find((one) => names.has(one));
    if (both === undefined) continue;
    const text = `${both} is a name of distribution ${value.name} by certificate ${value.certificateName}`;
    return { text, revision };
  }
  return undefined;
}
