// What reading something that a stranger made comes to: the value, or in words why there is none. Never thrown.

/** A value that was read, or the reason why it is none: words that can stand after a colon. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** The value of something that cannot be refused here. */
export function good<T>(value: T): Read<T> {
  return { ok: true, value };
}

/** A refusal in words. */
export function bad(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
