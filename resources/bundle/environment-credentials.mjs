// Replaces @aws-sdk/credential-provider-node in the bundles: docs/decisions/0014-stand-ins-in-the-bundles.md
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
