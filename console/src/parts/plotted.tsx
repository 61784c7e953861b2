// A plot or a list of figures under a title of its own.

import { useId, type ReactNode } from "react";

/** What is shown, and what it is called for those who hear it. */
export function Plotted({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h3 id={id} className="mb-1 text-sm font-medium">
        {title}
      </h3>
      {children}
    </section>
  );
}
