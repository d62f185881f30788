// Replacement of the internet for a Worker (`Server.start`, `outside`). Every fetch of the Worker arrives here with its host name and is
// passed on to a stand-in on this machine. A host without a stand-in is unreachable. So a test sees every outgoing call of the Worker, in
// production too.

import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Outside {
  /** Host and path of every call, in order. */
  readonly called: string[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** Starts the replacement; `places` maps a host to the origin of its stand-in. */
  static start(places: Record<string, string>): Promise<Outside> {
    let outside: Outside;
    const server = createServer((request, answer) => {
      const host = request.headers.host ?? '';
      outside.called.push(`${host}${request.url}`);
      const place = places[host];
      if (place === undefined) return void answer.writeHead(530).end();
      const { hostname, port } = new URL(place);
      const { url: path, method, headers } = request;
      const there = send({ hostname, port, path, method, headers, agent: false }, (said) => {
        answer.writeHead(said.statusCode ?? 502, said.headers);
        said.pipe(answer);
      });
      // A broken connection on one side breaks the other side as well.
      there.on('error', () => answer.destroy());
      answer.on('close', () => there.destroy());
      request.pipe(there);
    });
    // The keep-alive here is longer than that of the runtime, so that the runtime never reuses a connection that is being closed.
    server.keepAliveTimeout = 60_000;
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((outside = new Outside(server)))));
  }

  /** Address for the option `outside` of a server. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Returns the calls to one host. */
  to(host: string): string[] {
    return this.called.filter((call) => call.startsWith(`${host}/`));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
