/**
 * Whether a filter pattern of CloudWatch Logs matches a line of JSON.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 *
 * @throws Error if the pattern uses more than this part of the syntax: `=` with text or a whole number,
 *   and `>=` with a whole number, joined by `&&` or `||`, one per pair of parentheses
 */
export function matchesPattern(pattern: string, line: Readonly<Record<string, unknown>>): boolean {
  let text = pattern
    .replace(/^\{ (.*) \}$/, '($1)')
    .replace(/\$\.(\w+) = ("[^"]*"|\d+)/g, (_, field: string, operand: string) =>
      String(isEqual(line[field], operand)),
    )
    .replace(/\$\.(\w+) >= (\d+)/g, (_, field: string, operand: string) =>
      String(Number(line[field]) >= Number(operand)),
    );
  for (let before = ''; text !== before; ) {
    before = text;
    text = text
      .replace(/\((true|false) (&&|\|\|) (true|false)\)/g, (_, a: string, operator, b: string) =>
        String(operator === '&&' ? a === 'true' && b === 'true' : a === 'true' || b === 'true'),
      )
      .replace(/\((true|false)\)/g, '$1');
  }
  if (text !== 'true' && text !== 'false') throw new Error(`Unknown syntax: ${pattern}`);
  return text === 'true';
}

function isEqual(value: unknown, operand: string): boolean {
  if (!operand.startsWith('"')) return value === Number(operand);
  if (typeof value !== 'string') return false;
  const [, start, text = '', end] = /^"(\*?)(.*?)(\*?)"$/.exec(operand) ?? [];
  if (start && end) return value.includes(text);
  if (start) return value.endsWith(text);
  return end ? value.startsWith(text) : value === text;
}
