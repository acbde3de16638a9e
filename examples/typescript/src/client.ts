import { Client, fetchExchange, type CombinedError, type Operation } from "@urql/core";
import { retryExchange } from "@urql/exchange-retry";
import { createClient, type Client as Socket } from "graphql-ws";
import WebSocket from "ws";

/** Asks over HTTP, and asks again where that is safe: queries, and mutations that carry an idempotency key. */
export function connect(url: string, key: string, fetch: typeof globalThis.fetch = globalThis.fetch): Client {
  return new Client({
    url,
    fetch,
    preferGetMethod: false,
    requestPolicy: "network-only",
    fetchOptions: { headers: { authorization: `Bearer ${key}` } },
    exchanges: [retryExchange({ initialDelayMs: 200, maxNumberAttempts: 6, retryIf }), fetchExchange],
  });
}

/** Nobody knows whether a lost mutation was done; under a key it is done once, however often it is asked for. */
function retryIf(error: CombinedError, asked: Operation): boolean {
  const safe = asked.kind === "query" || Boolean(asked.variables?.["input"]?.idempotencyKey);
  return safe && (Boolean(error.networkError) || error.graphQLErrors.some((one) => one.extensions["retryable"] === true));
}

/** One WebSocket for all subscriptions; `follow` in live.ts comes back by itself, so that it knows behind which cursor. */
export function openSocket(url: string, key: string): Socket {
  return createClient({ url, webSocketImpl: WebSocket, connectionParams: { Authorization: `Bearer ${key}` }, retryAttempts: 0 });
}
