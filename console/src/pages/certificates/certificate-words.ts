// How a certificate stands, in plain words.

import type { Certificate } from "#contract";
import type { Tone } from "../../parts/chip.tsx";
import { away, span } from "../../text/quantities.ts";

/** Days before its end from which a certificate that is not renewed by itself is worth a warning. */
const warnDays = 21;

/** A state as people read it. */
export interface CertificateWords {
  readonly word: string;
  readonly tone: Tone;
  readonly about: string;
}

/** How a certificate stands. @param now  milliseconds since 1970 */
export function certificateWords(certificate: Certificate, now: number): CertificateWords {
  const { status, notAfter, issuer, requestFailureReason } = certificate;
  const left = notAfter === undefined ? undefined : (Date.parse(notAfter) - now) / 1000;
  switch (status) {
    case "PENDING_VALIDATION":
      return {
        word: "waiting",
        tone: requestFailureReason === undefined ? "accent" : "warn",
        about: "Its names have to be proven before it is issued.",
      };
    case "ISSUED": {
      if (left !== undefined && left <= 0) return expired;
      const isClose = left !== undefined && left < warnDays * 86_400;
      const renews =
        issuer === "imported"
          ? "You replace it yourself before then."
          : "It is renewed by itself before then.";
      return {
        word: isClose ? "valid, ends soon" : "valid",
        tone: isClose && (issuer === "imported" || hasRenewalProblem(certificate)) ? "warn" : "good",
        about: left === undefined ? "It is issued." : `Good for ${span(left)} more. ${renews}`,
      };
    }
    case "EXPIRED":
      return expired;
    case "INACTIVE":
      return { word: "not active", tone: "neutral", about: "It is not in use." };
    case "VALIDATION_TIMED_OUT":
      return {
        word: "not proven",
        tone: "bad",
        about: "Its names were not proven in time. Enter the records and request it anew.",
      };
    case "REVOKED":
      return { word: "revoked", tone: "bad", about: "Its authority has taken it back. Request another one." };
    case "FAILED":
      return { word: "failed", tone: "bad", about: "It could not be issued." };
  }
}

const expired: CertificateWords = {
  word: "run out",
  tone: "bad",
  about: "Browsers refuse it: its time is over.",
};

const days = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** How far a moment of a certificate's life is away, in days where it is more than one: months say too little. */
export function daysAway(iso: string, now: number): string {
  const left = (Date.parse(iso) - now) / 86_400_000;
  return Math.abs(left) < 1 ? away(iso, now) : days.format(Math.trunc(left), "day");
}

/** True where the last renewal did not come to its end. */
export function hasRenewalProblem({ renewalSummary }: Certificate): boolean {
  return renewalSummary?.renewalStatus === "Failed" || renewalSummary?.renewalStatus === "PendingValidation";
}

/** Who issues a certificate. */
export const issuerWords: Readonly<Record<Certificate["issuer"], string>> = {
  "built-in": "built-in authority",
  acme: "ACME authority",
  imported: "imported",
};
