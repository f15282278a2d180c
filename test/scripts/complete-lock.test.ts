import { expect, test } from 'vitest';
import { complete, type Lock, missingPackages } from '../../scripts/complete-lock.ts';

const lock: Lock = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/linux-x64': '2.0.0',
        '@tool/darwin-arm64': '2.0.0',
        '@tool/linux-x64-musl': '2.0.0',
        'any-range': '^1.0.0',
      },
    },
    'node_modules/@tool/linux-x64': { version: '2.0.0' },
    'node_modules/other': { version: '1.0.0' },
    'node_modules/other/node_modules/tool': {
      version: '1.0.0',
      optionalDependencies: { '@tool/linux-x64': '1.0.0', '@tool/darwin-arm64': '1.0.0' },
    },
  },
};

test('exact optional packages that are absent, or there in another version, are missing', () => {
  expect(missingPackages(lock)).toEqual([
    { parent: 'node_modules/tool', name: '@tool/darwin-arm64', version: '2.0.0' },
    { parent: 'node_modules/tool', name: '@tool/linux-x64-musl', version: '2.0.0' },
    {
      parent: 'node_modules/other/node_modules/tool',
      name: '@tool/linux-x64',
      version: '1.0.0',
    },
    {
      parent: 'node_modules/other/node_modules/tool',
      name: '@tool/darwin-arm64',
      version: '1.0.0',
    },
  ]);
});

test('the completed lockfile misses nothing, and each entry names its platform', () => {
  const { packages } = complete(lock);
  expect(missingPackages({ packages })).toEqual([]);
  expect(packages['node_modules/@tool/darwin-arm64']).toEqual({
    version: '2.0.0',
    dev: true,
    optional: true,
    os: ['darwin'],
    cpu: ['arm64'],
  });
  expect(packages['node_modules/@tool/linux-x64-musl']).toMatchObject({ libc: ['musl'] });
  expect(packages['node_modules/other/node_modules/@tool/linux-x64']?.version).toBe('1.0.0');
  expect(packages['node_modules/@tool/linux-x64']).toEqual({ version: '2.0.0' });
});

test('a second copy goes beneath its parent', () => {
  const { packages } = complete({
    packages: {
      'node_modules/@tool/linux-x64': { version: '1.0.0' },
      'node_modules/tool': { optionalDependencies: { '@tool/linux-x64': '2.0.0' } },
    },
  });
  expect(packages['node_modules/tool/node_modules/@tool/linux-x64']?.version).toBe('2.0.0');
});

test('a name that tells no platform is refused, not guessed', () => {
  const unknown = { packages: { 'node_modules/tool': { optionalDependencies: { odd: '1.0.0' } } } };
  expect(() => complete(unknown)).toThrow('odd: cannot tell its platform');
});
