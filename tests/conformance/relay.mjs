// Relay's runtime with what relay-compiler made (see compile.mjs): hashes alone are sent, the server knows their texts from LEADWELL_DOCUMENTS.
import { createRequire } from 'node:module';
import { authorization, check, finish, url } from './checks.mjs';

const require = createRequire(import.meta.url);
const { commitMutation, ConnectionHandler, Environment, fetchQuery, Network, RecordSource, Store } = require('relay-runtime');
const artifact = (name) => require(`./relay/__generated__/${name}.graphql.js`);
const ask = async (operation, variables) => {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ id: operation.id, variables }) })).json();
};
const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
const read = (name, variables) => fetchQuery(environment, artifact(name), variables, { fetchPolicy: 'network-only' }).toPromise();
const connection = () => environment.getStore().getSource().get('client:root:__app_leads_connection');
let lead;

const create = (email) => new Promise((resolve, reject) => commitMutation(environment, {
  mutation: artifact('appCreateLeadMutation'), variables: { input: { name: 'Relay', email }, connections: ['client:root:__app_leads_connection'] },
  onCompleted: (answer) => resolve(answer), onError: reject,
}));
const edges = () => { const found = connection(); return found.edges.__refs.length; };

await check('a page of a connection by its hash', async () => { await read('appLeadsQuery', { count: 3 }); return Boolean(connection().edges); });
await check('a mutation puts its edge before the others', async () => {
  const before = edges();
  const answer = await create(`relay-${Date.now()}@example.org`);
  lead = answer.createLead.lead?.id;
  return { ok: edges() === before + 1 && answer.createLead.userErrors.length === 0, note: `${before} → ${edges()} ${JSON.stringify(answer.createLead.userErrors)}` };
});
await check('a record read again by its id', async () => {
  await read('appLeadAgainQuery', { id: lead });
  const record = environment.getStore().getSource().get(lead);
  return { ok: record.__typename === 'Lead' && record.version === 1, note: JSON.stringify(record) };
});
await check('the next page joins the connection', async () => {
  await create(`relay-more-${Date.now()}@example.org`);
  await read('appLeadsQuery', { count: 1 });
  const after = environment.getStore().getSource().get(connection().pageInfo.__ref).endCursor;
  await read('appLeadsPageQuery', { count: 1, after });
  return { ok: edges() === 2, note: `${edges()} edges` };
});
await check('a hash that nobody listed is refused', async () => {
  const answer = await ask({ id: '0'.repeat(64) }, {});
  return { ok: answer.errors[0].extensions.code === 'PERSISTED_DOCUMENT_NOT_FOUND', note: JSON.stringify(answer) };
});
await check('connections have the key that Relay expects', async () => ConnectionHandler.getConnectionID('client:root', 'app_leads') === 'client:root:__app_leads_connection');
finish();
