// Servers that several files of a run use, one after the other or at the same time. Requests for the same variables share one process. The
// process of the test runner owns the servers (`shared_server.ts`), and files ask for them over HTTP on the loopback address.
// `POST /servers` with {vars, isShared} returns {id, base, state}, and `DELETE /servers/ID` gives a server back. Unused servers are ended
// when too many run.

import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from './server.ts';

const SERVERS_MAX = 6;

/** Server of the pool as a file receives it. */
export interface Pooled {
  id: number;
  base: string;
  state: string;
}

interface Row {
  id: number;
  key: string;
  server: Promise<Server>;
  users: number;
  isShared: boolean;
}

export class Pool {
  readonly url: string;
  private readonly net: HttpServer;
  /** Servers in the order in which they were given back, the latest last. */
  private rows: Row[] = [];
  private count = 0;

  private constructor(net: HttpServer) {
    this.net = net;
    this.url = `http://127.0.0.1:${(net.address() as AddressInfo).port}`;
    net.on('request', (request, answer) => {
      const say = (status: number, body: unknown) => answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      this.answer(request).then((body) => say(200, body), (failure) => say(500, { failure: String(failure) }));
    });
  }

  static open(): Promise<Pool> {
    const net = createServer();
    return new Promise((resolve, reject) => {
      net.on('error', reject);
      net.listen(0, '127.0.0.1', () => resolve(new Pool(net)));
    });
  }

  async close(): Promise<void> {
    this.net.closeAllConnections();
    this.net.close();
    await Promise.all(this.rows.map(end));
  }

  private async answer(request: IncomingMessage): Promise<Pooled | object> {
    if (request.method === 'DELETE') return this.giveBack(Number(request.url!.split('/').at(-1)));
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { vars, isShared } = JSON.parse(text) as { vars: Record<string, string>; isShared: boolean };
    const row = this.take(vars, isShared);
    const { base, state } = await row.server;
    return { id: row.id, base, state };
  }

  private take(vars: Record<string, string>, isShared: boolean): Row {
    const key = JSON.stringify(Object.entries(vars).sort());
    let row = this.rows.find((one) => one.key === key && (one.users === 0 || (isShared && one.isShared)));
    if (!row) {
      const idle = this.rows.filter((one) => one.users === 0);
      for (const one of idle.slice(0, Math.max(0, this.rows.length + 1 - SERVERS_MAX))) {
        this.rows = this.rows.filter((other) => other !== one);
        void end(one);
      }
      row = { id: (this.count += 1), key, server: Server.start({ vars }), users: 0, isShared };
      this.rows.push(row);
      // The file that asked learns the reason; the failed server is not lent again.
      row.server.catch(() => (this.rows = this.rows.filter((one) => one !== row)));
    }
    row.users += 1;
    row.isShared = isShared;
    return row;
  }

  private giveBack(id: number): object {
    const row = this.rows.find((one) => one.id === id);
    if (row) {
      row.users -= 1;
      this.rows = [...this.rows.filter((one) => one !== row), row];
    }
    return {};
  }
}

async function end(row: Row): Promise<void> {
  await row.server.then((server) => server.stop(), () => undefined);
}
