// graphql-eslint over schema.graphql, one check a rule.
import { ESLint } from 'eslint';
import { check, finish } from './checks.mjs';

// Whoever sends is the sender: no prefix of the type's name.
const EXCUSED = /^Field "(sender|senderAddress|senderName|sendingAt)" starts with the name of the parent type "Send"$/;
const here = new URL('.', import.meta.url).pathname;
const schema = new URL('../../schema.graphql', import.meta.url).pathname;
process.env.SCHEMA = schema;
const eslint = new ESLint({ cwd: new URL('../..', import.meta.url).pathname, overrideConfigFile: `${here}eslint.config.mjs`, ignore: false });
const messages = (await eslint.lintFiles([schema]))[0].messages.filter((m) => !EXCUSED.test(m.message));
const configured = await eslint.calculateConfigForFile(schema);
const broken = Map.groupBy ? Map.groupBy(messages, (m) => m.ruleId) : messages.reduce((all, m) => all.set(m.ruleId, [...(all.get(m.ruleId) ?? []), m]), new Map());
for (const [rule, [level]] of Object.entries(configured.rules)) {
  if (level === 0) continue;
  const found = broken.get(rule) ?? [];
  await check(rule.replace('@graphql-eslint/', ''), async () => ({ ok: found.length === 0, note: found.length ? `${found.length}, the first in line ${found[0].line}: ${found[0].message}` : '' }));
}
for (const [rule, found] of broken) if (!(rule in configured.rules)) await check(String(rule), async () => ({ ok: false, note: found[0].message }));
finish();
