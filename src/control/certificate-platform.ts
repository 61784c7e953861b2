// What the parts that look after certificates are given by control: the state, a way to commit facts of the platform's own, and a way to
// wait until what was committed is seen.

import type { AcmeTransport } from "#certificate";
import type { PlanContext } from "./plan-context.ts";
import type { CertificateSecrets } from "./certificate-secrets.ts";
import type { ControlConfig } from "./config.ts";
import type { Identities } from "./identity.ts";
import type { NamesChecks } from "./names-check.ts";
import type { Host } from "./ports.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";

/** See the head of this file. */
export interface CertificatePlatform {
  readonly state: State;
  readonly config: ControlConfig;
  readonly host: Host;
  readonly identities: Identities;
  readonly secrets: CertificateSecrets;
  readonly checks: NamesChecks;
  readonly hub: RoleHub;
  /** Commits what `draw` drafts, after all that came before; nothing where it drafts nothing. */
  readonly write: (draw: (context: PlanContext) => void) => Promise<void>;
  /** Requests to ACME servers. @param authorities  PEM of further authorities, or empty */
  readonly acme: (authorities: string) => AcmeTransport;
}

/** Waits of the parts that look after certificates, asked again each time that something is heard. */
export class Waits {
  readonly #host: Host;
  readonly #waiting: Set<() => void> = new Set();
  readonly #ends: Set<(error: Error) => void> = new Set();
  #isClosed = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Something was heard. */
  review(): void {
    for (const look of this.#waiting) look();
  }

  /** Ends all waits: who waits is told by an Error. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end(new Error("control is ending"));
  }

  /** Settles after so many milliseconds. */
  pause(milliseconds: number): Promise<void> {
    return this.until(() => "the time", milliseconds).then(() => undefined);
  }

  /**
   * Settles once something is the case.
   * @param look  undefined once it is; else, in words, what is still missing
   * @returns what was missing last where the time is over; undefined where nothing is
   */
  until(look: () => string | undefined, milliseconds: number): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error("control is ending"));
        return;
      }
      let missing: string | undefined;
      const settle = (run: () => void): void => {
        this.#waiting.delete(again);
        this.#ends.delete(end);
        cancel();
        run();
      };
      const end = (error: Error): void => settle(() => reject(error));
      const again = (): void => {
        missing = look();
        if (missing === undefined) settle(() => resolve(undefined));
      };
      const cancel = this.#host.timers.after(milliseconds, () => settle(() => resolve(missing)));
      this.#ends.add(end);
      this.#waiting.add(again);
      again();
    });
  }
}
