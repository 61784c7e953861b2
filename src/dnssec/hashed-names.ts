// The hashes of a zone's names with what is denied at each, until the whole chain of NSEC3 is known: 24 octets a name, whatever is there.

/** One link of the chain. */
export interface HashedLink {
  readonly hash: Uint8Array;
  readonly next: Uint8Array;
  /** Types that the name has, ascending. */
  readonly types: readonly number[];
}

const hashOctets = 20;
const firstRoom = 1024;

/** See the head of this file. */
export class HashedNames {
  #hashes = new Uint8Array(firstRoom * hashOctets);
  #typeSets = new Uint32Array(firstRoom);
  #count = 0;
  /** Sets of types that there are, each once. */
  readonly #sets: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();

  /** Adds a name. @param types  ascending */
  add(hash: Uint8Array, types: readonly number[]): void {
    if (this.#count === this.#typeSets.length) this.#grow();
    const key = types.join();
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, (number = this.#sets.push(types) - 1));
    this.#hashes.set(hash, this.#count * hashOctets);
    this.#typeSets[this.#count++] = number;
  }

  #grow(): void {
    const [hashes, typeSets] = [this.#hashes, this.#typeSets];
    this.#hashes = new Uint8Array(2 * hashes.length);
    this.#hashes.set(hashes);
    this.#typeSets = new Uint32Array(2 * typeSets.length);
    this.#typeSets.set(typeSets);
  }

  /** The links of the chain, in the order of hashes. */
  *links(): Generator<HashedLink> {
    const hashes = this.#hashes;
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => {
      for (let [i, j, left] = [a * hashOctets, b * hashOctets, hashOctets]; left > 0; i++, j++, left--)
        if (hashes[i] !== hashes[j]) return hashes[i]! - hashes[j]!;
      return 0;
    });
    const hashAt = (place: number): Uint8Array => {
      const from = order[place % order.length]! * hashOctets;
      return hashes.slice(from, from + hashOctets);
    };
    let hash = this.#count === 0 ? hashes : hashAt(0);
    for (let place = 0; place < order.length; place++) {
      const next = hashAt(place + 1);
      yield { hash, next, types: this.#sets[this.#typeSets[order[place]!]!] ?? [] };
      hash = next;
    }
  }
}
