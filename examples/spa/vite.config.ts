import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

// While developing, this server passes on what belongs to Leadwell: one origin, one cookie, no CORS.
const leadwell = process.env.LEADWELL_URL ?? "http://127.0.0.1:8000";
const passed = { target: leadwell, changeOrigin: false };

/** Writes down which sources were built, so that a test sees when the committed files are older than they. */
function sources(): Plugin {
  const files = ["index.html", "package-lock.json", ...readdirSync("src").map((name) => `src/${name}`).sort()];
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  return { name: "sources", generateBundle() { this.emitFile({ type: "asset", fileName: "sources.sha256", source: `${hash.digest("hex")}\n` }); } };
}

export default defineConfig({
  base: "./",
  plugins: [react(), sources()],
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/graphql": { ...passed, ws: true }, "/auth": passed } },
});
