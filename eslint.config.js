import tseslint from 'typescript-eslint';

// Biome formats, TypeScript finds what is unused, dependency-cruiser holds the boundaries: ESLint is here for what needs types.
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
          message: 'The environment is read once, where a function starts (src/handlers/*.ts).',
        },
      ],
    },
  },
);
