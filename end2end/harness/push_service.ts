// Push service of another company (RFC 8030). The service takes messages, decrypts them with the keys of its browsers (RFC 8291), checks
// their sender (RFC 8292), and answers as the test says.

import assert from 'node:assert/strict';
import { createDecipheriv, createECDH, createHmac, createPublicKey, randomBytes, verify, type ECDH } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS, until } from './wait.ts';

const hmac = (key: Buffer, text: Buffer): Buffer => createHmac('sha256', key).update(text).digest();

/** Decrypts a body with the coding `aes128gcm`. */
export function open(body: Buffer, own: ECDH, auth: Buffer): string {
  const [salt, keyLength] = [body.subarray(0, 16), body.readUInt8(20)];
  assert.ok(body.readUInt32BE(16) >= body.length, 'one record');
  const theirs = body.subarray(21, 21 + keyLength);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), own.getPublicKey(), theirs, Buffer.from([1])]);
  const secret = hmac(hmac(auth, own.computeSecret(theirs)), info);
  const pseudoRandom = hmac(salt, secret);
  const key = hmac(pseudoRandom, Buffer.from('Content-Encoding: aes128gcm\0\x01')).subarray(0, 16);
  const nonce = hmac(pseudoRandom, Buffer.from('Content-Encoding: nonce\0\x01')).subarray(0, 12);
  const sealed = body.subarray(21 + keyLength);
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  const end = plain.lastIndexOf(2);
  assert.ok(end >= 0 && plain.subarray(end + 1).every((byte) => byte === 0), 'the mark of the last record');
  return plain.subarray(0, end).toString('utf8');
}

/** Returns the claims of a token after a check of its signature. */
export function claimsOf(authorization: string): { aud: string; exp: number; sub: string; key: string } {
  const found = /^vapid t=([^.]+)\.([^.]+)\.([^,]+), k=([\w-]+)$/.exec(authorization);
  assert.ok(found, authorization);
  const [, header, body, signature, k] = found as unknown as string[];
  assert.deepEqual(JSON.parse(Buffer.from(header!, 'base64url').toString()), { typ: 'JWT', alg: 'ES256' });
  const point = Buffer.from(k!, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
  assert.ok(verify('sha256', Buffer.from(`${header}.${body}`), key, Buffer.from(signature!, 'base64url')), 'signed by its key');
  return { ...JSON.parse(Buffer.from(body!, 'base64url').toString()), key: k! };
}

export interface Pushed {
  path: string;
  headers: IncomingHttpHeaders;
  claims: ReturnType<typeof claimsOf>;
  message: any;
  bytes: number;
  atMs: number;
}

/** Push subscription of one browser. */
export interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

export class PushService {
  readonly pushed: Pushed[] = [];
  /** Statuses of the next answers, one per message; afterwards 201. */
  statuses: number[] = [];
  /** Target of an answer with a status of 3xx. */
  location: string | undefined;
  /** Makes the service accept messages and never answer. */
  isSilent = false;
  /** Paths of browsers for which the service never answers. */
  readonly silent = new Set<string>();
  /** Errors of messages that could not be decrypted. */
  readonly broken: Error[] = [];
  private readonly browsers = new Map<string, { own: ECDH; auth: Buffer }>();
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  static start(): Promise<PushService> {
    let service: PushService;
    const server = createServer((request, answer) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [path, body] = [request.url ?? '', Buffer.concat(chunks)];
        try {
          const browser = service.browsers.get(path);
          assert.ok(browser, `nobody is at ${path}`);
          assert.equal(request.headers['content-encoding'], 'aes128gcm');
          const claims = claimsOf(String(request.headers['authorization']));
          const message = JSON.parse(open(body, browser.own, browser.auth));
          service.pushed.push({ path, headers: request.headers, claims, message, bytes: body.length, atMs: Date.now() });
        } catch (error) {
          service.broken.push(error as Error);
        }
        if (service.isSilent || service.silent.has(path)) return;
        const status = service.statuses.shift() ?? 201;
        const { location } = service;
        const isMoved = status >= 300 && status < 400;
        answer.writeHead(status, isMoved && location ? { location } : {}).end();
      });
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((service = new PushService(server)))));
  }

  /** Creates a browser that the server does not know yet. */
  browser(): Subscription & { path: string } {
    const [own, auth, path] = [createECDH('prime256v1'), randomBytes(16), `/send/${randomBytes(9).toString('base64url')}`];
    own.generateKeys();
    this.browsers.set(path, { own, auth });
    const keys = { p256dh: own.getPublicKey().toString('base64url'), auth: auth.toString('base64url') };
    return { endpoint: `${this.origin}${path}`, keys, path };
  }

  /** Returns the messages for one browser. */
  to(path: string): Pushed[] {
    assert.deepEqual(this.broken, []);
    return this.pushed.filter((one) => one.path === path);
  }

  async take(path: string, count: number, timeoutMs = PATIENCE_MS): Promise<Pushed[]> {
    await until(`${count} messages at ${path}`, () => this.to(path).length >= count, timeoutMs, 10);
    return this.to(path);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
