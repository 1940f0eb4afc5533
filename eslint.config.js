import tseslint from 'typescript-eslint';

// The type-checked rule sets. Biome formats, TypeScript finds unused code, and dependency-cruiser checks imports.
export default tseslint.config(
  { ignores: ['node_modules/', '.local/', '.esbuild/', '.serverless/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/handlers/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only src/handlers/*.ts read the environment, once at startup.',
        },
      ],
    },
  },
);
