import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { layoutOf } from '../../../src/deploy/layout.ts';
import { parseManifest, verifyRelease } from '../../../src/deploy/release/manifest-file.ts';
import { type Packed, packRelease } from '../../../src/deploy/release/pack.ts';
import { padding, TAR_END, tarHeader } from '../../../src/deploy/release/tar.ts';
import { runPmcp, temporaryDirectory } from '../../journeys/run.ts';

const checkout = resolve(import.meta.dirname, '../../..');
const nowMs = Date.UTC(2026, 10, 23, 12, 0, 7, 250);

function unpack(packed: Packed, root: string): string {
  const directory = layoutOf(root).release(packed.manifest.id);
  mkdirSync(directory, { recursive: true });
  execFileSync('tar', ['-xzf', packed.path, '-C', directory]);
  return directory;
}

function verify(packed: Packed, root: string): string {
  const { argv, input } = verifyRelease(layoutOf(root), packed.manifest);
  const [program = '', ...args] = argv;
  try {
    return execFileSync(program, args, { input, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

describe('a release', () => {
  let packed: Packed;
  let root: string;
  let release: string;

  beforeAll(async () => {
    packed = await packRelease({ from: checkout, into: temporaryDirectory(), nowMs });
    root = temporaryDirectory();
    release = unpack(packed, root);
  });

  test('is named by its moment and its commit', () => {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', cwd: checkout });
    expect(packed.manifest).toMatchObject({
      id: `20261123T120007Z-${commit.slice(0, 7)}`,
      commit: commit.trim(),
      builtAt: '2026-11-23T12:00:07.000Z',
      schemas: { journal: 1, monitor: 1, breaker: 1 },
    });
    expect(packed.manifest.nodeVersion).toMatch(/^24\./);
  });

  test('runs from where it lies with nothing but itself', async () => {
    const program = join(release, 'bin/pmcp');
    const env = { PATH: '/usr/bin:/bin' };
    const check = await runPmcp(['config', 'check'], { program, env });
    expect(check).toMatchObject({ code: 0 });
    const scan = await runPmcp(['scan'], { program, env, cwd: release });
    expect(scan).toMatchObject({ code: 0 });
    expect(scan.stdout).toContain('MAX_DAILY_LOSS');
  });

  test('is named by the link to the current one where clients are to start it', async () => {
    const current = join(root, 'current');
    symlinkSync(`releases/${packed.manifest.id}`, current);
    const program = join(current, 'bin/pmcp');
    const { stdout } = await runPmcp(['mcp', 'install', 'json'], { program });
    expect(stdout).toContain(program);
    expect(stdout).not.toContain(packed.manifest.id);
  });

  test('is whole by its checksums, and is not when a file changed or is gone', () => {
    expect(verify(packed, root)).toBe('');
    const [one, two] = [join(release, 'README.md'), join(release, 'LICENSE')];
    const kept = readFileSync(one);
    execFileSync('chmod', ['u+w', one]);
    writeFileSync(one, 'changed');
    execFileSync('mv', [two, `${two}.away`]);
    const said = verify(packed, root);
    writeFileSync(one, kept);
    execFileSync('chmod', ['u-w', one]);
    execFileSync('mv', [`${two}.away`, two]);
    expect(said).toContain('README.md: FAILED');
    expect(said).toContain('LICENSE: FAILED open or read');
    expect(verify(packed, root)).toBe('');
  });

  test('can be packed again from a host, into the same bytes', async () => {
    const again = await packRelease({ from: release, into: temporaryDirectory(), nowMs: 0 });
    expect(again).toMatchObject({ sha256: packed.sha256, manifest: packed.manifest });
    const sum = execFileSync('sha256sum', [again.path], { encoding: 'utf8' });
    expect(sum).toContain(packed.sha256);
    expect(again.bytes).toBe(readFileSync(again.path).length);
  });

  test('is refused when it was changed on its host', async () => {
    const copy = unpack(packed, temporaryDirectory());
    execFileSync('sh', ['-c', 'chmod u+w "$1"; echo >>"$1"', 'sh', join(copy, 'bin/pmcp')]);
    const packing = packRelease({ from: copy, into: temporaryDirectory(), nowMs });
    await expect(packing).rejects.toThrow('is not the file that was deployed');
  });

  test('holds nothing writable, no test, no secret and no former build', () => {
    const found = execFileSync('find', [release, '-type', 'f', '-perm', '/222'], {
      encoding: 'utf8',
    });
    expect(found).toBe('');
    const paths = Object.keys(packed.manifest.files);
    expect(paths.filter((path) => /(?:^|\/)(?:\.env|.*\.key|test\/)/.test(path))).toEqual(
      paths.filter((path) => /^\.env\.example$|^node_modules\/.*\/test\//.test(path)),
    );
    for (const path of ['bin/pmcp', 'runtime/node', 'dist/pmcp.cjs', 'package.json']) {
      expect(paths).toContain(path);
    }
    expect(packed.bytes).toBeLessThan(70_000_000);
  });
});

test('what is neither a checkout nor a release cannot be packed', async () => {
  const from = temporaryDirectory();
  const packing = packRelease({ from, into: from, nowMs });
  await expect(packing).rejects.toThrow('is neither a release nor a git checkout');
});

test('a checkout that is not built, or has no runtime for the target, cannot be packed', async () => {
  const from = temporaryDirectory();
  const git = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '--allow-empty', '-m', 'a'];
  execFileSync('git', ['init', '-q', from]);
  execFileSync('git', ['-C', from, ...git], { stdio: 'pipe' });
  const packing = () => packRelease({ from, into: from, nowMs, arch: 'arm64' });
  await expect(packing()).rejects.toThrow('is not built');
  for (const name of ['src', 'commands', 'dist']) mkdirSync(join(from, name));
  for (const name of ['package.json', 'rolldown.config.ts', 'dist/.built']) {
    writeFileSync(join(from, name), '');
  }
  await expect(packing()).rejects.toThrow('no Node runtime for arm64');
  execFileSync('touch', ['-d', '+1 minute', join(from, 'src/late.ts')]);
  await expect(packing()).rejects.toThrow('is newer than the bundle');
});

describe('a manifest', () => {
  const good = {
    schema: 'pmcp.release',
    version: 1,
    id: '20261123T120007Z-abcdef0',
    schemas: { journal: 1, monitor: 1, breaker: 1 },
    files: { 'bin/pmcp': 'a'.repeat(64) },
  };

  test('is read', () => {
    expect(parseManifest(JSON.stringify(good), 'x')).toEqual(good);
  });

  test.each([
    ['is not JSON', '{'],
    ['is no release manifest', 'null'],
    ['is no release manifest', { ...good, version: 2 }],
    ['id "../x"', { ...good, id: '../x' }],
    ['no schema version of breaker', { ...good, schemas: { journal: 1, monitor: 1 } }],
    ['names no files', { ...good, files: {} }],
    ['file "/etc/passwd"', { ...good, files: { '/etc/passwd': 'a'.repeat(64) } }],
    ['file "a/../../b"', { ...good, files: { 'a/../../b': 'a'.repeat(64) } }],
    ['file "a"', { ...good, files: { a: 'short' } }],
  ])('is refused: %s', (words, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => parseManifest(text, 'here')).toThrow(`here: ${words}`);
  });
});

describe('a tar archive', () => {
  const list = (path: string) => {
    const content = Buffer.from('x');
    const bytes = [tarHeader({ path, mode: 0o444, content }, 1), content, padding(1), TAR_END];
    return execFileSync('tar', ['-tf', '-'], { input: Buffer.concat(bytes), encoding: 'utf8' });
  };

  test.each([`${'a'.repeat(60)}/${'b'.repeat(60)}`, `${'a/'.repeat(70)}b`, 'a'.repeat(100)])(
    'holds a long path: %s',
    (path) => {
      expect(list(path)).toBe(`${path}\n`);
    },
  );

  test.each(['a'.repeat(101), `${'a'.repeat(156)}/b`, `a/${'b'.repeat(101)}`])(
    'refuses what it cannot name: %s',
    (path) => {
      expect(() => tarHeader({ path, mode: 0o444 }, 1)).toThrow('too long');
    },
  );
});
