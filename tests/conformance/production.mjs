// What a stranger gets in production: no schema, no editor, no GET, no suggestions, no batch.
import { check, finish, url } from './checks.mjs';

const ask = (query, headers = {}) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(query) });

await check('introspection is refused', async () => { const body = await (await ask({ query: '{ __schema { types { name } } }' })).json(); return body.errors[0].extensions.code === 'INTROSPECTION_OFF'; });
await check('a wrong name suggests nothing', async () => { const body = await (await ask({ query: '{ lead }' })).text(); return !/Did you mean/.test(body); });
await check('GET is refused', async () => (await fetch(`${url}?query={__typename}`)).status === 405);
await check('GET with a mutation is refused', async () => (await fetch(`${url}?query=mutation{__typename}`)).status === 405);
await check('a batch is refused', async () => (await ask([{ query: '{ __typename }' }, { query: '{ __typename }' }])).status === 400);
await check('a form post is refused', async () => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' })).status === 415);
await check('forty aliases are refused', async () => {
  const body = await (await ask({ query: `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: __typename`).join(' ')} }` })).json();
  return body.errors[0].extensions.code === 'QUERY_TOO_COMPLEX';
});
await check('a page of the editor is not there', async () => { const text = await (await fetch(new URL('/', url), { headers: { accept: 'text/html' } })).text(); return !/graphiql/i.test(text); });
await check('records need a credential', async () => { const answer = await ask({ query: '{ leads { nodes { id } } }' }); return answer.status === 401; });
finish();
