import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT } from '../../scripts/local/local-folder.ts';
import { DESCRIPTION, fetchDescribed } from '../support/api-description.ts';
import { curl } from '../support/curl.ts';
import {
  allowedRequests,
  type Request as Described,
  forbiddenRequests,
} from '../support/described-requests.ts';
import { type Block, blocksOf } from './documentation.ts';
import { ACCOUNT, type Emulator, REGION, startEmulator } from './emulator.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { createWorkingCopy, type WorkingCopy } from './working-copy.ts';

jest.setTimeout(300_000);

const CERTIFICATE = join(ROOT, 'bench/loopback.pem');
const PAGES = ['docs/deploy.md', 'docs/events.md', 'docs/runbook.md', 'docs/scaling.md'];

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}
type Send = (request: Request) => Promise<Response>;

let emulator: Emulator;
let issuer: Issuer;
let copy: WorkingCopy;
/** The ID of the deployed API. */
let api = '';
let keys: Keys;
/** The timestamp of the first deployment. */
let firstDeployment = '';
/** Every appointment before the parameters change, by its URL. */
let appointments: unknown;

const blocks = PAGES.flatMap(blocksOf);
/** The shell blocks that a test has run. */
const ran = new Set<Block>();

beforeAll(async () => {
  emulator = await startEmulator(CERTIFICATE);
  issuer = await startIssuer(CERTIFICATE);
  copy = await createWorkingCopy();
  // Every URL of an API leads to the emulator.
  const options = `silent\nshow-error\nconnect-to = "::127.0.0.1:${emulator.port}"\n`;
  await writeFile(join(copy.folder, '.curlrc'), options);
});

afterAll(async () => {
  issuer.stop();
  await emulator.stop();
  await copy.remove();
});

/** Runs commands with the administrator's keys. */
const run = async (commands: string, environment: NodeJS.ProcessEnv = {}) =>
  copy.run(commands, { ...emulator.environment, CURL_HOME: copy.folder, ...environment });

const answerOf = async <T>(commands: string) => JSON.parse(await run(commands)) as T;

/** The blocks under a heading of a page, in one language. */
function under(page: string, heading: string, language: string): Block[] {
  const found = blocks.filter(
    (block) => block.page === page && block.heading === heading && block.language === language,
  );
  if (found.length === 0) throw new Error(`${page} has no ${language} under "${heading}"`);
  return found;
}

/** Runs shell blocks as they stand there, except those that are not run. */
async function runBlocks(steps: Block[], environment?: NodeJS.ProcessEnv): Promise<string> {
  let output = '';
  for (const block of steps) {
    if (block.claim === 'Not run') continue;
    const commands = block.text
      .replaceAll('API_ID', api)
      .replaceAll('TIMESTAMP', firstDeployment)
      // The emulator speaks no TLS.
      .replaceAll(/https:\/\/(?=[a-z0-9]+\.execute-api)/g, 'http://');
    output += await run(commands, environment);
    ran.add(block);
  }
  return output;
}

const runDocumented = async (page: string, heading: string, environment?: NodeJS.ProcessEnv) =>
  runBlocks(under(page, heading, 'sh'), environment);

/** Adds the parameters of the YAML under a heading to the stage, with other values for those that are named. */
async function addDocumentedParameters(
  heading: string,
  values: Record<string, string> = {},
  page = 'docs/deploy.md',
) {
  for (const { text } of under(page, heading, 'yaml')) {
    const { params } = parse(text) as { params: { prod: Record<string, string> } };
    await copy.addParameters({ ...params.prod, ...values });
  }
}

/** Sends requests signed with the keys. */
const signedWith =
  (by: Keys): Send =>
  async (request) => {
    const { host, hostname, pathname, searchParams } = new URL(request.url);
    const body = await request.clone().text();
    const signer = new SignatureV4({
      credentials: by,
      region: REGION,
      service: 'execute-api',
      sha256: Hash.bind(null, 'sha256'),
    });
    const { headers } = await signer.sign({
      method: request.method,
      protocol: 'http:',
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...Object.fromEntries(request.headers), host },
      body,
    });
    return emulator.send(new Request(request, { headers }));
  };

const withToken =
  (token: string): Send =>
  async (request) => {
    const signed = new Request(request);
    signed.headers.set('authorization', `Bearer ${token}`);
    return emulator.send(signed);
  };

const withScope = (scope: string) => withToken(issuer.token({ scope }));

const origin = () => `http://${api}.execute-api.${REGION}.amazonaws.com`;

/** Calls the deployed API, and checks the response against the description. */
const call = async (send: Send, path: string, init?: RequestInit) =>
  fetchDescribed(`${origin()}/api/${path}`, init, send);

const statusOf = async (send: Send, path: string, url = origin()) =>
  (await send(new Request(`${url}/api/${path}`))).status;

const booking = (time: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ practitioner_id: '1', start_time: time }),
});

/** All appointments of the patients that these tests book. */
async function allAppointments(send: Send): Promise<unknown> {
  const lists = ['1', '2'].map(async (id) => {
    const response = await call(send, `patients/${id}/appointments?status=all`);
    return response.json();
  });
  return Promise.all(lists);
}

async function lookUpApi(): Promise<void> {
  const apis = await answerOf<{ Items: { ApiId: string }[] }>('aws apigatewayv2 get-apis');
  api = apis.Items[0]?.ApiId ?? '';
}

/** Sends requests that the description allows or forbids to every route, for a patient and a practitioner of their own. */
async function sendDescribed(
  send: Send,
  requestsOf: (route: string) => fc.Arbitrary<Described>,
): Promise<[route: string, status: number][]> {
  const results: [string, number][] = [];
  for (const [template, operations] of Object.entries(DESCRIPTION.paths)) {
    for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
      const route = `${method} ${template}`;
      for (const request of fc.sample(requestsOf(route), { numRuns: 8, seed: 1 })) {
        const { header, query, body } = request;
        const path: Record<string, string> = {
          ...request.path,
          patient_id: '3',
          practitioner_id: '3',
        };
        const pathname = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
          encodeURIComponent(path[name] ?? ''),
        );
        const search = new URLSearchParams(query).toString();
        const response = await call(send, `${pathname.replace('/api/', '')}?${search}`, {
          method,
          headers: header,
          ...(body !== undefined && {
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
        });
        results.push([route, response.status]);
      }
    }
  }
  return results;
}

/** Whether a request can be sent over HTTP, and stays what it was. */
const isSendable = ({ path, header }: Described) =>
  Object.values(path).every((text) => /^[\w-]+$/.test(text)) &&
  Object.values(header).every((text) => /^[!-~]([ -~]*[!-~])?$/.test(text));

describe('the documentation', () => {
  it('says of every shell command whether it was run', () => {
    const silent = blocks.filter(({ language, claim }) => language === 'sh' && claim === undefined);

    expect(silent.map(({ page, text }) => [page, text])).toEqual([]);
  });
});

describe('a stage', () => {
  it('is deployed from nothing, and says what runs', async () => {
    await addDocumentedParameters('Deploy a stage');
    const output = await runDocumented('docs/deploy.md', 'Deploy a stage');

    expect(output).toContain('Service deployed to stack appointments-prod');
    expect(output).toMatch(new RegExp(`Version\\s+${manifest.version} [0-9a-f]{40}`));
    await lookUpApi();
    const list = await run('npx serverless deploy list --stage prod');
    firstDeployment = /Timestamp: (\d+)/.exec(list)?.[1] ?? '';
    expect(firstDeployment).not.toBe('');
  });

  it('is not changed by the same deployment', async () => {
    expect(await run('npm run deploy -- --stage prod')).toContain('No changes to deploy.');
  });

  it('is not deployed to another account', async () => {
    const other =
      'accountId=210987654321 --param alarmTopicArn=arn:aws:sns:us-east-1:210987654321:x';

    await expect(run(`npm run deploy -- --stage prod --param ${other}`)).rejects.toThrow(
      'Stage prod belongs to the account 210987654321',
    );
  });

  it('gets people from the import', async () => {
    const patients = ['patient_id,first_name,last_name', '1,Alexei,Isac', '2,Ann,Lee', '3,Eve,Lo'];
    const practitioners = ['practitioner_id,first_name,last_name,npi', '1,Bob,Dr,100', '3,Al,Li,'];
    await writeFile(join(copy.folder, 'patients.csv'), patients.join('\n'));
    await writeFile(join(copy.folder, 'practitioners.csv'), practitioners.join('\n'));

    const output = await run(
      'npm run people:import -- --patients patients.csv --practitioners practitioners.csv --table appointments-prod',
    );

    expect(output).toContain('patients.csv: 3 read, 3 added');
    expect(output).toContain('practitioners.csv: 2 read, 2 added');
  });
});

describe('with auth: iam, the API', () => {
  it('rejects callers that have no permission yet, and serves them as soon as they do', async () => {
    const Statement = [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
      },
    ];
    await writeFile(
      join(copy.folder, 'trust.json'),
      JSON.stringify({ Version: '2012-10-17', Statement }),
    );
    await run(
      'aws iam create-role --role-name clinic-application --assume-role-policy-document file://trust.json',
    );
    const { Credentials: session } = await answerOf<{ Credentials: Record<string, string> }>(
      `aws sts assume-role --role-session-name test --role-arn arn:aws:iam::${ACCOUNT}:role/clinic-application`,
    );
    keys = {
      accessKeyId: session['AccessKeyId'] ?? '',
      secretAccessKey: session['SecretAccessKey'] ?? '',
      sessionToken: session['SessionToken'] ?? '',
    };
    expect(await statusOf(signedWith(keys), 'patients/1/appointments')).toBe(403);

    const [policy] = under('docs/deploy.md', 'Access with IAM', 'json');
    await writeFile(join(copy.folder, 'policy.json'), policy?.text.replaceAll('API_ID', api) ?? '');
    // The first block is for the administrator, and the second for the caller.
    const steps = under('docs/deploy.md', 'Access with IAM', 'sh');
    await runBlocks(steps.slice(0, 1));
    const output = await runBlocks(steps.slice(1), {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
    });

    expect(output.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 201', 'HTTP/1.1 200']);
  });

  it('rejects unsigned and wrongly signed requests on every route', async () => {
    const wrong = [
      emulator.send,
      signedWith({ ...keys, secretAccessKey: 'wrong' }),
      signedWith({ ...keys, sessionToken: 'wrong' }),
    ];
    const accepted: [route: string, status: number][] = [];
    for (const [path, operations] of Object.entries(DESCRIPTION.paths)) {
      const url = origin() + path.replaceAll('{date}', '2021-01-07').replaceAll(/\{\w+\}/g, '1');
      for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
        for (const send of wrong) {
          const { status } = await send(new Request(url, { method }));
          // A 401 would be the function's: the gateway let the request through.
          if (status !== 403) accepted.push([`${method} ${path}`, status]);
        }
      }
    }

    expect(accepted).toEqual([]);
    expect(await statusOf(signedWith(keys), 'patients/1/appointments')).toBe(200);
  });

  it('does what the quick start of the README shows', async () => {
    const commands = blocksOf('README.md').filter(
      ({ heading, language, text }) =>
        heading === 'Quick start' && language === 'sh' && text.includes('curl'),
    );

    const responses = await curl(
      commands.map(({ text }) => text).join(''),
      origin(),
      signedWith(keys),
    );

    const statuses = responses.map(({ status }) => status);
    // The booking outside the practitioner's hours.
    expect(statuses.filter((status) => status >= 300)).toEqual([409]);
    expect(statuses).toEqual(expect.arrayContaining([200, 201, 204]));
  });

  it('answers every described request as described', async () => {
    const allowed = await sendDescribed(signedWith(keys), (route) =>
      allowedRequests(route).filter(isSendable),
    );
    // "400" stands for the few rules that a schema cannot express.
    expect(
      allowed.filter(([, status]) => status === 401 || status === 403 || status >= 500),
    ).toEqual([]);
    expect(allowed.filter(([, status]) => status < 300).length).toBeGreaterThan(allowed.length / 5);

    const forbidden = await sendDescribed(signedWith(keys), (route) =>
      forbiddenRequests(route).filter(isSendable),
    );
    expect(forbidden.filter(([, status]) => status < 400 || status >= 500)).toEqual([]);
  });
});

describe('the runbook', () => {
  it('finds out who booked an appointment', async () => {
    const output = await runDocumented('docs/runbook.md', 'Who did it');

    const caller = `arn:aws:sts::${ACCOUNT}:assumed-role/clinic-application/test`;
    expect(JSON.parse(output)).toMatchObject({ Items: [{ booked_by: { S: caller } }] });
  });

  it('shows log lines that name the version and the commit', async () => {
    const output = await runDocumented('docs/runbook.md', 'Logs');

    const line = output.split(/[\t\n]/).find((text) => text.startsWith('{"timestamp"')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      version: manifest.version,
      commit: expect.stringMatching(/^[0-9a-f]{40}/),
    });
    expect(output).not.toContain('Alexei');
  });

  it('finds the source of a stack', async () => {
    expect(await runDocumented('docs/runbook.md', 'Stacks')).toContain('fileName');
  });

  it('stops all changes, and allows them again', async () => {
    const steps = under('docs/runbook.md', 'Stop all changes', 'sh');
    await runBlocks(steps.slice(0, 1));
    const send = signedWith(keys);
    const book = async () =>
      send(new Request(`${origin()}/api/patients/2/appointments`, booking('2021-03-01 09:00:00')));
    // On AWS, a 5xx.
    expect((await book()).status).toBe(429);
    expect(await statusOf(send, 'patients/2/appointments')).toBe(200);

    await runBlocks(steps.slice(1));
    expect((await book()).status).toBe(201);
  });

  it('restores a lost appointment, and overwrites nothing', async () => {
    const before = await allAppointments(signedWith(keys));
    const steps = under('docs/runbook.md', 'Restore', 'sh');
    await runBlocks(steps.slice(0, 1));
    const key = JSON.stringify({ PK: { S: 'PATIENT#1' }, SK: { S: 'DAY#2021-02-01' } });
    await run(`aws dynamodb delete-item --table-name appointments-prod --key '${key}'`);
    expect(await allAppointments(signedWith(keys))).not.toEqual(before);

    const output = await runBlocks(steps.slice(1));

    expect(await allAppointments(signedWith(keys))).toEqual(before);
    expect(output).toContain('ConditionalCheckFailedException');
  });
});

describe('a change of parameters', () => {
  beforeAll(async () => {
    appointments = await allAppointments(signedWith(keys));
  });

  it('to tokens, reject, and a domain is deployed', async () => {
    const { CertificateArn } = JSON.parse(
      await runDocumented('docs/deploy.md', 'A domain of your own'),
    ) as { CertificateArn: string };
    await addDocumentedParameters('A domain of your own', { certificateArn: CertificateArn });
    await addDocumentedParameters('Access with tokens', { jwtIssuer: issuer.url });
    await copy.addParameters({
      practitionerDoubleBooking: 'reject',
      throttlingRate: '50',
      logRetentionDays: '365',
    });

    const output = await run('npm run deploy -- --stage prod');

    expect(output).toContain('Service deployed to stack appointments-prod');
    await runDocumented('docs/runbook.md', 'Change practitionerDoubleBooking');
    expect(
      await answerOf('aws logs describe-log-groups --query "logGroups[].retentionInDays"'),
    ).toEqual([365, 365, 365]);
  });

  it('adds a pipe from the stream to a bus', async () => {
    await runDocumented('docs/events.md', 'Turn events on');
    await addDocumentedParameters('Turn events on', {}, 'docs/events.md');

    await run('npm run deploy -- --stage prod');

    const pipe = await answerOf<Record<string, string>>(
      'aws pipes describe-pipe --name appointments-prod',
    );
    expect(pipe).toMatchObject({
      CurrentState: 'RUNNING',
      Source: expect.stringMatching(/:table\/appointments-prod\/stream\//),
      Target: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/clinic`,
    });
  });

  it('keeps every appointment', async () => {
    const send = withScope('user/Appointment.read');

    expect(await allAppointments(send)).toEqual(appointments);
  });

  it('takes effect for callers: signatures and wrong tokens are rejected, tokens are checked', async () => {
    const status = async (token: string) => statusOf(withToken(token), 'patients/1/appointments');
    const scope = 'user/Appointment.read';

    expect(await statusOf(signedWith(keys), 'patients/1/appointments')).toBe(401);
    expect(await status(issuer.forgedToken({ scope }))).toBe(401);
    expect(await status(issuer.token({ scope, exp: 1_000_000_000 }))).toBe(401);
    expect(await status(issuer.token({ scope, aud: 'others' }))).toBe(401);
    expect(await status(issuer.token({ scope, iss: 'https://example.com' }))).toBe(401);
    expect(await status(issuer.token({ scope: 'user/Appointment.write' }))).toBe(403);
    const own = { scope: 'patient/Appointment.read' };
    expect(await status(issuer.token({ ...own, patient: '2' }))).toBe(403);
    expect(await status(issuer.token({ ...own, patient: '1' }))).toBe(200);
  });

  it('lets callers with tokens do what the documentation shows', async () => {
    const TOKEN = issuer.token({ scope: 'user/Appointment.*' });
    const output = await runDocumented('docs/deploy.md', 'Access with tokens', { TOKEN });

    expect(output.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 201']);
  });

  it('lets a practitioner have one patient at a time', async () => {
    const send = withScope('user/Appointment.*');
    const book = async (patient: string) =>
      (await call(send, `patients/${patient}/appointments`, booking('2021-03-02 09:00:00'))).status;

    expect([await book('1'), await book('2')]).toEqual([201, 409]);
  });

  it('serves the domain, with paths in Location', async () => {
    const send = withScope('user/Appointment.*');
    const response = await send(
      new Request(
        'http://appointments.example.com/api/patients/1/appointments',
        booking('2021-03-03 09:00:00'),
      ),
    );

    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/api/patients/1/appointments/2021-03-03');
  });
});

describe('going back', () => {
  beforeAll(async () => {
    appointments = await allAppointments(withScope('user/Appointment.read'));
  });

  it('to the first deployment keeps every appointment', async () => {
    const output = await runDocumented('docs/runbook.md', 'Roll back');

    expect(output).toContain('Service rolled back');
    expect(await allAppointments(signedWith(keys))).toEqual(appointments);
  });

  it('from a removed stack to the table that stayed keeps every appointment', async () => {
    await runDocumented('docs/deploy.md', 'Remove the service');
    expect(await answerOf('aws dynamodb list-tables')).toEqual({
      TableNames: ['appointments-prod'],
    });
    const { logGroups } = await answerOf<{ logGroups: { logGroupName: string }[] }>(
      'aws logs describe-log-groups',
    );
    expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual([
      '/aws/http-api/appointments-prod',
    ]);

    // The removed stack had none.
    await copy.addParameters({ eventBus: '' });
    const output = await runDocumented('docs/deploy.md', 'Deploy again on the table');

    expect(output).toContain('Service deployed to stack appointments-prod');
    await lookUpApi();
    const send = withScope('user/Appointment.*');
    expect(await allAppointments(send)).toEqual(appointments);
  });
});

describe('the documentation of every command that is run on an emulator', () => {
  it('was followed', async () => {
    await runDocumented('docs/scaling.md', 'Why the key spreads');
    const left = blocks.filter(
      (block) => block.language === 'sh' && block.claim !== 'Not run' && !ran.has(block),
    );

    expect(left.map(({ page, heading, text }) => [page, heading, text])).toEqual([]);
  });
});
