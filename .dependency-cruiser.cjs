/** Which folder may import which (CONTRIBUTING.md, Where a change goes). */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'The booking rules depend on no store, no HTTP, and no library.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'only-repositories-know-the-store',
      comment: 'Only src/repositories/ imports the AWS SDK.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/repositories/' },
      to: { path: 'node_modules/(@aws-sdk|@smithy)/' },
    },
    {
      name: 'repositories-know-neither-http-nor-zod',
      comment: "Repositories read stored items with the domain's parsers, not with zod.",
      severity: 'error',
      from: { path: '^src/repositories/' },
      to: { path: '^src/handlers/|node_modules/(@middy|zod)/' },
    },
    {
      name: 'src-is-what-is-deployed',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^(tests|scripts|bench)/',
      },
    },
    {
      name: 'bench-and-tests-are-separate',
      comment: 'Code that both need belongs in tests/support/.',
      severity: 'error',
      from: { path: '^(bench|tests)/' },
      to: { path: '^(bench|tests)/', pathNot: '^$1/|^tests/support/' },
    },
    {
      name: 'scripts-import-neither-bench-nor-tests',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^(bench|tests)/' },
    },
    {
      name: 'no-development-dependencies-in-src',
      comment: 'Types are fine: they are not deployed.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-dependencies',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'unknown', 'undetermined'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans-in-src',
      severity: 'error',
      from: { path: '^src/', orphan: true },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
