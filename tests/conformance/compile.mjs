// The compilers that applications build with: relay-compiler, and GraphQL Code Generator with TypeScript at its strictest.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { check, finish } from './checks.mjs';

const here = new URL('.', import.meta.url).pathname;
const run = promisify(execFile);
const tool = async (name, args, cwd) => {
  try {
    const { stdout, stderr } = await run(`${here}node_modules/.bin/${name}`, args, { cwd, env: { ...process.env, NO_COLOR: '1' } });
    return stdout + stderr;
  } catch (error) {
    throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}` || String(error));
  }
};

rmSync(`${here}relay/__generated__`, { recursive: true, force: true });
mkdirSync(`${here}relay/__generated__`, { recursive: true });
writeFileSync(`${here}relay/persisted.json`, '{}'); // relay-compiler adds to what is there
await check('relay-compiler: connection, refetch, mutation, subscription, persisted documents', async () => {
  const said = await tool('relay-compiler', ['relay.config.json'], `${here}relay`);
  return { ok: !/ERROR|WARN/.test(said) && Object.keys(JSON.parse(readFileSync(`${here}relay/persisted.json`))).length === 5, note: said.trim().split('\n').at(-1) };
}, 60_000);
await check('graphql-codegen: client preset with persisted documents', async () => {
  await tool('graphql-codegen', ['--config', 'codegen.json'], `${here}codegen`);
  const documents = JSON.parse(readFileSync(`${here}codegen/generated/persisted-documents.json`));
  return Object.keys(documents).length === 3 && Object.keys(documents).every((id) => id.startsWith('sha256:'));
}, 120_000);
await check('graphql-codegen: types of the whole schema, for inputs and answers', async () => {
  const types = readFileSync(`${here}codegen/generated/graphql.ts`, 'utf8');
  return { ok: /export type CreateLeadInput = \{/.test(types), note: `${types.length} characters` };
});
await check('tsc --strict', async () => { await tool('tsc', ['--project', 'tsconfig.json'], `${here}codegen`); return true; }, 120_000);
finish();
