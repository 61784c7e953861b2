// Text of machines: values in a line, blocks to copy. All of it is shown as text, and what cannot be seen is made visible.

import { useEffect, useState } from "react";
import { Check, Copy } from "lucide-react";
import { middle, visible } from "../text/visible.ts";
import { classes } from "./classes.ts";

/** A value in a line, shortened in its middle where `most` says so; the whole of it is told to who points at it. */
export function Value({
  text,
  most,
  className,
}: {
  readonly text: string;
  readonly most?: number;
  readonly className?: string;
}) {
  const shown = visible(text);
  return (
    <code className={classes("font-mono text-[0.9em]", className)} title={shown}>
      {most === undefined ? shown : middle(shown, most)}
    </code>
  );
}

/** A button that copies a text. */
export function CopyButton({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <button
      type="button"
      title={label}
      onClick={() => void copyText(text).then(() => setCopied(true))}
      className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-sm text-soft hover:bg-sunken hover:text-text"
    >
      {isCopied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
      <span aria-live="polite">{isCopied ? "Copied" : label}</span>
    </button>
  );
}

/** Puts a text on the clipboard. Pages at addresses that browsers do not trust have to do it by a selection. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A block of text with a button to copy it. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label?: string }) {
  return (
    <div className="relative rounded-lg border border-line bg-sunken">
      <div className="absolute top-1 right-1 rounded-md bg-sunken">
        <CopyButton text={text} />
      </div>
      <pre
        tabIndex={0}
        aria-label={label ?? "Text to copy"}
        className="overflow-x-auto p-3 pr-24 font-mono text-[0.85rem] leading-6"
      >
        {visible(text, "\n\t")}
      </pre>
    </div>
  );
}
