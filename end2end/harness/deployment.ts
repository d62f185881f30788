// Proxy in front of the server that can simulate a new release. The proxy serves the same files under new names, as a new build would.
// Sockets pass through it, and a release cuts them, as a deployment does.

import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

const OLD = '/pkg/app.';

export class Deployment {
  readonly base: string;
  private readonly net: HttpServer;
  private readonly sockets = new Set<Socket>();
  private release = '';

  private constructor(net: HttpServer, serverPort: number) {
    this.net = net;
    this.base = `http://127.0.0.1:${(net.address() as AddressInfo).port}`;
    net.on('request', (asked: IncomingMessage, answer: ServerResponse) => this.pass(asked, answer, serverPort));
    net.on('upgrade', (asked: IncomingMessage, page: Socket, head: Buffer) => this.join(asked, page, head, serverPort));
  }

  static start(serverPort: number): Promise<Deployment> {
    const net = createServer();
    return new Promise((resolve, reject) => {
      net.on('error', reject);
      net.listen(0, '127.0.0.1', () => resolve(new Deployment(net, serverPort)));
    });
  }

  /** Switches to a new release from now on. */
  deploy(name: string): void {
    this.release = `/pkg/${name}.`;
    for (const socket of this.sockets) socket.destroy();
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.net.closeAllConnections();
    return new Promise((resolve) => this.net.close(() => resolve()));
  }

  private pass(asked: IncomingMessage, answer: ServerResponse, port: number): void {
    const path = this.release ? asked.url!.replace(this.release, OLD) : asked.url!;
    const headers = { ...asked.headers, 'accept-encoding': 'identity' };
    const inner = request({ host: '127.0.0.1', port, method: asked.method, path, headers }, (given) => {
      if (!this.release || !/^text\/html/.test(given.headers['content-type'] ?? '')) {
        answer.writeHead(given.statusCode!, given.headers);
        given.pipe(answer);
        return;
      }
      const chunks: Buffer[] = [];
      given.on('data', (chunk: Buffer) => chunks.push(chunk));
      given.on('end', () => {
        const { 'content-length': _, ...rest } = given.headers;
        answer.writeHead(given.statusCode!, rest);
        answer.end(Buffer.concat(chunks).toString('utf8').replaceAll(OLD, this.release));
      });
    });
    inner.on('error', () => answer.destroy());
    asked.pipe(inner);
  }

  private join(asked: IncomingMessage, page: Socket, head: Buffer, port: number): void {
    const server = connect(port, '127.0.0.1', () => {
      const lines = asked.rawHeaders.reduce((text, value, at) => text + value + (at % 2 ? '\r\n' : ': '), '');
      server.write(`GET ${asked.url} HTTP/1.1\r\n${lines}\r\n`);
      server.write(head);
      server.pipe(page);
      page.pipe(server);
    });
    this.sockets.add(page);
    for (const [end, far] of [[page, server], [server, page]] as const) {
      end.on('error', () => far.destroy());
      end.on('close', () => {
        far.destroy();
        this.sockets.delete(page);
      });
    }
  }
}
