/**
 * Finds an option that npm kept for itself because it comes before `--`. npm does not pass such an
 * option to the script: `npm run deploy --stage=prod` would deploy the default stage.
 *
 * @param script the npm script, such as `deploy`
 * @param options the script's own options, without dashes
 * @returns a sentence that says how to write the command, or `undefined` if npm kept none of them
 */
export function explainSwallowedOption(
  script: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  const swallowed = options.find((name) => {
    // npm exports its options as variables. An empty one is an option set back to its default.
    const { [`npm_config_${name.replaceAll('-', '_')}`]: value = '' } = env;
    return value !== '';
  });
  return (
    swallowed &&
    `npm kept --${swallowed} for itself. Put all options after "--": npm run ${script} -- --${swallowed} ...`
  );
}
