// Arriving at a page: the window's title is that of the page, the heading has the focus, which is how who cannot see the page hears where
// they are, and the page is remembered as one of the last.

import { useEffect } from "react";
import { useRouter } from "@tanstack/react-router";

const stored = "fairlead.recent";
/** Pages that are remembered. */
const most = 8;

/** A page that was open. */
export interface RecentPage {
  readonly title: string;
  /** Path below /console, with its search. */
  readonly href: string;
}

/** The pages that were open in this window, the latest first. */
export function recentPages(): readonly RecentPage[] {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(stored) ?? "[]");
    return Array.isArray(list) ? list.filter(isPage) : [];
  } catch {
    return []; // storage is off, or holds what another version left there
  }
}

function isPage(value: unknown): value is RecentPage {
  const { title, href } = (value ?? {}) as Partial<RecentPage>;
  return typeof title === "string" && typeof href === "string" && href.startsWith("/");
}

function remember(page: RecentPage): void {
  // Of one page with several filters the last is remembered.
  const pathOf = ({ href }: RecentPage): string => href.split("?", 1)[0] ?? href;
  const others = recentPages().filter((other) => pathOf(other) !== pathOf(page));
  sessionStorage.setItem(stored, JSON.stringify([page, ...others].slice(0, most)));
}

/** Follows the pages that are opened, while the frame is there. */
export function useArrivals(): void {
  const router = useRouter();
  useEffect(() => {
    let isArriving = false;
    let last = "";
    /** Looks at the heading of the page, which may come later than the page. */
    const look = (): void => {
      const heading = document.querySelector<HTMLElement>("#page h1");
      const title = heading?.textContent?.trim() ?? "";
      if (!heading || title === "") return;
      document.title = `${title} · Fairlead`;
      const { pathname, search } = location;
      const href = `${pathname.replace(/^\/console/, "") || "/"}${search}`;
      if (`${href} ${title}` !== last) remember({ title, href });
      last = `${href} ${title}`;
      if (!isArriving) return;
      isArriving = false;
      // A field that took the focus by itself keeps it, and so does a dialog.
      const { activeElement } = document;
      const isElsewhere = activeElement?.closest("#page, [role=dialog]") ?? null;
      if (isElsewhere !== null && activeElement?.id !== "page") return;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    };
    const stop = router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
      // The first page is the browser's own to announce.
      isArriving = fromLocation !== undefined && pathChanged;
      look();
    });
    const page = document.getElementById("page");
    const watch = new MutationObserver(look);
    if (page) watch.observe(page, { childList: true, subtree: true, characterData: true });
    look();
    return () => {
      stop();
      watch.disconnect();
    };
  }, [router]);
}
