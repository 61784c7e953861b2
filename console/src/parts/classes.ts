// Class names put together.

/** Joins class names; what is false, null or undefined falls out. */
export function classes(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
