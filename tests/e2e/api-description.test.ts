import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { OPERATIONS } from '../../scripts/api-description/operations.ts';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { LOCAL_FOLDER, ROOT } from '../../scripts/local/local-folder.ts';
import { DESCRIPTION } from '../support/api-description.ts';
import { findChromium, openBrowser } from '../support/browser.ts';
import {
  endLocalRuns,
  type LocalRun,
  npmStart,
  removeLocalData,
  untilUp,
} from '../support/local-run.ts';

jest.setTimeout(90_000);

const run = promisify(execFile);
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

let port: number;
let local: LocalRun;

beforeAll(async () => {
  port = await freePorts(4);
  local = npmStart({ PORT: String(port), DYNAMODB_PORT: String(port + 3) });
  await untilUp(local);
});

afterAll(async () => {
  await endLocalRuns();
  await removeLocalData(port);
});

describe('the API reference', () => {
  const address = () => `http://localhost:${port + 1}/`;

  it('has its address in the output', () => {
    expect(local.output()).toContain(`http://localhost:${port + 1} `);
  });

  it('has the pages that the description links to', async () => {
    const links = [...DESCRIPTION.info.description.matchAll(/\]\(([^)]+)\)/g)];
    expect(links).not.toHaveLength(0);
    for (const [, link = ''] of links) {
      const page = await (await fetch(`${address()}${link}`)).text();
      expect(page).toBe(await readFile(join(ROOT, link), 'utf8'));
    }
  });

  it('returns a 404 that says where it is', async () => {
    const response = await fetch(`${address()}../../package.json`);

    expect(response.status).toBe(404);
    expect(await response.text()).toContain(address());
  });

  const chromium = findChromium(process.env);
  if (chromium === undefined) {
    const isDemanded = Boolean(process.env['CI']);
    if (!isDemanded) {
      process.stdout.write(
        'Skipped: the API reference in a browser, because there is no Chromium.\n',
      );
    }
    (isDemanded ? it : it.skip)('works in a browser', () => {
      throw new Error('There is no Chromium: CI needs it (Debian: apt-get install chromium).');
    });
    return;
  }

  describe('in a browser', () => {
    let browser: Browser;
    let page: Page;
    const requests: string[] = [];

    beforeAll(async () => {
      browser = await openBrowser(chromium);
      page = await browser.newPage({ viewport: { width: 900, height: 900 } });
      page.on('request', (request) => requests.push(new URL(request.url()).host));
    });

    beforeEach(async () => {
      await page.goto(address());
    });

    afterAll(async () => {
      await browser.close();
      // The page sends requests only to this machine.
      expect([`localhost:${port}`, `localhost:${port + 1}`]).toEqual(
        expect.arrayContaining(requests),
      );
    });

    /** Opens or closes an operation. */
    const toggle = async (operation: Locator) =>
      operation.locator('.opblock-summary-control').click();

    it('shows the operations without a login', async () => {
      await page.locator('.opblock').first().waitFor();

      const shown = await page.locator('.opblock-summary-description').allInnerTexts();
      expect(shown.sort()).toEqual(OPERATIONS.map(({ summary }) => summary).sort());
      expect(await page.locator('.authorize').count()).toBe(0);
    });

    it('books an appointment by clicking, and shows the 409 of a second one', async () => {
      const operation = page.locator('#operations-Appointments-bookAppointment');
      await toggle(operation);
      const answer = async () => {
        const answered = page.waitForResponse((response) => response.request().method() === 'POST');
        await operation.locator('button.execute').click();
        const status = (await answered).status();
        await operation
          .locator(`.live-responses-table .response-col_status >> text=${status}`)
          .waitFor();
        return operation.locator('.live-responses-table .response').first().innerText();
      };

      const booked = await answer();
      expect(booked).toMatch(/^201\b/);
      expect(booked).toContain('"start_time": "2021-01-04T09:00:00Z"');
      expect(booked).toContain('location: /api/patients/1/appointments/2021-01-04');

      const refused = await answer();
      expect(refused).toMatch(/^409\b/);
      expect(refused).toContain('"type": "urn:problem:patient-day-taken"');
      expect(refused).toContain(
        '\n  "detail": "The patient already has an appointment on this UTC date.',
      );
      if (process.env['UPDATE_DOCS'] === '1') await takePicture();
    });

    it('shows what is wrong with a request, and sends no request without a patient_id', async () => {
      const operation = page.locator('#operations-Appointments-listAppointments');
      await toggle(operation);
      await operation.locator('tr[data-param-name="limit"] input').fill('2000');
      await operation.locator('button.execute').click();
      await operation.locator('.live-responses-table .response-col_status >> text=400').waitFor();

      const answer = operation.locator('.live-responses-table .response').first();
      const refused = await answer.innerText();
      expect(refused).toContain('"type": "urn:problem:invalid-request"');
      expect(refused).toContain('"detail": "must be an integer from 1 to 1000"');

      await operation.locator('tr[data-param-name="patient_id"] input').fill('');
      const sent = requests.length;
      await operation.locator('button.execute').click();
      await operation.locator('tr[data-param-name="patient_id"] input.invalid').waitFor();
      expect(requests).toHaveLength(sent);
    });

    it.each([
      'Appointments-bookAppointment',
      'Practitioners-putSchedule',
      'Practitioners-getSlots',
    ])('fits the parameters and responses of %s on a phone', async (operationId) => {
      await page.setViewportSize({ width: 390, height: 844 });
      const operation = page.locator(`#operations-${operationId}`);
      await toggle(operation);
      await operation.locator('.responses-table').waitFor();

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect((await operation.boundingBox())?.height).toBeLessThan(5000);
      for (const field of await operation.locator('input:visible, select:visible').all()) {
        expect((await field.boundingBox())?.width).toBeGreaterThan(150);
      }
    });

    /** The screenshot in docs/api.md: the request and its response. */
    async function takePicture(): Promise<void> {
      const sent = await page.locator('.opblock-section-request-body').boundingBox();
      const answered = await page.locator('.live-responses-table').boundingBox();
      if (sent === null || answered === null) throw new Error('there is nothing to see');
      const { x, y, width } = sent;
      const scrolled = await page.evaluate<number>('window.scrollY');
      await mkdir(join(ROOT, 'docs/images'), { recursive: true });
      await page.screenshot({
        path: join(ROOT, 'docs/images/api-reference.png'),
        fullPage: true,
        clip: { x, y: y + scrolled, width, height: answered.y + answered.height - y },
      });
    }
  });
});

describe('the typed client of docs/api.md', () => {
  const MISTAKES = [
    ["query: { from: '2021-01-09', after", 'query: { after', "Property 'from' is missing"],
    ["status: 'free'", "status: 'open'", '\'"open"\''],
    ['start_time: free', 'start: free', "'start' does not exist"],
    ["status: 'all'", "status: 'any'", '\'"any"\''],
    ["reason: 'pat'", "reason: 'ill'", '\'"ill"\''],
    ["date: '2021-01-10'", "day: '2021-01-10'", "'day' does not exist"],
    ['moved.data.appointment_id', 'moved.data.id', "Property 'id' does not exist"],
    ['data.end_time', 'data.end', "Property 'end' does not exist"],
    ['error.date', 'error.day', "Property 'day' does not exist"],
    ['start_time, patient_last_name }', 'start_time, name }', "Property 'name' does not exist"],
    ["'urn:problem:patient-day-taken'", "'urn:problem:day-taken'", 'no overlap'],
  ] as const;

  let folder: string;
  let script: string;
  let runCommand: string;
  /** What the compiler prints about the client, and about a copy of it per mistake. */
  let compilerOutput: string[];

  beforeAll(async () => {
    const page = await readFile(join(ROOT, 'docs/api.md'), 'utf8');
    [, runCommand = ''] =
      /Save the following script as `book.mts`, and run it with `(.*?)`/.exec(page) ?? [];
    script = /```ts\n(.*?)```/s.exec(page)?.[1] ?? '';
    const command = /^npx (openapi-typescript) (.*)$/m.exec(page)?.[2] ?? '';
    // In the project, where Node finds its packages.
    folder = join(LOCAL_FOLDER, `client-${port}`);
    await mkdir(folder, { recursive: true });
    // npm creates folders in which a script is CommonJS unless its name says otherwise.
    await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
    await writeFile(join(folder, 'openapi.json'), await readFile(join(ROOT, 'openapi.json')));
    await run(bin('openapi-typescript'), command.split(' '), { cwd: folder });

    const scripts = Object.fromEntries([
      ['book.mts', script.replace('localhost:3000', `localhost:${port}`)],
      ...MISTAKES.map(([right, wrong], i) => [`mistake-${i}.mts`, script.replace(right, wrong)]),
    ]) as Record<string, string>;
    for (const [name, text] of Object.entries(scripts)) await writeFile(join(folder, name), text);
    const options =
      '--ignoreConfig --noEmit --strict --skipLibCheck --module nodenext --target es2022 --types node --allowImportingTsExtensions';
    const compiled = run(bin('tsc'), [...options.split(' '), ...Object.keys(scripts)], {
      cwd: folder,
    });
    // The compiler fails because of the mistakes, and prints them on its standard output.
    compilerOutput = await compiled.then(
      ({ stdout }) => stdout.split('\n'),
      (error: unknown) => (error as { stdout: string }).stdout.split('\n'),
    );
  });

  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it('passes the type check, finds a free slot, books, reschedules, cancels, and lists', async () => {
    expect(script).toContain("baseUrl: 'http://localhost:3000'");
    expect(compilerOutput.filter((line) => /^(?!mistake-)\S/.test(line))).toEqual([]);

    const book = async (patientId: string, body: object) =>
      fetch(`http://localhost:${port}/api/patients/${patientId}/appointments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    // As in a terminal, without what npm adds to the environment of this test.
    const { PATH = '', HOME } = process.env;
    const path = PATH.split(delimiter).filter((directory) => !directory.includes('node_modules'));
    const runAsShown = async () =>
      run('bash', ['-c', runCommand], { cwd: folder, env: { PATH: path.join(delimiter), HOME } });
    await book('2', { practitioner_id: 2, start_time: '2021-01-09 09:00:00' });
    const first = await runAsShown();
    expect(first.stdout).toBe(
      'booked until 2021-01-09T10:30:00Z\n2021-01-09T10:00:00Z rescheduled\n2021-01-10T10:00:00Z cancelled\n2021-01-09T09:00:00Z Isac\n',
    );
    await book('1', { practitioner_id: 1, start_time: '2021-01-09 08:00:00' });
    const second = await runAsShown();
    expect(second.stdout).toMatch(/^2021-01-09 is taken, at 2021-01-09T08:00:00Z\n/);
  });

  it.each(MISTAKES.map(([right, wrong, fault], i) => ({ right, wrong, fault, i })))(
    'does not pass the type check with $wrong instead of $right',
    ({ fault, i }) => {
      const lines = compilerOutput.filter((line) => line.startsWith(`mistake-${i}.mts`));

      expect(lines.join('\n')).toContain(fault);
    },
  );
});
