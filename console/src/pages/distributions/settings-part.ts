// What each part of the form of a distribution's settings is given.

import type { SettingsDraft } from "./draft.ts";

/** The draft as it stands, what is wrong with it by field, and how to change it. */
export interface PartProps {
  readonly draft: SettingsDraft;
  readonly problems: Partial<Record<keyof SettingsDraft, string>>;
  readonly set: (edits: Partial<SettingsDraft>) => void;
}
