// The frame around every page: navigation at the side, or behind a button on small screens, the search, the theme, who is signed in, and
// what has to be said of the connection.

import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { Dialog as Drawer } from "@base-ui/react/dialog";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import {
  CircleUserRound,
  Keyboard,
  LogOut,
  Menu as MenuIcon,
  Monitor,
  Moon,
  Search,
  Sun,
  UserCog,
} from "lucide-react";
import { cache } from "../api/cache.ts";
import { request } from "../api/client.ts";
import { signedOut, useConnection } from "../api/connection.ts";
import { followEvents } from "../api/events.ts";
import { meQuery } from "../api/queries.ts";
import { IconButton } from "../parts/button.tsx";
import { classes } from "../parts/classes.ts";
import { Menu } from "../parts/dialog.tsx";
import { PlanDialogs } from "../commands/plan-dialogs.tsx";
import { Toasts } from "../parts/toast.tsx";
import { useArrivals } from "./arrival.ts";
import { useKeys, type Opened } from "./keys.ts";
import { navigation } from "./navigation.ts";
import { chooseTheme, useTheme } from "./theme.ts";

// What is not on the page at first is loaded after it: early enough to be there when the platform is away.
const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));
const Help = lazy(async () => ({ default: (await import("./help.tsx")).Help }));
const SignIn = lazy(async () => ({ default: (await import("./sign-in.tsx")).SignIn }));

/** Loads the rest of the frame, once the page is there. */
function loadRest(): () => void {
  const load = (): void => {
    const rest = [
      import("./palette.tsx"),
      import("./help.tsx"),
      import("./sign-in.tsx"),
      import("../commands/plan-dialog.tsx"),
      import("../commands/example-tabs.tsx"),
    ];
    // What could not be loaded is loaded when it is asked for.
    void Promise.allSettled(rest);
  };
  const timer = setTimeout(load, restMs);
  return () => clearTimeout(timer);
}

/** Milliseconds until then: the first page comes first. */
const restMs = 1000;

/** The frame, with the page in it. */
export function Shell() {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [opened, setOpened] = useState<Opened>();
  const [wasOpened, setWasOpened] = useState<Readonly<Partial<Record<Opened, true>>>>({});
  const open = useCallback((what: Opened): void => {
    setOpened(what);
    setWasOpened((before) => ({ ...before, [what]: true }));
  }, []);
  const close = useCallback(() => setOpened(undefined), []);
  const { isSignedIn } = useConnection();
  useKeys(open);
  useArrivals();
  useEffect(loadRest, []);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(followEvents, []);
  useEffect(() => setMenuOpen(false), [path]);
  return (
    <PlanDialogs>
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-surface focus:px-3 focus:py-2 focus:shadow-card"
      >
        Skip to the page
      </a>
      <div className="mx-auto flex min-h-dvh max-w-[100rem]">
        <aside className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col gap-1 overflow-y-auto border-r border-line px-3 py-4 lg:flex">
          <Mark />
          <Navigation />
        </aside>
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="sticky top-0 z-30 flex items-center gap-2 border-b border-line bg-canvas/90 px-3 py-2 backdrop-blur sm:px-6">
            <IconButton label="Menu" className="lg:hidden" onClick={() => setMenuOpen(true)}>
              <MenuIcon size={20} aria-hidden />
            </IconButton>
            <div className="lg:hidden">
              <Mark />
            </div>
            <button
              type="button"
              onClick={() => open("palette")}
              className="flex h-9 w-9 items-center gap-2 rounded-lg text-soft hover:text-text max-sm:ml-auto max-sm:justify-center sm:w-80 sm:border sm:border-line sm:bg-surface sm:px-3"
            >
              <Search size={17} aria-hidden />
              <span className="max-sm:sr-only">Search and do …</span>
              <kbd className="ml-auto rounded border border-line px-1.5 font-sans text-xs max-sm:hidden">
                Ctrl K
              </kbd>
            </button>
            <div className="flex items-center gap-1 sm:ml-auto">
              <ThemeMenu />
              <AccountMenu onHelp={() => open("help")} />
            </div>
          </header>
          <ConnectionBanner />
          <main id="page" tabIndex={-1} className="min-w-0 flex-1 px-4 py-6 outline-none sm:px-6">
            <Outlet />
          </main>
        </div>
      </div>
      <Drawer.Root open={isMenuOpen} onOpenChange={setMenuOpen}>
        <Drawer.Portal>
          <Drawer.Backdrop className="fixed inset-0 z-40 bg-black/45" />
          <Drawer.Popup className="fixed inset-y-0 left-0 z-40 w-72 overflow-y-auto border-r border-line bg-surface p-4 outline-none">
            <Drawer.Title className="sr-only">Menu</Drawer.Title>
            <Mark />
            <Navigation />
          </Drawer.Popup>
        </Drawer.Portal>
      </Drawer.Root>
      <Suspense fallback={null}>
        {wasOpened.palette && <Palette isOpen={opened === "palette"} onClose={close} />}
        {wasOpened.help && <Help isOpen={opened === "help"} onClose={close} />}
        {!isSignedIn && <SignIn />}
      </Suspense>
      <Toasts />
    </PlanDialogs>
  );
}

function Mark() {
  return (
    <Link to="/" className="mb-2 flex items-center gap-2 px-2 py-1 text-lg font-semibold tracking-tight">
      <img src="/console/mark.svg" alt="" className="size-6" />
      Fairlead
    </Link>
  );
}

function Navigation() {
  const { data: me } = useQuery(meQuery);
  return (
    <nav aria-label="Areas" className="flex flex-col gap-4">
      {navigation.map(({ title, entries }) => (
        <div key={title}>
          {title !== "" && (
            <p className="px-2 pb-1 text-xs font-semibold tracking-wide text-soft uppercase">{title}</p>
          )}
          <ul>
            {entries
              .filter(({ isForOwners }) => isForOwners !== true || me?.role === "owner")
              .map((entry) => (
                <li key={entry.to}>
                  <Link
                    to={entry.to}
                    activeOptions={{ exact: entry.to === "/", includeSearch: false }}
                    className="flex items-center gap-2.5 rounded-lg px-2 py-1.5 hover:bg-sunken"
                    activeProps={{
                      className: "bg-accent-soft font-medium text-accent",
                      "aria-current": "page",
                    }}
                    inactiveProps={{ className: "text-text" }}
                  >
                    <entry.icon size={17} className="shrink-0 opacity-80" aria-hidden />
                    {entry.title}
                  </Link>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function ConnectionBanner() {
  const { isReachable } = useConnection();
  return (
    <div role="status" aria-live="polite">
      {!isReachable && (
        <p className="border-b border-warn/40 bg-warn-soft px-6 py-2 text-warn">
          The platform does not answer. Names and pages are served on meanwhile; this page tries again by
          itself and loses nothing.
        </p>
      )}
    </div>
  );
}

function ThemeMenu() {
  const theme = useTheme();
  const icon =
    theme === "light" ? (
      <Sun size={18} aria-hidden />
    ) : theme === "dark" ? (
      <Moon size={18} aria-hidden />
    ) : (
      <Monitor size={18} aria-hidden />
    );
  return (
    <Menu
      trigger={<IconButton label="Theme">{icon}</IconButton>}
      choices={(["system", "light", "dark"] as const).map((choice) => ({
        label: (
          <span className={classes(choice === theme && "font-semibold")}>
            {choice === "system" ? "As the system" : choice === "light" ? "Light" : "Dark"}
          </span>
        ),
        onChoose: () => chooseTheme(choice),
      }))}
    />
  );
}

function AccountMenu({ onHelp }: { readonly onHelp: () => void }) {
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const signOut = async (): Promise<void> => {
    await request("DELETE", "/v1/session");
    cache.clear();
    signedOut();
  };
  return (
    <Menu
      trigger={
        <IconButton label={me ? `Account of ${me.name}` : "Account"}>
          <CircleUserRound size={20} aria-hidden />
        </IconButton>
      }
      choices={[
        {
          label: (
            <span>
              {me?.name ?? "Nobody"}
              <span className="block text-sm text-soft">{me?.role}</span>
            </span>
          ),
          isDisabled: true,
          onChoose: () => {},
        },
        "line",
        {
          label: "Password, second factor, sessions",
          icon: <UserCog size={16} aria-hidden />,
          onChoose: () => void navigate({ to: "/account" }),
        },
        { label: "Keyboard", icon: <Keyboard size={16} aria-hidden />, onChoose: onHelp },
        { label: "Sign out", icon: <LogOut size={16} aria-hidden />, onChoose: () => void signOut() },
      ]}
    />
  );
}
