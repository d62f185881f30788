// Stand-in for the AI service (messenger.md 7, variable `AI_URL`). The test chooses its next behaviour by `mood`.

import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http';

export type Mood = 'well' | 'error-500' | 'held';

export class Model {
  readonly url: string;
  /** Requests of all calls, in order. */
  readonly asked: { messages: { role: string; content: string }[]; max_tokens: number }[] = [];
  mood: Mood = 'well';
  words = 'As you wish.';
  private readonly http: HttpServer;
  private readonly held: (() => void)[] = [];

  private constructor(http: HttpServer, port: number) {
    this.http = http;
    this.url = `http://127.0.0.1:${port}/run`;
  }

  static start(): Promise<Model> {
    const http = createServer();
    return new Promise((resolve, reject) => {
      http.on('error', reject);
      http.listen(0, '127.0.0.1', () => {
        const model = new Model(http, (http.address() as { port: number }).port);
        http.on('request', (request, answer) => {
          const chunks: Buffer[] = [];
          request.on('data', (chunk) => chunks.push(chunk));
          request.on('end', () => model.answer(JSON.parse(Buffer.concat(chunks).toString('utf8')), answer));
        });
        resolve(model);
      });
    });
  }

  /** Answers all held calls, and holds no further ones. */
  release(): void {
    this.mood = 'well';
    for (const go of this.held.splice(0)) go();
  }

  stop(): Promise<void> {
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(() => resolve()));
  }

  private answer(question: Model['asked'][number], answer: ServerResponse): void {
    this.asked.push(question);
    const say = () => {
      if (answer.destroyed) return;
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ response: this.words, usage: { prompt_tokens: 7, completion_tokens: 3 } }));
    };
    switch (this.mood) {
      case 'well': return say();
      case 'error-500': answer.writeHead(500).end('boom'); return;
      case 'held': this.held.push(say); return;
    }
  }
}
