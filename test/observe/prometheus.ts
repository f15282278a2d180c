import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, temporaryDirectory } from '../journeys/run.ts';

/** What the project ships for Prometheus and Grafana. */
export const MONITORING = resolve(import.meta.dirname, '../../docs/monitoring');

export interface Series {
  metric: Record<string, string>;
  value: [number, string];
}

export interface Prometheus {
  query(expression: string): Promise<Series[]>;
  /** GET /api/v1/<path>, its `data`. */
  ask(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** A real server on a port of its own, by the shipped example but for ports and intervals. */
export async function startPrometheus(metricsPort: string): Promise<Prometheus> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const example = readFileSync(join(MONITORING, 'prometheus.yml'), 'utf8')
    .replace('127.0.0.1:9464', `127.0.0.1:${metricsPort}`)
    .replaceAll(/_interval: 15s/g, '_interval: 1s')
    .replace('pmcp-rules.yml', join(MONITORING, 'pmcp-rules.yml'));
  const config = join(directory, 'prometheus.yml');
  const data = join(directory, 'data');
  mkdirSync(data);
  writeFileSync(config, example);
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const body = JSON.parse(await answer.text());
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
    return body.data;
  };
  await untilReady(child, () => words, `http://127.0.0.1:${port}/-/ready`);
  return {
    ask,
    query: async (expression) =>
      (await ask(`query?query=${encodeURIComponent(expression)}`)).result,
    stop: () =>
      new Promise((done) => {
        child.once('close', () => done());
        child.kill('SIGKILL');
      }),
  };
}

async function untilReady(child: ChildProcess, words: () => string, url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`prometheus ended: ${words()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((next) => setTimeout(next, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`prometheus is not ready: ${words()}`);
}
