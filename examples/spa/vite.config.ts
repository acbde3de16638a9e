import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// While developing, this server passes on what belongs to Leadwell: one origin, one cookie, no CORS.
const leadwell = process.env.LEADWELL_URL ?? "http://127.0.0.1:8000";
const passed = { target: leadwell, changeOrigin: false };

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/graphql": { ...passed, ws: true }, "/auth": passed } },
});
