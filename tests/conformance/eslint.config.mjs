// What our own schema is held to: graphql-eslint's recommendations and Relay's, less what a comment excuses.
import plugin from '@graphql-eslint/eslint-plugin';

const rules = (name) => plugin.configs[`flat/${name}`].rules;
const [level, names] = rules('schema-recommended')['@graphql-eslint/naming-convention'];
// AND, OR and NOT are how every filter writes them.
const naming = [level, { ...names, InputValueDefinition: { style: 'camelCase', ignorePattern: '^(AND|OR|NOT)$' } }];
export default [{
  files: ['**/*.graphql'],
  languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema: process.env.SCHEMA } } },
  plugins: { '@graphql-eslint': plugin },
  rules: {
    ...rules('schema-recommended'),
    ...rules('schema-relay'),
    '@graphql-eslint/naming-convention': naming,
    '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }], // `nodes` stand beside `edges`; a view is no record
    '@graphql-eslint/require-description': ['error', { types: true, FieldDefinition: true, EnumValueDefinition: true, InputValueDefinition: true, rootField: true,
      ignoredSelectors: ['DirectiveDefinition[name.value=/^(cost|listSize)$/] > InputValueDefinition'] }], // IBM's, which the printer gives no descriptions
    '@graphql-eslint/require-deprecation-reason': 'error',
    '@graphql-eslint/require-deprecation-date': ['error', { argumentName: 'reason' }],
    '@graphql-eslint/input-name': ['error', { checkInputType: false, caseSensitiveInputType: true, checkQueries: false, checkMutations: true }],
    '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
    '@graphql-eslint/no-unreachable-types': 'error',
    '@graphql-eslint/strict-id-in-types': 'off', // payloads and values have none
  },
}];
