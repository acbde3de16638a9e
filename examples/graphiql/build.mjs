// Bundles src/ into ../../api/static/graphiql/assets, compressed, and writes index.html with the hashed names.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { mends } from "./mends.mjs";

const out = path.resolve("../../api/static/graphiql");
const assets = path.join(out, "assets");

const slim = {
  name: "slim",
  setup(b) {
    // Variables and headers are JSON: no need for Prettier's JavaScript parser.
    b.onLoad({ filter: /@graphiql\/react\/dist\/utility\/jsonc\.js$/ }, ({ path: file }) => ({
      contents: readFileSync(file, "utf8").replace(/const \[prettier[\s\S]*?printWidth: 0\s*\}\);/, "return JSON.stringify(parseJSONC(content) ?? {}, null, 2);"),
      loader: "js",
    }));
    b.onLoad({ filter: /\.css$/ }, ({ path: file }) => ({ contents: readFileSync(file, "utf8").replace(/@font-face\s*\{[^}]*url\(["']?data:[^}]*\}/g, ""), loader: "css" }));
  },
};
const mended = {
  name: "mended",
  setup(b) {
    for (const [file, changes] of Object.entries(mends)) {
      b.onLoad({ filter: new RegExp(`${file.replaceAll(/[./]/g, "\\$&")}$`) }, ({ path: found }) => {
        let contents = readFileSync(found, "utf8");
        for (const [old, better] of changes) {
          if (contents.split(old).length !== 2) throw new Error(`${file} has changed; mends.mjs looks for: ${old}`);
          contents = contents.replace(old, () => better);
        }
        return { contents, loader: "js" };
      });
    }
  },
};
const shared = { bundle: true, minify: true, format: "esm", write: false, outdir: assets, legalComments: "eof", loader: { ".ttf": "file" }, define: { "process.env.NODE_ENV": '"production"' }, plugins: [slim, mended] };

const workers = await build({ ...shared, entryPoints: { editor: "monaco-editor/esm/vs/editor/editor.worker.js", json: "monaco-editor/esm/vs/language/json/json.worker.js", graphql: "monaco-graphql/esm/graphql.worker.js" }, entryNames: "[name].worker-[hash]", splitting: true, chunkNames: "worker-[hash]" });
const named = Object.fromEntries(workers.outputFiles.map((f) => path.basename(f.path)).filter((n) => n.includes(".worker-")).map((n) => [n.split(".")[0], n]));
const page = await build({ ...shared, entryPoints: { page: "src/main.jsx" }, entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", assetNames: "[name]-[hash]", splitting: true, jsx: "automatic", define: { ...shared.define, WORKERS: JSON.stringify(named) } });

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
let size = 0;
const names = [];
for (const { path: file, contents } of [...workers.outputFiles, ...page.outputFiles]) {
  const name = path.basename(file);
  if (name.endsWith(".css") && !name.startsWith("page-")) continue; // copies for chunks that load lazily; the page's own sheet holds them all
  const packed = gzipSync(contents, { level: 9 });
  writeFileSync(path.join(assets, `${name}.gz`), packed);
  names.push(name);
  size += packed.length;
}
const pick = (start, end) => names.find((n) => n.startsWith(start) && n.endsWith(end));
writeFileSync(path.join(out, "index.html"), `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Leadwell · GraphiQL</title>
    <link rel="icon" href="/static/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/static/graphiql/assets/${pick("page-", ".css")}">
    <script type="module" src="/static/graphiql/assets/${pick("page-", ".js")}"></script>
  </head>
  <body><div id="page"></div></body>
</html>
`);
console.log(`${names.length} files, ${(size / 1e6).toFixed(2)} MB compressed`);
