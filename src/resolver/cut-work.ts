// The work at one zone cut: which of the zone's servers to ask next, and whose addresses to look up. All servers get
// a turn before one is asked again; silent ones are asked up to three times with growing patience; those that
// answered that they will not are out.

import { RrType, type Name } from "#wire";
import { isIpv4, type Endpoint } from "#engine";
import type { Delegation } from "./delegations.ts";
import { maxAddressLookupsPerDelegation } from "./limits.ts";
import { endpointKey, type ServerBook } from "./server-book.ts";
import type { Minimisation } from "./minimisation.ts";
import { recordAddress, type Reply } from "./reply.ts";
import type { CachedRrset } from "./rrset.ts";
import { mayAsk, type Tree } from "./trees.ts";

/** One address of a zone's servers, and how it has fared in this walk. */
export interface Candidate {
  readonly endpoint: Endpoint;
  /** The server's name; the root for a forwarder. */
  readonly name: Name;
  tries: number;
  /** True once it has said something that makes asking again useless. */
  isOut: boolean;
}

/** What to do next. */
export type NextStep =
  | { readonly kind: "ask"; readonly candidate: Candidate }
  | { readonly kind: "look-up"; readonly name: Name; readonly type: number }
  | { readonly kind: "give-up" };

/** Which addresses may be asked. */
export interface Families {
  readonly usesIpv4: boolean;
  readonly usesIpv6: boolean;
}

/** On which terms the servers of a cut are asked. */
export interface CutTerms {
  /** True where the delegation was known before this walk: its parent may say something else by now. */
  readonly isFromCache: boolean;
  /** Tries of one server. */
  readonly maxTries: number;
  readonly families: Families;
}

/** A reply that would do if no better one comes: from a resolver that does not serve the zone itself. */
export interface Doubtful {
  readonly reply: Reply;
  readonly candidate: Candidate;
}

/** See the head of this file. */
export class CutWork {
  readonly delegation: Delegation;
  readonly tree: Tree;
  readonly minimisation: Minimisation;
  /** True where the delegation was known before this walk: its parent may say something else by now. */
  readonly isFromCache: boolean;
  doubtful: Doubtful | undefined;
  /** Whether a server answered SERVFAIL: it is the zone's, and other servers would not help. */
  hasFailed = false;
  readonly #maxTries: number;
  readonly #families: Families;
  readonly #candidates: Candidate[] = [];
  readonly #known = new Set<string>();
  /** Look-ups still to do, first one first. */
  readonly #lookUps: { name: Name; type: number }[] = [];
  #hasSpares = false;
  #lookUpsLeft = maxAddressLookupsPerDelegation;

  constructor(
    delegation: Delegation,
    tree: Tree,
    minimisation: Minimisation,
    { isFromCache, maxTries, families }: CutTerms,
    findAddresses: (name: Name, type: number) => CachedRrset | undefined,
  ) {
    this.delegation = delegation;
    this.tree = tree;
    this.minimisation = minimisation;
    this.isFromCache = isFromCache;
    this.#maxTries = maxTries;
    this.#families = families;
    for (const server of delegation.servers) {
      for (const address of server.addresses) this.#addAddress(server.name, address);
      if (server.addresses.length > 0) continue;
      // Without glue: what the cache has, and else a look-up. Glue of one family does for a server.
      let isKnown = false;
      for (const type of this.#addressTypes()) {
        const rrset = findAddresses(server.name, type);
        if (rrset) isKnown = this.addAddresses(server.name, rrset) || isKnown;
      }
      if (!isKnown) for (const type of this.#addressTypes()) this.#lookUps.push({ name: server.name, type });
    }
  }

  /** Addresses known so far. */
  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  /** Adds the addresses that a look-up found. @returns whether any of them may be asked */
  addAddresses(name: Name, rrset: CachedRrset): boolean {
    let added = false;
    for (const rdata of rrset.rdata) {
      const address = recordAddress(rrset.type, rdata);
      if (address) added = this.#addAddress(name, address) || added;
    }
    return added;
  }

  /** The next question goes further down, or, where minimisation gets no good answers, shows the whole name. */
  nextQuestion(isWhole: boolean): void {
    if (isWhole) this.minimisation.giveUp();
    else this.minimisation.advance();
    for (const candidate of this.#candidates) candidate.tries = 0;
  }

  /** Decides the next step. */
  next(book: ServerBook, monotonic: number): NextStep {
    const usable = this.#candidates.filter((candidate) => !candidate.isOut);
    const isLame = (candidate: Candidate): boolean =>
      book.isLame(candidate.endpoint, this.delegation.zone, monotonic);
    const untried = book.pick(
      usable.filter(
        (candidate) =>
          candidate.tries === 0 && !isLame(candidate) && !book.isSilent(candidate.endpoint, monotonic),
      ),
      monotonic,
    );
    if (untried) return { kind: "ask", candidate: untried };
    if (this.#lookUpsLeft > 0) {
      const lookUp = this.#lookUps.shift();
      if (lookUp) {
        this.#lookUpsLeft--;
        return { kind: "look-up", ...lookUp };
      }
    }
    // More turns; a server that has been silent for others too gets one turn in all, unless all have been.
    const isAwake = (candidate: Candidate): boolean => !book.isSilent(candidate.endpoint, monotonic);
    const areAllSilent = !usable.some((candidate) => isAwake(candidate) && !isLame(candidate));
    const again = usable.filter(
      (candidate) =>
        !isLame(candidate) && candidate.tries < (areAllSilent || isAwake(candidate) ? this.#maxTries : 1),
    );
    const fewest = Math.min(...again.map(({ tries }) => tries));
    const retried = book.pick(
      again.filter(({ tries }) => tries === fewest),
      monotonic,
    );
    if (retried) return { kind: "ask", candidate: retried };
    const lame = usable.find((candidate) => candidate.tries === 0 && isLame(candidate));
    return lame ? { kind: "ask", candidate: lame } : { kind: "give-up" };
  }

  /**
   * Adds addresses of last resort: what parents said about servers whose own zones say otherwise or cannot be reached.
   *
   * @param findGlue  the glue that the delegation of a server's own zone has for it
   * @returns whether there is anything new; once only
   */
  addSpareAddresses(findGlue: (name: Name) => readonly Uint8Array[]): boolean {
    if (this.#hasSpares) return false;
    this.#hasSpares = true;
    const before = this.#candidates.length;
    for (const { name, addresses, spareAddresses } of this.delegation.servers) {
      if (addresses.length > 0) continue;
      for (const address of [...findGlue(name), ...(spareAddresses ?? [])]) this.#addAddress(name, address);
    }
    return this.#candidates.length > before;
  }

  /** A look-up has found addresses of this name: its other family is not needed. */
  skipLookUps(name: Name): void {
    for (let i = this.#lookUps.length - 1; i >= 0; i--) {
      if (this.#lookUps[i]?.name.equals(name) === true) this.#lookUps.splice(i, 1);
    }
  }

  #addressTypes(): number[] {
    const types: number[] = [];
    if (this.#families.usesIpv4) types.push(RrType.A);
    if (this.#families.usesIpv6) types.push(RrType.AAAA);
    return types;
  }

  #addAddress(name: Name, address: Uint8Array): boolean {
    if (isIpv4(address) ? !this.#families.usesIpv4 : !this.#families.usesIpv6) return false;
    if (!mayAsk(this.tree, address)) return false;
    const endpoint = { address, port: this.tree.authorityPort };
    const key = endpointKey(endpoint);
    if (this.#known.has(key)) return true;
    this.#known.add(key);
    this.#candidates.push({ endpoint, name, tries: 0, isOut: false });
    return true;
  }
}
