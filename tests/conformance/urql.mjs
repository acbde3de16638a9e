// urql as single-page apps use it: queries, refusals, and subscriptions over fetch.
import { Client, fetchExchange } from '@urql/core';
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
finish();
