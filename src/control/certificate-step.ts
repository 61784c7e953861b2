// How far a certificate has come, as a step of the operation that asked for it.

import type { OperationStep } from "#contract";
import { issuanceOf } from "./certificate-lookup.ts";
import type { State } from "./state.ts";

/** The step of a certificate. Where it waits for a record that its user is to enter elsewhere, the operation need not wait for that. */
export function certificateStep(state: State, name: string): OperationStep {
  const title = `Certificate ${name} is issued`;
  const held = state.get("certificate", name);
  if (!held) return { title, status: "Succeeded", detail: "it is deleted" };
  const { value } = held;
  if (value.imported) return { title, status: "Succeeded", detail: "it was brought here" };
  const issuance = issuanceOf(state, held);
  if (!issuance || issuance.requestedAt !== value.requestedAt)
    return { title, status: "Started", detail: "waiting for its turn" };
  const { status, served, failure, validations } = issuance;
  switch (status) {
    case "ISSUED":
    case "EXPIRED":
    case "INACTIVE":
      if (served && served.issuedAt < value.requestedAt) {
        const reason = failure ? `${failure.reason}; tried again by itself` : "the next one is on its way";
        return { title, status: "Started", detail: `the one before is served; ${reason}` };
      }
      return { title, status: "Succeeded", detail: `by ${served?.issuerCA ?? value.issuer}` };
    case "FAILED":
    case "REVOKED":
    case "VALIDATION_TIMED_OUT":
      return { title, status: "Failed", detail: failure?.reason ?? "its names were not proven in time" };
    case "PENDING_VALIDATION":
  }
  const elsewhere = value.validation.filter(
    ({ owner }, i) => validations[i] !== "SUCCESS" && !state.zoneOf(owner),
  );
  const [first] = elsewhere;
  if (first) {
    const detail = `it waits for a record elsewhere: ${first.owner} CNAME ${first.target}`;
    return { title, status: "Succeeded", detail };
  }
  const detail = failure ? `${failure.reason}; tried again by itself` : "its names are being proven";
  return { title, status: "Started", detail };
}
