// Whether a name validates again that a negative trust anchor is for: what RFC 7646 section 2 has whoever set one look at from time to time. The name
// is asked about anew as if there were no such anchors, and nobody but who looks gets anything of what is found.

import { Rcode, RrType } from "#wire";
import type { ResolutionOutcome } from "./outcome.ts";

/** What a look came to. */
export interface PastAnchorsFinding {
  /** True where all that was asked for validates, or is proven to be in no signed zone any more. */
  readonly isValid: boolean;
  /** What was found, in words. */
  readonly text: string;
}

/** What is asked for, one after another: what every zone has, and what most names are for. Below a zone's apex the first two are denied, which validates too. */
const askedTypes: readonly number[] = [RrType.SOA, RrType.NS, RrType.A];

/**
 * Looks at a name.
 * @param ask  asks past the anchors, and gives the outcome once
 * @param done  told of the end, once
 */
export function lookPastAnchors(
  ask: (type: number, then: (outcome: ResolutionOutcome) => void) => void,
  done: (finding: PastAnchorsFinding) => void,
): void {
  let isSecure = true;
  const next = ([type, ...further]: readonly number[]): void => {
    if (type === undefined) {
      done({ isValid: true, text: isSecure ? "it validates" : "it is not signed any more" });
      return;
    }
    ask(type, (outcome) => {
      const { rcode, errors } = outcome;
      if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) {
        done({ isValid: false, text: errors[0]?.text ?? "its servers give no answer" });
        return;
      }
      isSecure &&= outcome.isSecure === true;
      next(further);
    });
  };
  next(askedTypes);
}
