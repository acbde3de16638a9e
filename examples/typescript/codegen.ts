import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: ["src/*.ts"],
  emitLegacyCommonJSImports: false,
  importExtension: ".js",
  generates: {
    "./src/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        onlyOperationTypes: true,
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { BigInt: "number", Date: "string", DateTime: "string", Decimal: "string", Duration: "string", JSON: "unknown", Time: "string" },
      },
    },
  },
};

export default config;
