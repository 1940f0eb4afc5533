import { PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { EXAMPLES } from './examples.ts';
import { PROBLEMS } from './problems.ts';
import { GATEWAY_RESPONSES } from './responses.ts';

/** docs/problems.md: each problem type with its meaning, what to do, and an example. */
export function problemsPage(): string {
  const codes = Object.keys(PROBLEM_TYPES) as ProblemCode[];
  return `# Problem types

<!-- Written by "npm run openapi". -->

Every error of the functions is a problem details object ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) in \`application/problem+json\`. Identify errors by \`type\`, which is stable. \`title\` and \`detail\` are for people and can change. Ignore members that you do not know. \`request_id\` is API Gateway's ID for the request. The operator uses it to find the request in the log.

| status | type | title |
| --- | --- | --- |
${codes.map((code) => `| ${PROBLEM_TYPES[code].status} | [\`urn:problem:${code}\`](#urnproblem${code}) | ${PROBLEM_TYPES[code].title} |`).join('\n')}

${GATEWAY_RESPONSES}

${codes.map(section).join('\n')}`;
}

function section(code: ProblemCode): string {
  const type: { status: number; detail: string; headers?: object } = PROBLEM_TYPES[code];
  const { status, detail, headers = {} } = type;
  const { when, remedy = detail } = PROBLEMS[code];
  const headerLines = Object.entries(headers).map(([name, value]) => `\`${name}: ${value}\``);
  return `## urn:problem:${code}

Status ${[String(status), ...headerLines].join(', with ')}.

Returned if ${when}

**What to do:** ${remedy}

\`\`\`json
${JSON.stringify(EXAMPLES.problems[code], null, 2)}
\`\`\`
`;
}
