// What a client is told should a query fail (RFC 8914): few notes, each once.

import type { FailureNote } from "./outcome.ts";

/** Texts of failures told to a client: more than these help nobody. */
const maxNotes = 8;

/** Adds a note, unless there are enough or it is there. @param code  of `ExtendedError` (#wire) */
export function addNote(notes: FailureNote[], code: number, text: string): void {
  if (notes.length >= maxNotes || notes.some((note) => note.text === text)) return;
  notes.push({ code, text });
}

/** Adds what the query fails for in front, whatever else went wrong on the way to it, such as a server that was silent once. */
export function addFirstNote(notes: FailureNote[], code: number, text: string): void {
  if (notes.some((note) => note.text === text)) return;
  if (notes.length >= maxNotes) notes.pop();
  notes.unshift({ code, text });
}
