// Apollo Client: queries, refusals, mutations into the cache, automatic persisted queries, and @defer with every handler it ships.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import * as incremental from '@apollo/client/incremental';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createHash } from 'node:crypto';
import { authorization, check, finish, QUERY, url } from './checks.mjs';

const http = (more = {}) => new HttpLink({ uri: url, headers: { authorization }, ...more });
const client = new ApolloClient({ cache: new InMemoryCache(), link: http() });
const DEFER = gql`query Deferred { viewer { name } ... @defer(label: "later") { leads(first: 2) { totalCount nodes { id ... @defer(label: "inner") { state person { name } } } } } }`;
const PLAIN = gql`query Plain { viewer { name } leads(first: 2) { totalCount nodes { id state person { name } } } }`;
const bare = (value) => JSON.stringify(value, (key, one) => (key === '__typename' ? undefined : one));

await check('a query', async () => Boolean((await client.query({ query: gql(QUERY) })).data.leads));
await check('a document that is refused', async () => {
  try { await client.query({ query: gql`{ nope }` }); return false; } catch (error) { return CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED'; }
});
await check('a mutation renews the cache by id', async () => {
  const made = await client.mutate({ mutation: gql`mutation { createLead(input: {name: "Apollo", email: "apollo@example.org"}) { lead { id person { id name } } userErrors { code } } }` });
  const { lead } = made.data.createLead;
  return client.cache.extract()[`Lead:${lead.id}`]?.person.__ref === `Person:${lead.person.id}`;
});
await check('a persisted query', async () => {
  const sent = [];
  const fetching = (to, options) => { sent.push(Boolean(JSON.parse(options.body).query)); return fetch(to, options); };
  const hashing = new PersistedQueryLink({ sha256: (text) => createHash('sha256').update(text).digest('hex') });
  const persisting = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([hashing, http({ fetch: fetching })]) });
  const query = gql`query Persisted { leads(first: 1) { nodes { version } } }`;
  const found = [await persisting.query({ query }), await persisting.query({ query, fetchPolicy: 'network-only' })];
  return { ok: found.every((one) => one.data.leads) && sent.join() === 'false,true,false', note: sent.join() };
});
for (const [name, Handler] of Object.entries(incremental).filter(([name]) => /^(Defer|GraphQL17).*Handler$/.test(name))) {
  await check(`@defer by ${name}`, async () => {
    const patient = new ApolloClient({ cache: new InMemoryCache(), link: http(), incrementalHandler: new Handler() });
    const found = await patient.query({ query: DEFER, fetchPolicy: 'no-cache' });
    const plain = await patient.query({ query: PLAIN, fetchPolicy: 'no-cache' });
    return { ok: bare(found.data) === bare(plain.data), note: bare(found.data) };
  });
}
finish();
