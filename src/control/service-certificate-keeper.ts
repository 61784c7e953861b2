// The certificates of the platform's own services: what the groups of name servers and the resolver serve DNS over TLS and HTTPS with. The
// built-in authority issues them for the names and addresses of the profile. They are renewed at two thirds of their life, and where names,
// addresses or the root have become others; what there is is served until the next one is.

import { type RoleObject, serviceKeyPurpose } from "#contract";
import { authorityKey, type ServiceCertificateFact } from "./certificate-facts.ts";
import type { CertificateIssuing } from "./certificate-issuing.ts";
import type { CertificatePlatform } from "./certificate-platform.ts";
import type { NameService } from "./config.ts";
import type { State } from "./state.ts";

/** The longest the timer is set for: clocks are changed, and timers have a most. */
const longestTimerMs = 6 * 3_600_000;
/** After an attempt that came to nothing. */
const retryMs = 60_000;

/** See the head of this file. */
export class ServiceCertificateKeeper {
  readonly #platform: CertificatePlatform;
  readonly #issuing: CertificateIssuing;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(platform: CertificatePlatform, issuing: CertificateIssuing) {
    this.#platform = platform;
    this.#issuing = issuing;
  }

  /** Issues what is due, and looks after it from then on. */
  async start(): Promise<void> {
    await this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { host, config, state } = this.#platform;
    let next = host.clock.wall() + longestTimerMs;
    try {
      await this.#issueDue();
      for (const service of config.nameServices ?? []) next = Math.min(next, dueAt(state, service));
    } catch (error) {
      if (this.#isClosed) return;
      host.log.error({ error }, "certificates of name servers and resolver could not be issued");
      next = host.clock.wall() + retryMs;
    }
    if (this.#isClosed) return;
    this.#cancel = host.timers.after(Math.max(next - host.clock.wall(), 1000), () => void this.#look());
  }

  async #issueDue(): Promise<void> {
    const { host, config, state, secrets, write } = this.#platform;
    const wanted = config.nameServices ?? [];
    const due = wanted.filter((service) => dueAt(state, service) <= host.clock.wall());
    const known = new Set(wanted.map(({ service }) => service));
    const gone = [...state.all("service-certificate").keys()].filter((service) => !known.has(service));
    const issued: [string, ServiceCertificateFact][] = [];
    for (const { role, service, names, addresses } of due) {
      const chain = await this.#issuing.issueHere(names, addresses);
      const served = await secrets.keepChain(chain, serviceKeyPurpose);
      issued.push([service, { role, served, addresses }]);
    }
    if (issued.length + gone.length === 0) return;
    await write(({ draft }) => {
      for (const [service, fact] of issued) draft.put("service-certificate", service, fact);
      for (const service of gone) draft.remove("service-certificate", service);
    });
    secrets.noticed();
    for (const [service, { served }] of issued)
      host.log.info({ service, notAfter: served.notAfter }, "a certificate for DNS over TLS was issued");
  }
}

/** Wall time at which a service needs another certificate. */
function dueAt(state: State, { service, names, addresses }: NameService): number {
  const fact = state.value("service-certificate", service);
  if (!fact) return 0;
  const { served } = fact;
  const isSame =
    JSON.stringify([served.names, fact.addresses]) === JSON.stringify([names, addresses]) &&
    served.issuedAt >= (state.value("authority", authorityKey)?.createdAt ?? 0);
  return isSame ? served.notAfter - (served.notAfter - served.notBefore) / 3 : 0;
}

/** What the role of a service is given. */
export function serviceCertificateObjects(
  state: State,
  sealedKeys: ReadonlyMap<string, string>,
  service: string,
): RoleObject[] {
  const fact = state.value("service-certificate", service);
  const sealedKey = fact && sealedKeys.get(fact.served.keyId);
  if (!fact || sealedKey === undefined) return [];
  const { chain, keyId, notAfter } = fact.served;
  return [{ kind: "service-certificate", role: fact.role, service, chain, sealedKey, keyId, notAfter }];
}
