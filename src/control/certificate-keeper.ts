// Looks after certificates: proves their names, has them issued, renews them at two thirds of their life or when their authority wants it,
// and says what stands in the way. What was issued is served until the next one is there. One commit puts each step down, so that a control
// that starts anew goes on where the one before stopped.

import { PlatformError, type DomainValidationStatus } from "#contract";
import { authorityKey, type IssuanceFact } from "./certificate-facts.ts";
import { CertificateIssuing, toldToWaitMs } from "./certificate-issuing.ts";
import { issuanceOf } from "./certificate-lookup.ts";
import { Waits, type CertificatePlatform } from "./certificate-platform.ts";
import { validate } from "./certificate-validation.ts";
import { removeChallenges } from "./challenge-publisher.ts";
import type { Kind } from "./facts.ts";
import type { Held } from "./state.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long the names of a certificate may stay unproven: Lightsail's 72 hours. */
const validationWindowMs = 72 * hour;
/** Pauses between looks at records that others are to enter; the last one is kept. */
const lookPausesMs: readonly number[] = [
  second,
  2 * second,
  5 * second,
  10 * second,
  30 * second,
  minute,
  5 * minute,
];
/** The same while a certificate is served that is to be renewed: there are weeks for it. */
const renewalLookPausesMs: readonly number[] = [second, 10 * second, minute, 5 * minute, hour, 3 * hour];
/** Pauses after attempts that came to nothing; the last one is kept. Public authorities count failures by the hour. */
const failurePausesMs: readonly number[] = [minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour];
/** The built-in authority counts nothing. */
const ownFailurePausesMs: readonly number[] = [second, 10 * second, minute, 10 * minute, hour];
/** Certificates under way at once. */
const maxAtOnce = 4;
/** The longest the timer is set for: clocks are changed, and timers have a most. */
const longestTimerMs = 6 * hour;
/** How soon after a change keys are removed that nothing refers to any more. */
const sweepAfterMs = 10 * second;
/** How long a certificate is served at least, whatever its authority wishes: a wish without an end would be renewed without an end. */
const leastLifeMs = 24 * hour;
/** When renewal information is asked for again after it could not be had, or where there is none. */
const renewalInfoAgainMs = 24 * hour;

/** Kinds whose facts are of certificates. */
const certificateKinds: ReadonlySet<string> = new Set<Kind>([
  "certificate",
  "issuance",
  "authority",
  "service-certificate",
  "acme-account",
  "zone",
]);

interface Renewal {
  /** When the authority wants it renewed; undefined where it does not say. */
  readonly at: number | undefined;
  readonly askAgainAt: number;
}

/** See the head of this file. */
export class CertificateKeeper {
  readonly issuing: CertificateIssuing;
  readonly #platform: CertificatePlatform;
  readonly #waits: Waits;
  readonly #busy: Set<string> = new Set();
  /** When the records of a certificate are looked at again, and how often they were. */
  readonly #looks: Map<string, { readonly at: number; readonly count: number }> = new Map();
  readonly #renewals: Map<string, Renewal> = new Map();
  #cancelTimer: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #hasBegun = false;
  #isClosed = false;

  constructor(platform: CertificatePlatform) {
    this.#platform = platform;
    this.#waits = new Waits(platform.host);
    this.issuing = new CertificateIssuing(platform, this.#waits);
  }

  /** Begins: takes away what an earlier control left published, and looks after all certificates. */
  async start(): Promise<void> {
    const { state, secrets, write } = this.#platform;
    if (state.all("challenge").size > 0) await write(removeChallenges);
    await secrets.sweep();
    this.#hasBegun = true;
    this.#scan();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelSweep?.();
    this.#waits.close();
  }

  /** Facts were committed. */
  noticed(entries: readonly { readonly kind: string; readonly key: string }[]): void {
    if (!this.#hasBegun || this.#isClosed || !entries.some(({ kind }) => certificateKinds.has(kind))) return;
    this.#platform.secrets.noticed();
    for (const { kind, key } of entries) {
      if (kind === "certificate") this.#looks.delete(key);
      if (kind === "acme-account") this.issuing.forget();
    }
    this.#cancelSweep ??= this.#platform.host.timers.after(sweepAfterMs, () => {
      this.#cancelSweep = undefined;
      void this.#sweep();
    });
    this.#scan();
  }

  /** Something was heard that may be waited for. */
  review(): void {
    this.#waits.review();
  }

  /** When a certificate is renewed, or tried again: wall time. Undefined where it is not. */
  nextAt(held: Held<"certificate">): number | undefined {
    const at = this.#dueAt(held);
    return at === Infinity ? undefined : at;
  }

  async #sweep(): Promise<void> {
    try {
      await this.#platform.secrets.sweep();
    } catch (error) {
      this.#platform.host.log.error({ error }, "keys that nothing uses could not be removed");
    }
  }

  /** Does what is due, and sets the timer for what is next. */
  #scan(): void {
    if (this.#isClosed) return;
    const { state, host } = this.#platform;
    const now = host.clock.wall();
    let next = now + longestTimerMs;
    for (const name of state.all("issuance").keys())
      if (!state.get("certificate", name)) this.#begin(name, () => this.#forget(name));
    for (const [name, held] of state.all("certificate")) {
      if (this.#busy.has(name)) continue;
      const at = this.#dueAt(held);
      if (at <= now) this.#begin(name, () => this.#work(held));
      else next = Math.min(next, at);
    }
    this.#cancelTimer?.();
    this.#cancelTimer = host.timers.after(Math.max(next - now, 100), () => this.#scan());
  }

  #begin(name: string, run: () => Promise<void>): void {
    if (this.#busy.has(name) || this.#busy.size >= maxAtOnce) return;
    this.#busy.add(name);
    const { state, host } = this.#platform;
    const { revision } = state;
    void run()
      .catch((error: unknown) => {
        // What is due stays due: it is looked at again after a while.
        if (this.#isClosed) return;
        host.log.error({ error, certificate: name }, "a certificate could not be looked after");
        this.#looks.set(name, { at: host.clock.wall() + minute, count: lookPausesMs.length });
      })
      .finally(() => {
        this.#busy.delete(name);
        const held = state.get("certificate", name);
        const isIdle = state.revision === revision && held !== undefined;
        // Nothing came of it and it is due still: not again at once.
        if (isIdle && this.#dueAt(held) <= host.clock.wall())
          this.#looks.set(name, { at: host.clock.wall() + second, count: this.#looks.get(name)?.count ?? 0 });
        this.#scan();
      });
  }

  /** Wall time at which there is something to do; Infinity where there never is. */
  #dueAt(held: Held<"certificate">): number {
    const issuance = issuanceOf(this.#platform.state, held);
    const { imported } = held.value;
    if (imported) return isTold(held, issuance) ? Infinity : imported.notAfter;
    const look = this.#looks.get(held.value.name)?.at ?? 0;
    if (!issuance || issuance.requestedAt !== held.value.requestedAt) return look;
    switch (issuance.status) {
      case "FAILED":
      case "VALIDATION_TIMED_OUT":
      case "REVOKED":
        return Infinity;
      case "PENDING_VALIDATION":
        return Math.max(look, issuance.failure?.retryAt ?? 0);
      case "ISSUED":
      case "INACTIVE":
      case "EXPIRED": {
        const { served, failure, status } = issuance;
        if (!served) return look;
        const life = served.notAfter - served.notBefore;
        const renewal = this.#renewals.get(held.value.name);
        // Whatever the authority wants: a tenth of its life is left for attempts, and none is renewed as soon as it is there.
        const told =
          renewal?.at === undefined ? Infinity : Math.max(renewal.at, served.issuedAt + leastLifeMs);
        const usual = Math.min(told, served.notAfter - life / (told === Infinity ? 3 : 10));
        const isAsked =
          served.issuedAt < held.value.requestedAt || this.#isOfOlderRoot(held, served.issuedAt);
        const wanted = Math.max(isAsked ? 0 : usual, failure?.retryAt ?? 0, look);
        const events = [wanted];
        if (status !== "EXPIRED") events.push(served.notAfter);
        if (held.value.issuer === "acme") events.push(Math.max(renewal?.askAgainAt ?? 0, look));
        return Math.min(...events);
      }
    }
  }

  /** Whether it is of a root that is the platform's no more: who trusts the new one does not trust it. */
  #isOfOlderRoot({ value }: Held<"certificate">, issuedAt: number): boolean {
    const authority = this.#platform.state.value("authority", authorityKey);
    return value.issuer === "built-in" && authority !== undefined && issuedAt < authority.createdAt;
  }

  /** One thing that is due for a certificate. */
  async #work(held: Held<"certificate">): Promise<void> {
    const { state, host } = this.#platform;
    const { value } = held;
    const now = host.clock.wall();
    const issuance = issuanceOf(state, held);
    if (value.imported) {
      await this.#putIssuance(held, () => ({ ...beginAnew(held, undefined), status: "EXPIRED" }));
      return;
    }
    if (!issuance || issuance.requestedAt !== value.requestedAt) {
      await this.#putIssuance(held, (before) => beginAnew(held, before));
      return;
    }
    const { served, status } = issuance;
    if (served && status !== "EXPIRED" && served.notAfter <= now) {
      await this.#putIssuance(held, (before) => before && { ...before, status: "EXPIRED" });
      return;
    }
    if (served && status !== "PENDING_VALIDATION" && (await this.#askRenewalInfo(held, served))) return;
    await this.#proveAndIssue(held, issuance);
  }

  /** @returns whether that was all that was due */
  async #askRenewalInfo(
    held: Held<"certificate">,
    served: NonNullable<IssuanceFact["served"]>,
  ): Promise<boolean> {
    const { host } = this.#platform;
    const { name, issuer } = held.value;
    if (issuer !== "acme") return false;
    const now = host.clock.wall();
    if ((this.#renewals.get(name)?.askAgainAt ?? 0) <= now) {
      try {
        const window = await this.issuing.renewalWindow(served);
        const spread = window && Math.floor(window.end - window.start);
        const at = window && window.start + host.random.integer(Math.min(Math.max(spread ?? 1, 1), 2 ** 31));
        this.#renewals.set(name, { at, askAgainAt: now + (window?.retryAfterMs ?? renewalInfoAgainMs) });
      } catch (error) {
        if (this.#isClosed) throw error;
        host.log.warn(
          { error, certificate: name },
          "renewal information cannot be had; two thirds of its life decide",
        );
        const { at } = this.#renewals.get(name) ?? {};
        this.#renewals.set(name, { at, askAgainAt: now + renewalInfoAgainMs });
      }
    }
    const current = this.#platform.state.get("certificate", name);
    return current === undefined || this.#dueAt(current) > host.clock.wall();
  }

  async #proveAndIssue(held: Held<"certificate">, issuance: IssuanceFact): Promise<void> {
    const { host, secrets } = this.#platform;
    const { value } = held;
    const { statuses, isProven, missing } = await validate(this.#platform, this.#waits, value);
    const now = host.clock.wall();
    if (!isProven) {
      await this.#await(held, issuance, statuses, missing ?? "its names are not proven");
      return;
    }
    const attempts = issuance.failure?.attempts ?? 0;
    let chain;
    try {
      chain = await this.issuing.issue(value, issuance.served, attempts);
    } catch (error) {
      if (this.#isClosed) throw error;
      await this.#fail(held, statuses, error);
      return;
    }
    const served = await secrets.keepChain(chain);
    this.#renewals.delete(value.name);
    this.#looks.delete(value.name);
    const isRenewal = issuance.served !== undefined;
    await this.#putIssuance(held, (before) => {
      if (!before) return undefined;
      const { failure: _failure, ...rest } = before;
      return {
        ...rest,
        status: "ISSUED",
        validations: statuses,
        served,
        ...(isRenewal ? { renewal: { status: "Success" as const, updatedAt: now } } : {}),
      };
    });
    host.log.info(
      { certificate: value.name, notAfter: served.notAfter, isRenewal },
      "a certificate was issued",
    );
  }

  /** The names are not proven: they are looked at again, until the window is over. */
  async #await(
    held: Held<"certificate">,
    issuance: IssuanceFact,
    validations: readonly DomainValidationStatus[],
    reason: string,
  ): Promise<void> {
    const { clock } = this.#platform.host;
    const { name, requestedAt } = held.value;
    const now = clock.wall();
    const count = (this.#looks.get(name)?.count ?? 0) + 1;
    const pauses = issuance.served ? renewalLookPausesMs : lookPausesMs;
    this.#looks.set(name, { at: now + (pauses[Math.min(count, pauses.length) - 1] ?? minute), count });
    const isOver = !issuance.served && now >= requestedAt + validationWindowMs;
    const renewal = issuance.served
      ? { status: "PendingValidation" as const, reason, updatedAt: now }
      : undefined;
    const isSame =
      JSON.stringify(validations) === JSON.stringify(issuance.validations) &&
      (!renewal || issuance.renewal?.status === renewal.status);
    if (isSame && !isOver) return;
    await this.#putIssuance(
      held,
      (before) =>
        before && {
          ...before,
          validations: isOver
            ? validations.map((one) => (one === "SUCCESS" ? one : ("FAILED" as const)))
            : validations,
          ...(isOver
            ? { status: "VALIDATION_TIMED_OUT", failure: { reason, attempts: 1, at: now, retryAt: now } }
            : {}),
          ...(renewal ? { renewal } : {}),
        },
    );
  }

  /** Nothing came of it: it is tried again later, until the window is over; what is served stays. */
  async #fail(
    held: Held<"certificate">,
    validations: readonly DomainValidationStatus[],
    error: unknown,
  ): Promise<void> {
    const { host } = this.#platform;
    const { name, issuer, requestedAt } = held.value;
    const now = host.clock.wall();
    const reason =
      error instanceof PlatformError ? error.message : "Cannot issue: a fault of the platform's own";
    host.log.warn({ error, certificate: name }, "a certificate could not be issued");
    this.issuing.forget();
    await this.#putIssuance(held, (before) => {
      if (!before) return undefined;
      const attempts = (before.failure?.attempts ?? 0) + 1;
      const pauses = issuer === "acme" ? failurePausesMs : ownFailurePausesMs;
      const pause = pauses[Math.min(attempts, pauses.length) - 1] ?? hour;
      const retryAt = now + Math.max(pause, toldToWaitMs(error));
      const isOver = !before.served && now >= requestedAt + validationWindowMs;
      return {
        ...before,
        validations,
        failure: { reason, attempts, at: now, retryAt },
        ...(isOver ? { status: "FAILED" as const } : {}),
        ...(before.served ? { renewal: { status: "Failed" as const, reason, updatedAt: now } } : {}),
      };
    });
  }

  /** Commits how far a certificate has come, where it is still the same. */
  async #putIssuance(
    { id, value: { name } }: Held<"certificate">,
    next: (before: IssuanceFact | undefined) => IssuanceFact | undefined,
  ): Promise<void> {
    await this.#platform.write(({ draft, state }) => {
      const held = state.get("certificate", name);
      if (held?.id !== id) return;
      const issuance = next(issuanceOf(state, held));
      if (issuance) draft.put("issuance", name, issuance);
    });
  }

  /** A certificate was deleted. */
  async #forget(name: string): Promise<void> {
    this.#looks.delete(name);
    this.#renewals.delete(name);
    await this.#platform.write(({ draft, state }) => {
      if (!state.get("certificate", name)) draft.remove("issuance", name);
    });
  }
}

/** Whether it is put down that what a user brought has run out. */
function isTold({ value }: Held<"certificate">, issuance: IssuanceFact | undefined): boolean {
  return issuance?.status === "EXPIRED" && issuance.requestedAt === value.requestedAt;
}

function beginAnew({ id, value }: Held<"certificate">, before: IssuanceFact | undefined): IssuanceFact {
  const { name, requestedAt, validation } = value;
  const served = before?.served;
  return {
    name,
    certificateId: id,
    status: served ? (before?.status === "EXPIRED" ? "EXPIRED" : "ISSUED") : "PENDING_VALIDATION",
    requestedAt,
    validations: validation.map(() => "PENDING_VALIDATION"),
    ...(served ? { served, renewal: { status: "PendingAutoRenewal", updatedAt: requestedAt } } : {}),
  };
}
