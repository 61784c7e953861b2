// The certificate authorities that are trusted unless somebody says otherwise.

import { getCACertificates } from "node:tls";

/** PEM of those that Node has, of those of the system, which an operator can have put more into, and of further ones: a text each. */
export function usualAuthoritiesAnd(further: string | undefined): string[] {
  return [
    ...new Set([
      ...getCACertificates("default"),
      ...getCACertificates("system"),
      ...(further === undefined || further === "" ? [] : [further]),
    ]),
  ];
}
