// Buttons, and links that look like them. One look a purpose: `primary` once a view, `danger` for what takes something away.

import type { ComponentProps, ReactNode } from "react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { LoaderCircle } from "lucide-react";
import { classes } from "./classes.ts";

/** What a button is for. */
export type Purpose = "primary" | "plain" | "quiet" | "danger";

const looks: Readonly<Record<Purpose, string>> = {
  primary: "bg-accent text-on-accent border-accent hover:brightness-110 font-semibold",
  plain: "bg-surface text-text border-line hover:bg-sunken font-medium",
  quiet: "border-transparent text-text hover:bg-sunken font-medium",
  danger: "bg-surface text-bad border-line hover:bg-bad-soft font-medium",
};

const shape =
  "inline-flex items-center justify-center gap-1.5 rounded-lg border whitespace-nowrap select-none transition-colors disabled:opacity-55 disabled:cursor-not-allowed";
const sizes = { small: "h-8 px-2.5 text-sm", usual: "h-9.5 px-3.5" } as const;

interface Look {
  readonly purpose?: Purpose;
  readonly size?: keyof typeof sizes;
  readonly icon?: ReactNode;
}

/** A button. `isBusy` keeps it from being pressed twice, and says so. */
export function Button({
  purpose = "plain",
  size = "usual",
  icon,
  isBusy = false,
  className,
  children,
  disabled,
  ...rest
}: ComponentProps<"button"> & Look & { readonly isBusy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={classes(shape, sizes[size], looks[purpose], className)}
    >
      {isBusy ? <LoaderCircle size={16} className="animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  );
}

/** A button that shows an icon alone; its name is told to who cannot see it, and to who points at it. */
export function IconButton({
  label,
  children,
  className,
  ...rest
}: ComponentProps<"button"> & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={classes(
        "inline-flex size-9 items-center justify-center rounded-lg text-soft hover:bg-sunken hover:text-text disabled:opacity-50",
        className,
      )}
    >
      {children}
    </button>
  );
}

/** A link to another page that looks like a button. */
export function ButtonLink({
  purpose = "plain",
  size = "usual",
  icon,
  className,
  children,
  ...rest
}: LinkProps & Look & { readonly className?: string; readonly children?: ReactNode }) {
  return (
    <Link {...rest} className={classes(shape, sizes[size], looks[purpose], className)}>
      {icon}
      {children}
    </Link>
  );
}
