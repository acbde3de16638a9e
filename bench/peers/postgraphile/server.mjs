// PostGraphile 5 on Leadwell's own tables, under Leadwell's own policies: node server.mjs DATABASE_URL PORT POOL, workspaces by key on KEYS.
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const [, , connectionString, port, pool] = process.argv;
const workspaces = new Map(Object.entries(JSON.parse(process.env.KEYS)));
// The timeline's links to partitioned activities and to people are no foreign keys in the database.
const timeline = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "public.activity_participants": {
        tags: {
          foreignKey: ["(workspace_id, activity_id) references activities (workspace_id, id)", "(workspace_id, person_id) references people (workspace_id, id)"],
        },
      },
    },
  },
});
const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  plugins: [timeline],
  disablePlugins: ["PgIndexBehaviorsPlugin"], // which takes filters on archived_at and is_default away
  pgServices: [makePgService({ connectionString, schemas: ["public"], pubsub: false, poolConfig: { max: +pool } })],
  grafast: {
    explain: false,
    context({ node }) {
      const key = node?.req.headers.authorization?.slice("Bearer ".length);
      return { pgSettings: { role: "lw_app", "app.workspace": workspaces.get(key) ?? "" } };
    },
  },
  grafserv: { watch: false, graphiql: false, maxRequestLength: 1_000_000 },
};
const instance = postgraphile(preset);
const server = createServer();
await instance.createServ(grafserv).addTo(server);
if (process.env.SCHEMA) {
  const { printSchema } = await import("postgraphile/graphql");
  writeFileSync(process.env.SCHEMA, printSchema(await instance.getSchema()));
}
server.listen(+port, "127.0.0.1");
