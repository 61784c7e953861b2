// Help with the keyboard: every key that does something, and the switch for letters by themselves.

import { useState } from "react";
import { Dialog } from "../parts/dialog.tsx";
import { SwitchField } from "../parts/field.tsx";
import { hasLetters, setLetters } from "./keys.ts";
import { navigation } from "./navigation.ts";

const everywhere: readonly (readonly [string, readonly string[]])[] = [
  ["Search and do", ["Ctrl", "K"]],
  ["Search and do", ["/"]],
  ["This help", ["?"]],
  ["Close what is open", ["Esc"]],
  ["To messages, and back", ["F6"]],
];

/** The dialog. */
export function Help({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [isOn, setOn] = useState(hasLetters);
  const pages = navigation.flatMap(({ entries }) => entries);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Keyboard" isWide>
      <div className="flex flex-col gap-5">
        <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
          <section aria-labelledby="keys-everywhere">
            <h3 id="keys-everywhere" className="mb-2 font-semibold">
              Everywhere
            </h3>
            <KeyList rows={everywhere} />
          </section>
          <section aria-labelledby="keys-pages">
            <h3 id="keys-pages" className="mb-2 font-semibold">
              Pages
            </h3>
            <KeyList rows={pages.map(({ title, letter }) => [title, ["g", letter]])} />
          </section>
        </div>
        <SwitchField
          label="Letters by themselves"
          hint="Off where you dictate, or keys are pressed by chance: Ctrl K alone is left then."
          isOn={isOn}
          onChange={(next) => {
            setLetters(next);
            setOn(next);
          }}
        />
      </div>
    </Dialog>
  );
}

function KeyList({ rows }: { readonly rows: readonly (readonly [string, readonly string[]])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_max-content] items-center gap-x-4 gap-y-1.5">
      {rows.map(([title, keys]) => (
        <div key={`${title} ${keys.join(" ")}`} className="contents">
          <dt>{title}</dt>
          <dd className="flex gap-1">
            {keys.map((key) => (
              <kbd
                key={key}
                className="min-w-6 rounded border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-sm"
              >
                {key}
              </kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
