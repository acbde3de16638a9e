// What every judge here shares: named checks with a time limit, printed one a line, counted at the end.
const LIMIT_MS = 8000;
const results = [];

export async function check(name, run, limitMs = LIMIT_MS) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs); });
  let ok = false;
  let note = '';
  try {
    const found = await Promise.race([run(), late]);
    ok = found === true || found?.ok === true;
    note = found?.note ?? '';
  } catch (error) {
    note = String(error?.message ?? JSON.stringify(error));
  } finally {
    clearTimeout(timer);
  }
  results.push(ok);
  console.log(ok ? 'ok  ' : 'FAIL', name, note && `-- ${note}`);
}

export function finish() {
  console.log(JSON.stringify({ passed: results.filter(Boolean).length, failed: results.filter((ok) => !ok).length }));
  process.exit(results.every(Boolean) ? 0 : 1);
}

export const url = process.env.GRAPHQL;
export const socket = process.env.WS;
export const key = process.env.API_KEY;
export const authorization = `Bearer ${key}`;
export const QUERY = '{ leads(first: 1) { nodes { id } } }';
export const SUBSCRIPTION = 'subscription { heartbeat(count: 2) }';
