// graphql-inspector between the last release's schema, or before the first one the last commit's, and this one: who breaks something says so in CHANGELOG.md.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { check, finish } from './checks.mjs';

const root = new URL('../..', import.meta.url).pathname;
const git = (...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const before = () => {
  try { return git('describe', '--tags', '--abbrev=0'); } catch { return git('log', '-2', '--format=%H', '--', 'schema.graphql').split('\n').at(-1); }
};
const told = readFileSync(`${root}CHANGELOG.md`, 'utf8');
const now = buildSchema(readFileSync(`${root}schema.graphql`, 'utf8'));
const base = before();
const changes = await diff(buildSchema(git('show', `${base}:schema.graphql`)), now);
const of = (level) => changes.filter((change) => change.criticality.level === level);

await check(`since ${base.slice(0, 12)}: safe ${of(CriticalityLevel.NonBreaking).length}, dangerous ${of(CriticalityLevel.Dangerous).length}`, async () => true);
for (const change of of(CriticalityLevel.Breaking)) {
  await check(change.path ?? change.message, async () => ({ ok: told.includes(`\`${change.path}\``), note: `${change.message} CHANGELOG.md does not name \`${change.path}\`` }));
}
finish();
