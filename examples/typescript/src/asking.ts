import type { AnyVariables, Client, TypedDocumentNode } from "@urql/core";

/** Why a mutation was refused: `field` is a path into the input, `message` and `fix` are for people, `code` is for programs. */
export interface UserError {
  code: string;
  message: string;
  field?: readonly string[] | null;
  fix?: string | null;
  retryable: boolean;
}

export class Refused extends Error {
  constructor(readonly errors: readonly UserError[]) {
    super(errors.map((one) => `${one.code} ${one.field?.join(".") ?? ""}: ${one.message} ${one.fix ?? ""}`.trim()).join("; "));
  }
}

const PAUSES_MS = [200, 500, 1000, 2000, 5000];

/** The data of an answer. What was wrong with the request itself is thrown as urql's CombinedError. */
export async function query<Data, Variables extends AnyVariables>(client: Client, document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const { data, error } = await client.query(document, variables).toPromise();
  if (error) throw error;
  return data as Data;
}

/** The only field of a mutation's answer; Refused when it was refused. What passes by itself is asked for again, if it carries an idempotency key. */
export async function change<Payload extends { userErrors: readonly UserError[] }, Input extends object>(
  client: Client, document: TypedDocumentNode<Record<string, Payload>, { input: Input }>, input: Input,
): Promise<Payload> {
  const pauses = "idempotencyKey" in input ? PAUSES_MS : [];
  for (const pause of [...pauses, null]) {
    const { data, error } = await client.mutation(document, { input }).toPromise();
    if (error) throw error;
    const [payload] = Object.values(data ?? {});
    if (payload === undefined) throw new Error("An answer without data");
    if (payload.userErrors.length === 0) return payload;
    if (pause === null || !payload.userErrors.every((one) => one.retryable)) throw new Refused(payload.userErrors);
    await new Promise((resume) => setTimeout(resume, pause));
  }
  throw new Error("unreachable");
}
