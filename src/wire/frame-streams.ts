// Frame Streams, as dnstap travels by (https://farsightsec.github.io/fstrm): data frames behind their length, and control frames that begin with
// a length of 0. A writer to a file says START and STOP; over a socket it asks (READY) before and is answered (ACCEPT, FINISH).

/** Types of control frames. */
export const ControlFrame: {
  readonly ACCEPT: 1;
  readonly START: 2;
  readonly STOP: 3;
  readonly READY: 4;
  readonly FINISH: 5;
} = { ACCEPT: 1, START: 2, STOP: 3, READY: 4, FINISH: 5 };

/** Field of a control frame that names what data frames hold. */
const contentTypeField = 1;
/** Octets of a control frame, at most: the limit of the reference implementation. */
const maxControlOctets = 512;

/** A data frame. */
export function dataFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, 4);
  return frame;
}

/** A control frame. @param contentType  absent: it names none */
export function controlFrame(type: number, contentType?: string): Uint8Array {
  const name = contentType === undefined ? undefined : new TextEncoder().encode(contentType);
  const length = 4 + (name ? 8 + name.length : 0);
  const frame = new Uint8Array(8 + length);
  const view = new DataView(frame.buffer);
  view.setUint32(4, length);
  view.setUint32(8, type);
  if (name) {
    view.setUint32(12, contentTypeField);
    view.setUint32(16, name.length);
    frame.set(name, 20);
  }
  return frame;
}

/** What a reader's side says, read as it comes. */
export class ControlFrameReader {
  #held = new Uint8Array();

  /**
   * Takes octets.
   * @returns the types of the control frames that are whole; undefined where it is no such stream, and nothing more can be read
   */
  push(octets: Uint8Array): number[] | undefined {
    const all = new Uint8Array(this.#held.length + octets.length);
    all.set(this.#held);
    all.set(octets, this.#held.length);
    const view = new DataView(all.buffer);
    const types: number[] = [];
    let at = 0;
    while (at + 8 <= all.length) {
      const length = view.getUint32(at + 4);
      // A reader sends no data.
      if (view.getUint32(at) !== 0 || length < 4 || length > maxControlOctets) return undefined;
      if (at + 8 + length > all.length) break;
      types.push(view.getUint32(at + 8));
      at += 8 + length;
    }
    this.#held = all.slice(at);
    return types;
  }
}
