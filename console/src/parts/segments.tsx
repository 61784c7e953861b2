// A few choices side by side of which one holds: spans of time, ways to show something.

import { classes } from "./classes.ts";

/** Choices in a row; the one that holds is pressed. */
export function Segments<Value extends string>({
  label,
  options,
  value,
  onChange,
}: {
  /** What is chosen, for who cannot see it. */
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}) {
  return (
    <div
      role="group"
      aria-label={label}
      className="inline-flex flex-wrap gap-0.5 rounded-lg border border-line bg-sunken p-0.5"
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={classes(
            "h-7 rounded-md px-2.5 text-sm font-medium",
            option.value === value ? "bg-surface text-text shadow-card" : "text-soft hover:text-text",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
