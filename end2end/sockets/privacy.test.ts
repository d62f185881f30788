// `/privacy` lists what is stored, where and for how long, in both languages, rendered by the server without a script, with no promise that
// cannot be kept.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { variables } from '../harness/limits.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const other = await onOwnServer({ RETENTION_DAYS: '33', SESSION_TTL_S: '600', SESSION_MAX_S: '7200', REFRESH_TTL_S: '432000', AUDIT_DAYS: '44', ACCOUNT_UNDO_S: '864000', FILE_UNLINKED_S: '10800' });

async function page(address: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(address, { headers: { accept: 'text/html', ...headers } });
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers.get('content-type')), /^text\/html/);
  return await answer.text();
}

const words = (html: string): string => html.slice(html.indexOf('<main')).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

const { SESSION_TTL_S, SESSION_MAX_S, RETENTION_DAYS, INBOX_DAYS, AUDIT_DAYS } = variables;

/** Returns the times of a deployment that sets no variable, with the words of a language. */
const timesIn = (minutes: string, hours: string, days: string): RegExp[] => {
  const session = [`${SESSION_TTL_S.default / 60} ${minutes}`, `${SESSION_MAX_S.default / 3_600} ${hours}`];
  return [...session, ...[RETENTION_DAYS, INBOX_DAYS, AUDIT_DAYS].map((row) => `${row.default} ${days}`)].map((words) => new RegExp(words));
};

const EXPECTED = {
  en: {
    places: [/Durable Object/, /\bKV\b/, /\bD1\b/, /\bR2\b/, /browser’s database|browser's database/, /cookie/i],
    times: timesIn('minutes', 'hours', 'days'),
    says: [/Turnstile/, /no end-to-end encryption/, /Your rights/, /archive/, /7 days after you asked/, /earlier versions .* up to 30 days/, /data protection authority/],
    never: /(only|stays?|stored|kept) in (the )?(UK|United Kingdom)|UK-only/i,
  },
  de: {
    places: [/Durable Object/, /\bKV\b/, /\bD1\b/, /\bR2\b/, /Datenbank des Browsers/, /Cookie/],
    times: timesIn('Minuten', 'Stunden', 'Tage'),
    says: [/Turnstile/, /keine Ende-zu-Ende-Verschlüsselung/, /Deine Rechte/, /Archiv/, /7 Tage nachdem/, /frühere Versionen .* bis zu 30 Tage/, /Datenschutzbehörde/],
    never: /(nur|ausschließlich) (im|in) (Vereinigten Königreich|UK|Großbritannien)/i,
  },
} as const;

describe('privacy', { concurrency: true }, () => {
  for (const [language, { places, times, says, never }] of Object.entries(EXPECTED)) {
    test(`${language}: places, times, rights, and what is not promised`, async () => {
      const html = await page(`${base}/privacy?lang=${language}`);
      assert.match(html, new RegExp(`<html[^>]*\\blang="${language}"`));
      const text = words(html);
      for (const said of [...places, ...times, ...says]) assert.match(text, said);
      assert.doesNotMatch(text, never);
      assert.doesNotMatch(text, /[{}]/);
    });
  }

  test('the language is the visitor\'s: chosen, else the browser\'s, and the address wins', async () => {
    const language = async (path: string, headers: Record<string, string>) => /<html[^>]*\blang="([^"]+)"/.exec(await page(`${base}${path}`, headers))?.[1];
    assert.equal(await language('/privacy', { 'accept-language': 'de-AT' }), 'de');
    assert.equal(await language('/privacy', { 'accept-language': 'de', cookie: 'cfm-look=azure..en.' }), 'en');
    assert.equal(await language('/privacy?lang=de', { 'accept-language': 'en' }), 'de');
    assert.equal(await language('/privacy?lang=<script>', { 'accept-language': 'en' }), 'en');
  });

  test('the times are those of the deployment', async () => {
    const text = words(await page(`${other.base}/privacy?lang=en`));
    for (const said of [/33 days/, /10 minutes/, /2 hours/, /5 days/, /44 days/, /10 days after you asked/, /3 hours beyond/]) assert.match(text, said);
  });

  test('the sign-in page leads there', async () => {
    assert.match(await page(`${base}/sign-in`), /<a[^>]*href="\/privacy"/);
  });
});
