import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient as createSocket } from "graphql-ws";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";

/** Empty: the page comes from Leadwell itself. Else the address of an installation that lists our origin in LEADWELL_ORIGINS. */
export const SERVER: string = import.meta.env.VITE_LEADWELL_URL ?? "";

/** A cookie acts only for scripts that show they mean it: this header cannot be sent by a foreign form. */
const fetchOptions: RequestInit = { credentials: "include", headers: { "x-leadwell-csrf": "1" } };

const alone = () => null; // no id of their own: kept inside the record they belong to

/** One client for one session; `onLive` hears whether changes arrive (null: nobody listens), `onSignedOut` that the session is over. */
export function connect(onLive: (live: boolean | null) => void, onSignedOut: () => void): Client {
  const url = new URL("/graphql", SERVER || location.href);
  const socket = createSocket({
    url: url.href.replace("http", "ws"),
    retryAttempts: Infinity,
    shouldRetry: () => true,
    on: {
      connecting: () => onLive(false),
      connected: () => onLive(true),
      closed: (event) => onLive((event as CloseEvent).code === 1000 ? null : false),
    },
  });
  return new Client({
    url: url.href,
    fetchOptions,
    preferGetMethod: false,
    exchanges: [
      mapExchange({
        onError(error) {
          if (error.graphQLErrors.some((one) => one.extensions.code === "UNAUTHENTICATED")) onSignedOut();
        },
      }),
      cacheExchange({
        keys: {
          LeadConnection: alone, ActivityConnection: alone, DealContactConnection: alone, PageInfo: alone, LeadChange: alone, UserError: alone,
          Viewer: alone, Workspace: alone, Money: alone, ScoreExplanation: alone, ScoreContribution: alone,
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription(request) {
          const payload = { query: request.query ?? "", variables: { ...request.variables } as Record<string, unknown> };
          return {
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe(payload, {
                ...sink,
                next(result) {
                  // After a lost connection the socket subscribes again, behind the last change it saw or else behind the query that filled the view:
                  // none is missed, none comes twice.
                  const change = Object.values(result.data ?? {})[0] as { cursor?: string } | undefined;
                  if (change?.cursor) payload.variables.after = change.cursor;
                  sink.next(result as Parameters<typeof sink.next>[0]);
                },
              }),
            }),
          };
        },
      }),
    ],
  });
}

export interface Refused {
  code: string;
  message: string;
  fix?: string;
  params?: { workspaces?: string[] };
}

/** Signs in; the session is a cookie that no script can read. Null when it worked. */
export async function signIn(given: Record<string, string>): Promise<Refused | null> {
  return post("/auth/sign-in", given);
}

export async function signOut(): Promise<Refused | null> {
  return post("/auth/sign-out", {});
}

async function post(path: string, body: unknown): Promise<Refused | null> {
  const headers = { ...(fetchOptions.headers as Record<string, string>), "content-type": "application/json" };
  try {
    const answer = await fetch(SERVER + path, { ...fetchOptions, method: "POST", headers, body: JSON.stringify(body) });
    return answer.ok ? null : ((await answer.json()) as { error: Refused }).error;
  } catch {
    return { code: "UNREACHABLE", message: "The server does not answer.", fix: "Check the connection and try again." };
  }
}
