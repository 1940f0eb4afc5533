/** A Markdown table; the first row is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** A number without a fraction, as in 3,000. */
export function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
