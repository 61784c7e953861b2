// How the console is built: one static folder, `console/dist`, served by control below /console/. Types alone come from #contract, and
// what hops are called; #wire is read by chunks of its own.

import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { documentation } from "./docs/plugin.ts";

export default defineConfig({
  root: import.meta.dirname,
  base: "/console/",
  plugins: [react(), tailwindcss(), documentation()],
  resolve: { conditions: ["fairlead-source", "module", "browser", "production"] },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2024",
    // The page's policy allows no data: URL for scripts, and inlining saves nothing on this machine's loopback.
    assetsInlineLimit: 0,
    // No module preload polyfill: an inline script.
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
  },
  worker: { format: "es" },
});
