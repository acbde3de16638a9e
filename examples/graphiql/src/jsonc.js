// In place of GraphiQL's own, which brings Prettier's JavaScript parser along: variables and headers are JSON.
import { parse, printParseErrorCode } from "jsonc-parser";

export async function formatJSONC(content) {
  const errors = [];
  const value = parse(content, errors, { allowTrailingComma: true });
  return errors.length || value === undefined ? content : JSON.stringify(value, null, 2);
}

export function parseJSONC(content) {
  const errors = [];
  const value = parse(content, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length) throw new SyntaxError(errors.map(({ error }) => printParseErrorCode(error)).join(", "));
  return value;
}

export const tryParseJSONC = (content) => (content ? parseJSONC(content) : undefined);
