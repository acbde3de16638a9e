// urql as single-page apps use it: queries, refusals, automatic persisted queries, and subscriptions over fetch.
import { Client, fetchExchange, gql } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { authorization, check, finish, QUERY, SUBSCRIPTION, url } from './checks.mjs';

const client = new Client({ url, exchanges: [fetchExchange], fetchSubscriptions: true, preferGetMethod: false, fetchOptions: { headers: { authorization } } });

await check('a query', async () => { const found = await client.query(QUERY, {}).toPromise(); return !found.error && Boolean(found.data.leads); });
await check('a document that is refused', async () => {
  const found = await client.query('{ nope }', {}).toPromise();
  return { ok: found.error?.graphQLErrors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED', note: String(found.error) };
});
await check('a mutation that is refused', async () => {
  const found = await client.mutation('mutation { junkLead(input: {id: "x", reason: "SPAM"}) { userErrors { code } } }', {}).toPromise();
  return { ok: found.data?.junkLead.userErrors[0].code === 'BAD_ID', note: String(found.error ?? '') };
});
await check('a subscription over fetch', () => new Promise((resolve) => {
  const found = [];
  const { unsubscribe } = client.subscription(SUBSCRIPTION, {}).subscribe((one) => {
    found.push(one);
    if (found.length === 2) { resolve({ ok: found.every((x) => !x.error && x.data.heartbeat), note: String(found.at(-1).error ?? '') }); queueMicrotask(() => unsubscribe()); }
  });
}));
await check('@defer, as parts of one answer', () => new Promise((resolve) => {
  const parts = [];
  client.query(gql`query D { viewer { name } ... @defer { leads(first: 2) { totalCount nodes { id ... @defer { state } } } } }`, {}).subscribe((one) => {
    parts.push(one);
    const done = one.error || !one.hasNext;
    if (done) resolve({ ok: !one.error && parts.length > 1 && one.data.viewer.name && one.data.leads.nodes.every((node) => node.state), note: `${parts.length} parts ${one.error ?? ''}` });
  });
}));
for (const [preferGetForPersistedQueries, enforcePersistedQueries, wanted] of [[false, false, 'false,true,false'], [false, true, 'false,false'], [true, false, 'false,true,false'], [true, true, 'false,false']]) {
  await check(`a persisted query${preferGetForPersistedQueries ? ' by GET' : ''}${enforcePersistedQueries ? ', never sent as text' : ''}`, async () => {
    const sent = [];
    const note = (to, options) => { sent.push(options.body ? Boolean(JSON.parse(options.body).query) : String(to).includes('query=')); return fetch(to, options); };
    const exchanges = [persistedExchange({ preferGetForPersistedQueries, enforcePersistedQueries }), fetchExchange];
    const persisting = new Client({ url, exchanges, preferGetMethod: false, fetch: note, fetchOptions: { headers: { authorization } } });
    const document = gql(`query P${preferGetForPersistedQueries ? 'G' : ''} ${QUERY}`);
    const found = [await persisting.query(document, {}).toPromise(), await persisting.query(document, {}, { requestPolicy: 'network-only' }).toPromise()];
    return { ok: found.every((x) => !x.error && x.data.leads) && sent.join() === wanted, note: `${sent.join()} ${found.map((x) => x.error ?? '').join('')}` };
  });
}
finish();
