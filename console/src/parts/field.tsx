// Fields of forms: a label that is always there, a hint, and what is wrong beside the field that it is about.

import { Field } from "@base-ui/react/field";
import { Select as BaseSelect } from "@base-ui/react/select";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Check, ChevronDown, Minus } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes.ts";

const box =
  "w-full rounded-lg border border-line-strong bg-surface px-3 text-text placeholder:text-soft aria-invalid:border-bad data-invalid:border-bad";

interface Labelled {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong with the value. */
  readonly problem?: string | undefined;
  readonly className?: string;
}

/** A label with its control, hint and problem. Controls inside find their names by themselves. */
export function Labelled({
  label,
  hint,
  problem,
  className,
  children,
}: Labelled & { readonly children: ReactNode }) {
  return (
    <Field.Root invalid={problem !== undefined} className={classes("flex min-w-0 flex-col gap-1", className)}>
      <Field.Label className="text-sm font-medium">{label}</Field.Label>
      {children}
      {hint !== undefined && <Field.Description className="text-sm text-soft">{hint}</Field.Description>}
      {problem !== undefined && (
        <Field.Error match className="text-sm text-bad">
          {problem}
        </Field.Error>
      )}
    </Field.Root>
  );
}

/** One line of text. `suffix` stands behind it as ghost text: the zone's name. */
export function TextField({
  label,
  hint,
  problem,
  className,
  suffix,
  isMono = false,
  ...input
}: Labelled & ComponentProps<"input"> & { readonly suffix?: string | undefined; readonly isMono?: boolean }) {
  return (
    <Labelled label={label} hint={hint} problem={problem} {...(className === undefined ? {} : { className })}>
      <span className="relative flex items-center">
        <Field.Control {...input} className={classes(box, "h-9.5", isMono && "font-mono text-[0.9em]")} />
        {suffix !== undefined && (
          <span className="pointer-events-none absolute right-3 max-w-[55%] truncate text-soft" aria-hidden>
            {suffix}
          </span>
        )}
      </span>
    </Labelled>
  );
}

/** Several lines of text. */
export function TextArea({
  label,
  hint,
  problem,
  className,
  isMono = false,
  ...area
}: Labelled & ComponentProps<"textarea"> & { readonly isMono?: boolean }) {
  return (
    <Labelled label={label} hint={hint} problem={problem} {...(className === undefined ? {} : { className })}>
      <Field.Control
        render={<textarea {...area} />}
        className={classes(box, "py-2", isMono && "font-mono text-[0.87em] leading-6")}
      />
    </Labelled>
  );
}

/** One of a few values. */
export function SelectField<Value extends string>({
  label,
  hint,
  problem,
  className,
  value,
  options,
  onChange,
  disabled = false,
}: Labelled & {
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly about?: string }[];
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
}) {
  return (
    <Labelled label={label} hint={hint} problem={problem} {...(className === undefined ? {} : { className })}>
      <BaseSelect.Root
        value={value}
        items={options.map((option) => ({ value: option.value, label: option.label }))}
        onValueChange={(next) => onChange(next as Value)}
        disabled={disabled}
      >
        <BaseSelect.Trigger
          className={classes(box, "flex h-9.5 items-center justify-between gap-2 text-left")}
        >
          <BaseSelect.Value className="truncate" />
          <BaseSelect.Icon>
            <ChevronDown size={16} className="text-soft" aria-hidden />
          </BaseSelect.Icon>
        </BaseSelect.Trigger>
        <BaseSelect.Portal>
          <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
            <BaseSelect.Popup className="max-h-80 min-w-(--anchor-width) overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-card outline-none">
              {options.map((option) => (
                <BaseSelect.Item
                  key={option.value}
                  value={option.value}
                  className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-accent-soft"
                >
                  <span className="w-4">
                    <BaseSelect.ItemIndicator>
                      <Check size={15} aria-hidden />
                    </BaseSelect.ItemIndicator>
                  </span>
                  <span>
                    <BaseSelect.ItemText>{option.label}</BaseSelect.ItemText>
                    {option.about !== undefined && (
                      <span className="block text-sm text-soft">{option.about}</span>
                    )}
                  </span>
                </BaseSelect.Item>
              ))}
            </BaseSelect.Popup>
          </BaseSelect.Positioner>
        </BaseSelect.Portal>
      </BaseSelect.Root>
    </Labelled>
  );
}

/** Something that is on or off. */
export function SwitchField({
  label,
  hint,
  isOn,
  onChange,
  disabled = false,
}: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly disabled?: boolean;
}) {
  return (
    <Field.Root className="flex items-start gap-3">
      <BaseSwitch.Root
        checked={isOn}
        onCheckedChange={onChange}
        disabled={disabled}
        className="mt-0.5 flex h-5.5 w-9.5 shrink-0 rounded-full border border-line-strong bg-sunken p-0.5 transition-colors data-checked:border-accent data-checked:bg-accent"
      >
        <BaseSwitch.Thumb className="size-4 rounded-full bg-line-strong transition-transform data-checked:translate-x-4 data-checked:bg-on-accent" />
      </BaseSwitch.Root>
      <span>
        <Field.Label className="font-medium">{label}</Field.Label>
        {hint !== undefined && <Field.Description className="text-sm text-soft">{hint}</Field.Description>}
      </span>
    </Field.Root>
  );
}

/** A box to tick: one of many rows, or all of them. */
export function Tick({
  label,
  isOn,
  isPartly = false,
  onChange,
}: {
  /** Told to who cannot see what stands beside it. */
  readonly label: string;
  readonly isOn: boolean;
  readonly isPartly?: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <BaseCheckbox.Root
      aria-label={label}
      checked={isOn}
      indeterminate={isPartly}
      onCheckedChange={onChange}
      className="flex size-4.5 items-center justify-center rounded border border-line-strong bg-surface data-checked:border-accent data-checked:bg-accent data-indeterminate:border-accent data-indeterminate:bg-accent"
    >
      <BaseCheckbox.Indicator className="text-on-accent">
        {isPartly ? <Minus size={13} aria-hidden /> : <Check size={13} aria-hidden />}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  );
}
