// How a name server that stands alone is asked over TLS and HTTPS: its certificate from files, which are read again with all else, and the listeners
// for it, whichever thread serves them.

import type { Counters } from "#contract";
import type { Now } from "#engine";
import { type Driver, linuxTlsProblem, type Listener, type TlsCertificate } from "#reactor";
import type { GroupEngines } from "./make-names-engines.ts";
import { NamesOverHttps } from "./names-over-https.ts";
import type { NamesWorkers } from "./names-workers.ts";
import { httpsSuffix, tlsSuffix } from "./profile.ts";
import { ServiceTls } from "./service-tls.ts";

/** What is served over TLS, as it was read just now. */
export interface ServedTls {
  readonly certificate: TlsCertificate;
  /** PEM of the authorities that clients over TLS have to show a certificate of; absent: they show none. */
  readonly clientAuthorities?: string;
}

/** Where it listens so. */
export interface PrivateListen {
  readonly listenTls?: readonly { readonly address: string; readonly port: number }[];
  readonly listenHttps?: readonly { readonly address: string; readonly port: number }[];
}

/** See the head of this file. */
export class StandaloneTls {
  readonly #group: string;
  readonly #tls: ServiceTls;
  readonly #plans: readonly Listener[];
  #https: NamesOverHttps | undefined;

  constructor(group: string, { listenTls = [], listenHttps = [] }: PrivateListen) {
    this.#group = group;
    this.#tls = new ServiceTls(group);
    const plan =
      (suffix: string) =>
      ({ address, port }: { readonly address: string; readonly port: number }): Listener => ({
        transport: "tcp",
        address,
        port,
        label: `${group}${suffix}`,
      });
    this.#plans = [...listenTls.map(plan(tlsSuffix)), ...listenHttps.map(plan(httpsSuffix))];
  }

  /** Takes what was read; what is absent leaves what was served before. */
  serve(served: ServedTls | undefined): void {
    if (served) this.#tls.serve(served.certificate, served.clientAuthorities);
  }

  /** Listeners for TLS that workers serve; none where they cannot. */
  get workerPlans(): readonly Listener[] {
    return linuxTlsProblem() === undefined ? this.#secure : [];
  }

  get #secure(): readonly Listener[] {
    return this.#plans.filter(({ label }) => label === `${this.#group}${tlsSuffix}`);
  }

  /** Keeps workers up to date with what is served. */
  async follow(workers: NamesWorkers): Promise<void> {
    this.#tls.onCertificate = (certificate, authorities) =>
      void workers.serve(this.#group, certificate, authorities);
    const { certificate, clientAuthorities } = this.#tls;
    if (certificate) await workers.serve(this.#group, certificate, clientAuthorities);
  }

  /** Listens in this thread, where workers do not. */
  async attach(
    engines: readonly GroupEngines[],
    driver: Driver,
    now: () => Now,
    hasWorkers: boolean,
  ): Promise<void> {
    if (!hasWorkers || this.workerPlans.length === 0)
      await attachTlsAlone(engines, driver, this.#secure, this.#tls);
    this.#https = new NamesOverHttps(engines, () => this.#tls, now);
    await this.#https.attach(this.#plans);
  }

  /** What has been done so far, without what engines and workers count. */
  counters(): Counters {
    return this.#plans.length === 0 ? {} : { ...this.#tls.counters(), ...this.#https?.counters() };
  }

  /** Ends what is not on a driver. */
  async close(graceMs: number): Promise<void> {
    await this.#https?.close(graceMs);
  }
}

async function attachTlsAlone(
  engines: readonly GroupEngines[],
  driver: Driver,
  listeners: readonly Listener[],
  tls: ServiceTls,
): Promise<void> {
  for (const { tls: engine } of engines)
    if (listeners.length > 0)
      await driver.attach(
        engine,
        listeners.map((listener) => ({ ...listener, tls })),
      );
}
