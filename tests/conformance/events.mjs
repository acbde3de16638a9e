// Server-sent events: the graphql-sse client in distinct connections mode, and what stands on the wire.
import { createClient } from 'graphql-sse';
import { authorization, check, finish, QUERY, SUBSCRIPTION, url } from './checks.mjs';

const client = createClient({ url, retryAttempts: 0, headers: { authorization } });
const collect = (query) => new Promise((resolve, reject) => {
  const found = [];
  client.subscribe({ query }, { next: (value) => found.push(value), error: reject, complete: () => resolve(found) });
});
const HEADERS = { 'content-type': 'application/json', accept: 'text/event-stream', authorization };

await check('client: a subscription', async () => { const found = await collect(SUBSCRIPTION); return found.length === 2 && found.every((one) => one.data); });
await check('client: a query', async () => { const found = await collect(QUERY); return found.length === 1 && Boolean(found[0].data); });
await check('client: an invalid document is told', async () => {
  try {
    return Boolean((await collect('{ __nope }'))[0]?.errors);
  } catch {
    return true;
  }
});
await check('client: 20 at once', async () => (await Promise.all(Array.from({ length: 20 }, () => collect(SUBSCRIPTION)))).every((one) => one.length === 2));
await check('content type, next and complete', async () => {
  const answer = await fetch(url, { method: 'POST', headers: HEADERS, body: JSON.stringify({ query: SUBSCRIPTION }) });
  const text = await answer.text();
  return answer.headers.get('content-type').startsWith('text/event-stream') && /event: next/.test(text) && /event: complete/.test(text);
});
await check('malformed JSON is 4xx', async () => {
  const { status } = await fetch(url, { method: 'POST', headers: HEADERS, body: '{' });
  return { ok: status >= 400 && status < 500, note: String(status) };
});
await check('a subscription by GET, as EventSource asks', async () => {
  const answer = await fetch(`${url}?query=${encodeURIComponent(SUBSCRIPTION)}`, { headers: { accept: 'text/event-stream', authorization } });
  const text = await answer.text();
  return answer.status === 200 && /event: next/.test(text);
});
client.dispose();
finish();
