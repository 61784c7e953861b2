// DNS answers for tests of control: messages made of records in presentation format, and name servers of others beside the platform's own.

import { emptyMessage, Name, noFlags, parseRecordText, Rcode, RrType, type Message } from "#wire";
import type { NameServerQueries } from "./ports.ts";

/** What an answer is made of beside its records. */
export interface AnswerOptions {
  readonly rcode?: number;
  /** True where absent. */
  readonly isAuthoritative?: boolean;
}

/** An answer with records of one name and type. */
export function makeAnswer(
  owner: string,
  type: number,
  data: readonly string[],
  { rcode = Rcode.NOERROR, isAuthoritative = true }: AnswerOptions = {},
): Message {
  const name = Name.parse(owner);
  if (!name.ok) throw new RangeError(owner);
  return {
    ...emptyMessage,
    flags: { ...noFlags, qr: true, aa: isAuthoritative },
    rcode,
    answer: data.map((text) => {
      const rdata = parseRecordText(type, text);
      if (!rdata.ok) throw new RangeError(rdata.failure.message);
      return { name: name.value, type, class: 1, ttl: 60, rdata: rdata.value };
    }),
  };
}

/** A name server of somebody else: one zone, or none. */
export interface ForeignServer {
  readonly zone?: string;
  readonly serial?: number;
  readonly nameServers?: readonly string[];
  readonly isAuthoritative?: boolean;
  readonly isSigned?: boolean;
}

/** Name servers of others by their address, before the platform's own. */
export class ForeignServers implements NameServerQueries {
  readonly servers: Map<string, ForeignServer> = new Map();
  readonly #own: NameServerQueries;

  constructor(own: NameServerQueries) {
    this.#own = own;
  }

  async ask(
    server: { readonly address: string; readonly port: number },
    name: string,
    type: number,
  ): Promise<Message | string> {
    const foreign = this.servers.get(server.address);
    if (!foreign) return this.#own.ask(server, name, type);
    await Promise.resolve();
    const { zone, serial = 1, nameServers = [], isAuthoritative = true, isSigned = false } = foreign;
    if (zone !== name) return makeAnswer(name, type, [], { rcode: Rcode.REFUSED, isAuthoritative: false });
    const options = { isAuthoritative };
    switch (type) {
      case RrType.SOA:
        return makeAnswer(name, type, [`${nameServers[0] ?? "."} host.example. ${serial} 1 1 1 1`], options);
      case RrType.NS:
        return makeAnswer(name, type, nameServers, options);
      default:
        return makeAnswer(name, type, isSigned ? ["257 3 13 AAAA"] : [], options);
    }
  }
}
