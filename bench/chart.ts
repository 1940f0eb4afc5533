import { type Figure, shown } from './figure.ts';

const WIDTH = 860;
const LEFT = 400;
const RIGHT = 90;
const ROW = 34;
const TOP = 48;

/** The ratios as an SVG: a bar for each median, a line for its quartiles, and marks for bar and aim. */
export function chartOf(figures: readonly Figure[], caption: string): string {
  const ratios = figures.filter(({ unit }) => unit === 'times');
  const most = Math.max(...ratios.flatMap(({ quartiles, bar = 0 }) => [quartiles?.[1] ?? 0, bar]));
  const x = (value: number) => LEFT + ((WIDTH - LEFT - RIGHT) * value) / most;
  const height = TOP + ratios.length * ROW + 34;

  const rows = ratios.flatMap(({ name, value, quartiles: [low, high] = [0, 0], bar, aim }, row) => {
    const y = TOP + row * ROW;
    const middle = y + 9;
    return [
      text(LEFT - 12, middle + 4, name, 'end'),
      `<rect x="${LEFT}" y="${y}" width="${(x(value) - LEFT).toFixed(1)}" height="18" class="${bar !== undefined && value > bar ? 'over' : 'value'}"/>`,
      `<path d="M${x(low).toFixed(1)} ${middle}H${x(high).toFixed(1)}" class="quartiles"/>`,
      ...mark(aim, y, 'aim'),
      ...mark(bar, y, 'bar'),
      text(
        Math.max(x(value), x(high), x(bar ?? 0)) + 8,
        middle + 4,
        shown(value, 'times'),
        'start',
      ),
    ];
  });
  function mark(value: number | undefined, y: number, kind: 'aim' | 'bar'): string[] {
    if (value === undefined) return [];
    return [`<path d="M${x(value).toFixed(1)} ${y - 4}v26" class="${kind}"/>`];
  }

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #1f2328 } .background { fill: #ffffff } .value { fill: #4c8eda } .over { fill: #d1242f }
.quartiles { stroke: #1f2328; stroke-width: 2 } .aim { stroke: #1a7f37; stroke-width: 2; stroke-dasharray: 3 2 } .bar { stroke: #bc4c00; stroke-width: 2 }
</style>
<rect width="${WIDTH}" height="${height}" class="background"/>
${text(16, 24, 'How many times as much as what it is compared with: less is better', 'start')}
${rows.join('\n')}
${text(16, height - 12, `Median and quartiles; green dashes: the aim, orange: the bar. ${caption}`, 'start')}
</svg>
`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'end'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}
