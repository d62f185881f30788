// Fake team of Cloudflare Access: serves its keys at an address and signs assertions (core.md 4).

import { createSign, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Key {
  kid: string;
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

function freshKey(): Key {
  const kid = randomUUID();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}

export class AccessTeam {
  readonly url: string;
  readonly audience = randomUUID().replace(/-/g, '');
  /** Number of requests for the keys. */
  asked = 0;
  private keys: Key[] = [freshKey()];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cdn-cgi/access/certs`;
  }

  static start(): Promise<AccessTeam> {
    let team: AccessTeam;
    const server = createServer((_request, answer) => {
      team.asked += 1;
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ keys: team.keys.map((key) => key.jwk), public_certs: [] }));
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((team = new AccessTeam(server)))));
  }

  /** Variables that make the Worker trust this team. */
  get vars(): Record<string, string> {
    return { ACCESS_TEAM: 'team', ACCESS_AUD: this.audience, ACCESS_CERTS_URL: this.url };
  }

  /** Claims of a person whom the team's login let in. */
  get claims(): Record<string, unknown> {
    const nowS = Math.floor(Date.now() / 1_000);
    return { iss: 'https://team.cloudflareaccess.com', aud: [this.audience], email: 'a@b.example', iat: nowS, nbf: nowS, exp: nowS + 60 };
  }

  /** Returns a signed assertion. The newest key signs it unless the caller names another. */
  assertion(claims: Record<string, unknown> = this.claims, header: Record<string, unknown> = {}, key = this.keys.at(-1)!): string {
    const signed = [{ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key.privateKey).toString('base64url')}`;
  }

  /** Returns an assertion that names the team's key but is signed with another key. */
  forged(): string {
    return this.assertion(this.claims, { kid: this.keys.at(-1)!.kid }, freshKey());
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
