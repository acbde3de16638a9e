// The audits of the graphql-http package: GraphQL over HTTP, with a credential, in development.
import { serverAudits } from 'graphql-http';
import { authorization, check, finish, url } from './checks.mjs';

const fetchFn = (address, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('authorization', authorization);
  return fetch(address, { ...init, headers });
};
for (const audit of serverAudits({ url, fetchFn })) {
  await check(`${audit.id} ${audit.name}`, async () => {
    const found = await audit.fn();
    return { ok: found.status === 'ok', note: found.reason };
  });
}
finish();
