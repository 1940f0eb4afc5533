import { PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { problemCodeOf, readExamples } from './examples.ts';
import { PROBLEMS } from './problems.ts';
import { GATEWAY_RESPONSES } from './responses.ts';

const EXAMPLES = Object.values(readExamples()).flatMap((examples) => Object.values(examples));

/** docs/problems.md: each problem type with its meaning, a remedy, and an example. */
export function problemsPage(): string {
  const codes = Object.keys(PROBLEM_TYPES) as ProblemCode[];
  return `# Problem types

<!-- Written by "npm run openapi". -->

Every error of the functions is a problem details object ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) in \`application/problem+json\`. Identify errors by \`type\`, which is stable. \`title\` and \`detail\` are for people and may change. Ignore members that you do not know. \`request_id\` is API Gateway's ID for the request. The operator uses it to find the request in the log.

| status | type | title |
| --- | --- | --- |
${codes.map((code) => `| ${PROBLEM_TYPES[code].status} | [\`urn:problem:${code}\`](#urnproblem${code}) | ${PROBLEM_TYPES[code].title} |`).join('\n')}

${GATEWAY_RESPONSES}

${codes.map(section).join('\n')}`;
}

function section(code: ProblemCode): string {
  const { status, headers = {} }: { status: number; headers?: object } = PROBLEM_TYPES[code];
  const { when, remedy } = PROBLEMS[code];
  const headerLines = Object.entries(headers).map(([name, value]) => `\`${name}: ${value}\``);
  const example = EXAMPLES.find((each) => problemCodeOf(each) === code);
  if (example === undefined) {
    throw new Error(
      `There is no example of ${code}. Add one to tests/unit/handlers/api-description.test.ts.`,
    );
  }
  return `## urn:problem:${code}

Status ${[String(status), ...headerLines].join(', with ')}.

Returned if ${when}

**What to do:** ${remedy}

\`\`\`json
${JSON.stringify(example.body, null, 2)}
\`\`\`
`;
}
