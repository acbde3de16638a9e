// graphql-transport-ws: the reference client, and what raw sockets must be answered.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { authorization, check, finish, QUERY, socket, SUBSCRIPTION } from './checks.mjs';

const params = { authorization };
const INIT = { type: 'connection_init', payload: params };
const make = (more = {}) => createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: params, retryAttempts: 0, ...more });

const collect = (client, query) => new Promise((resolve, reject) => {
  const found = [];
  client.subscribe({ query }, { next: (value) => found.push(value), error: reject, complete: () => resolve(found) });
});

// Sends messages on a fresh socket; answers what came, and the code with which it was closed.
const say = (messages, { protocol = 'graphql-transport-ws', until, wait = 1500 } = {}) => new Promise((resolve, reject) => {
  const ws = new WebSocket(socket, protocol);
  const got = [];
  const end = (close) => { clearTimeout(timer); resolve({ close, got }); ws.terminate(); };
  const timer = setTimeout(() => end(null), wait);
  ws.on('open', () => messages.forEach((m) => ws.send(typeof m === 'string' ? m : JSON.stringify(m))));
  ws.on('message', (data) => { const message = JSON.parse(String(data)); got.push(message); if (until?.(message, ws)) end(null); });
  ws.on('close', end);
  ws.on('error', (error) => { clearTimeout(timer); reject(error); });
});
const subscribe = (id, query) => ({ id, type: 'subscribe', payload: { query } });
const closesWith = async (code, messages) => { const found = await say(messages); return { ok: found.close === code, note: String(found.close) }; };

await check('client: a query', async () => {
  const client = make();
  const found = await collect(client, QUERY);
  await client.dispose();
  return found.length === 1 && Boolean(found[0].data);
});
await check('client: a subscription completes', async () => {
  const client = make();
  const found = await collect(client, SUBSCRIPTION);
  await client.dispose();
  return found.length === 2 && found.every((one) => one.data);
});
await check('client: 50 subscriptions on one socket', async () => {
  const client = make();
  const found = await Promise.all(Array.from({ length: 50 }, () => collect(client, SUBSCRIPTION)));
  await client.dispose();
  return found.every((one) => one.length === 2);
});
await check('client: an invalid document is an error message', async () => {
  const client = make();
  try {
    await collect(client, '{ __nope }');
    return false;
  } catch (error) {
    return Array.isArray(error) && Boolean(error[0].message);
  } finally {
    await client.dispose();
  }
});
await check('client: pings are answered', async () => {
  let pongs = 0;
  const client = make({ keepAlive: 50, lazy: false, on: { pong: () => { pongs += 1; } } });
  await new Promise((resolve) => { setTimeout(resolve, 400); });
  await client.dispose();
  return { ok: pongs > 1, note: `${pongs} pongs` };
});
await check('ack after init', async () => (await say([INIT], { until: (m) => m.type === 'connection_ack' })).got.length === 1);
await check('subscribe before init closes 4401', () => closesWith(4401, [subscribe('1', QUERY)]));
await check('a second init closes 4429', () => closesWith(4429, [INIT, INIT]));
await check('the same id twice closes 4409', () => closesWith(4409, [INIT, subscribe('a', SUBSCRIPTION), subscribe('a', SUBSCRIPTION)]));
await check('an unknown message closes 4400', () => closesWith(4400, [INIT, { type: 'no_such_type' }]));
await check('what is no JSON closes 4400', () => closesWith(4400, [INIT, 'nonsense{']));
await check('an unknown subprotocol is refused', async () => {
  try {
    return (await say([], { protocol: 'nope-ws' })).close === 4406;
  } catch {
    return true;
  }
});
await check('ping is answered by pong', async () => (await say([INIT, { type: 'ping' }], { until: (m) => m.type === 'pong' })).got.some((m) => m.type === 'pong'));
await check('complete stops the events', async () => {
  const stop = (message, ws) => { if (message.type === 'next') ws.send(JSON.stringify({ id: 'c', type: 'complete' })); return false; };
  const found = await say([INIT, subscribe('c', 'subscription { heartbeat(count: 100) }')], { wait: 3500, until: stop });
  return { ok: found.got.filter((m) => m.type === 'next').length <= 2, note: `${found.got.filter((m) => m.type === 'next').length} next` };
});
await check('a foreign origin with the cookie of a session is refused', () => new Promise((resolve) => {
  const ws = new WebSocket(socket, 'graphql-transport-ws', { origin: 'https://evil.example', headers: { cookie: '__Host-leadwell=lws_x' } });
  ws.on('open', () => { resolve({ ok: false, note: 'accepted' }); ws.terminate(); });
  ws.on('error', (error) => resolve({ ok: true, note: error.message }));
}));
finish();
