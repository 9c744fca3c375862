import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faultsOfSurface } from '../api/faults.ts'
import { firstDifference } from '../api/first-difference.ts'
import { apiReport } from '../api/report.ts'
import { readSurface } from '../api/surface.ts'

let folder = ''

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'api-')))
  plant(
    'package.json',
    JSON.stringify({
      name: 'dam',
      type: 'module',
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './testing': { types: './dist/testing.d.ts', default: './dist/testing.js' },
        './package.json': './package.json',
      },
    }),
  )
  plant('dist/testing.d.ts', '/** Sets a dry season. */\nexport declare function drought(): void\n')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

describe('the API report', () => {
  it('prints every entry point without comments and private members, in the order of names', () => {
    plant(
      'dist/gate.d.ts',
      '/** Opens. */\nexport declare class Gate {\n  #private;\n  private secret;\n  /** Up. */\n  open(): void;\n}\n',
    )
    plant(
      'dist/index.d.ts',
      "export { Gate } from './gate.ts';\n/** Deep. */\nexport declare const depth: number;\n",
    )
    const report = apiReport('dam', readSurface(folder))
    expect(report).toContain(
      '## `dam`\n\n```ts\nclass Gate {\n    open(): void;\n}\n\nconst depth: number;\n```',
    )
    expect(report).toContain('## `dam/testing`\n\n```ts\nfunction drought(): void;\n```')
    expect(report).not.toMatch(/secret|private|Opens/)
  })

  it('shows a type that public names speak of and nobody can import', () => {
    plant('dist/level.d.ts', 'export interface Level {\n  readonly metres: number;\n}\n')
    plant(
      'dist/index.d.ts',
      "import type { Level } from './level.ts';\n/** Reads. */\nexport declare function read(): Level;\n",
    )
    expect(apiReport('dam', readSurface(folder))).toContain(
      '## Named by the above, exported by none\n\n```ts\ninterface Level {',
    )
  })

  it('names the first line that has changed', () => {
    expect(firstDifference('a\nb\nc', 'a\nB\nc')).toBe('line 2\n- b\n+ B')
    expect(firstDifference('a\nb', 'a')).toBe('line 2\n- b\n+ (nothing)')
    expect(firstDifference('a', 'a')).toBeUndefined()
  })

  it('refuses a package that is not built', () => {
    expect(() => readSurface(folder)).toThrow(/dam: .*is not built/)
  })
})

describe('the faults of a public surface', () => {
  it.each([
    ['a name without a docstring', 'export declare const a: number;', 'dam: a has no docstring'],
    [
      'a member without a docstring',
      '/** A. */\nexport interface A {\n  b: string;\n}',
      'dam: A.b has no docstring',
    ],
    ['an any', '/** A. */\nexport declare function a(): Promise<any>;', 'dam: a says any'],
    [
      'an any in a member',
      '/** A. */\nexport declare class A {\n  /** B. */\n  b(c: any): void;\n}',
      'dam: A says any',
    ],
    [
      'an any in a type that is not exported',
      '/** A. */\nexport declare const a: B;\ninterface B {\n  c: any;\n}\nexport {};',
      'not exported: B says any',
    ],
  ])('include %s', (_what, text, fault) => {
    plant('dist/index.d.ts', `${text}\n`)
    expect(faultsOfSurface(readSurface(folder))).toEqual([fault])
  })

  it('do not include a member documented by the interface it comes from', () => {
    plant(
      'dist/index.d.ts',
      '/** A. */\nexport interface A {\n  /** B. */\n  b(): void;\n}\n/** C. */\nexport declare class C implements A {\n  #private;\n  b(): void;\n}\n',
    )
    expect(faultsOfSurface(readSurface(folder))).toEqual([])
  })
})
