import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isBuilt, rememberBuild, sourceHash } from './built.mjs'
import { firstStalePackage } from './installed.mjs'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fresh-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function plant(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}

describe('what is installed', () => {
  const locked = {
    '': { name: 'dam' },
    'packages/wall': { version: '1.0.0' },
    'node_modules/wall': { resolved: 'packages/wall', link: true },
    'node_modules/pipe': { version: '2.0.0', integrity: 'sha512-a' },
    'node_modules/pump-windows': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  }
  const { 'node_modules/pump-windows': _absent, ...installed } = locked

  const staleWith = (change: object): string | undefined => {
    plant('package-lock.json', { packages: locked })
    plant('node_modules/.package-lock.json', { packages: { ...installed, ...change } })
    return firstStalePackage(root)
  }

  it('is fresh when the lock file’s packages are there, but for those of another platform', () => {
    expect(staleWith({})).toBeUndefined()
  })

  it.each([
    ['a package is missing', { 'node_modules/pipe': undefined }],
    ['a package is of another version', { 'node_modules/pipe': { version: '1.9.9', integrity: 'sha512-a' } }],
    ['a package has other content', { 'node_modules/pipe': { version: '2.0.0', integrity: 'sha512-z' } }],
  ])('is stale when %s', (_what, change) => {
    expect(staleWith(change)).toBe('node_modules/pipe')
  })

  it('is stale when a workspace is a copy and not a link', () => {
    expect(staleWith({ 'node_modules/wall': { resolved: 'packages/wall' } })).toBe('node_modules/wall')
  })

  it('is stale on a fresh clone', () => {
    plant('package-lock.json', { packages: locked })
    expect(firstStalePackage(root)).toBe('node_modules')
  })
})

describe('what is built', () => {
  beforeEach(() => {
    plant('package.json', {})
    plant('package-lock.json', {})
    plant('tsconfig.base.json', {})
    plant('tsconfig.json', { references: [{ path: 'packages/wall' }] })
    plant('packages/wall/package.json', {
      bin: { wall: './dist/main.js' },
      exports: { '.': { default: './dist/index.js' } },
      builtTo: '../dam/dist/page.html',
    })
    plant('packages/wall/src/index.ts', 'export const height = 1')
    plant('packages/wall/dist/main.js', '')
    plant('packages/wall/dist/index.js', '')
    plant('packages/dam/dist/page.html', '')
  })

  it('is fresh after a build was remembered', () => {
    const hash = sourceHash(root)
    expect(isBuilt(root, hash)).toBe(false)
    rememberBuild(root, hash)
    expect(isBuilt(root, sourceHash(root))).toBe(true)
  })

  it.each([
    ['a source changes', 'packages/wall/src/index.ts', 'export const height = 2'],
    ['a source is added', 'packages/wall/src/gate.ts', ''],
    ['compiler options change', 'tsconfig.base.json', '{ }'],
    ['the lock file changes', 'package-lock.json', '{ }'],
  ])('is stale when %s', (_what, path, content) => {
    rememberBuild(root, sourceHash(root))
    plant(path, content)
    expect(isBuilt(root, sourceHash(root))).toBe(false)
  })

  it.each(['packages/wall/src/index.test.ts', 'packages/wall/test/real.test.ts', 'packages/wall/README.md'])(
    'stays fresh when %s changes',
    (path) => {
      rememberBuild(root, sourceHash(root))
      plant(path, 'changed')
      expect(isBuilt(root, sourceHash(root))).toBe(true)
    },
  )

  it.each(['dist/main.js', 'dist/index.js', '../dam/dist/page.html'])(
    'is stale when %s is gone',
    (output) => {
      rememberBuild(root, sourceHash(root))
      rmSync(join(root, 'packages/wall', output))
      expect(isBuilt(root, sourceHash(root))).toBe(false)
    },
  )

  it('is fresh again when a change is taken back', () => {
    rememberBuild(root, sourceHash(root))
    plant('packages/wall/src/index.ts', 'export const height = 2')
    plant('packages/wall/src/index.ts', 'export const height = 1')
    expect(isBuilt(root, sourceHash(root))).toBe(true)
  })
})
