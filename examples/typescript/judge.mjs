// Installs by the lock, makes the types, compiles at the strictest and runs the example with GRAPHQL, WS and API_KEY. Last line: how many of its steps passed and failed.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const cwd = new URL(".", import.meta.url).pathname;
const run = (...words) => {
  const done = spawnSync(words[0], words.slice(1), { cwd, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
  return { ok: done.status === 0, said: `${done.stdout ?? ""}${done.stderr ?? ""}` };
};
const lock = `${cwd}node_modules/.package-lock.json`;
const fresh = existsSync(lock) && statSync(lock).mtimeMs >= statSync(`${cwd}package-lock.json`).mtimeMs;
const steps = [
  ...(fresh ? [] : [["npm ci", "npm", "ci", "--no-audit", "--no-fund", "--silent"]]),
  ["types by graphql-codegen", "node_modules/.bin/graphql-codegen", "--config", "codegen.ts"],
  ["tsc --strict", "node_modules/.bin/tsc"],
  ["the example, to its end", "node", "dist/main.js"],
];
let passed = 0;
for (const [name, ...words] of steps) {
  const { ok, said } = run(...words);
  console.log(ok ? "ok  " : "FAIL", name, ok ? "" : `-- ${said.trim().replaceAll('\n', ' | ').slice(-2000)}`);
  if (!ok) break;
  passed += 1;
}
const failed = passed === steps.length ? 0 : 1;
console.log(JSON.stringify({ passed, failed }));
process.exit(failed);
