import { describe, expect, it } from 'vitest'
import { faultOfPath, faultsOfText } from './find.ts'

describe('the check of words', () => {
  it.each([
    'packages/spillway/src/utils/ring.ts',
    'packages/spillway/src/rate/helpers.ts',
    'packages/gateway/src/types.d.ts',
    'packages/shared/package.json',
  ])('reports the path %s', (path) => {
    expect(faultOfPath(path)).toContain('says nothing')
  })

  it.each(['packages/spillway/src/queues/ring.ts', 'docs/reference/errors.md', '.ci/run'])(
    'passes the path %s',
    (path) => {
      expect(faultOfPath(path)).toBeUndefined()
    },
  )

  it.each([
    ['a path of one machine', "const file = '/home/someone/data.json'"],
    ['a folder outside the project', "import vectors from '../../../shared/vectors.json'"],
    ['the host of a registry', 'npm config set registry https://registry.npmjs.org'],
    ['unfinished work', '// TODO: the other half'],
    ['a test that does not run', "it.only('works', () => {})"],
    ['a silenced compiler', '// @ts-ignore'],
  ])('reports %s, with its line', (what, line) => {
    expect(faultsOfText('src/a.ts', `fine\n${line}\n`)).toEqual([
      expect.stringContaining(`src/a.ts:2: ${what}`),
    ])
  })

  it('reports the host of a registry in the lock file, and passes a link to a folder', () => {
    const host = '"resolved": "https://somewhere.example/a.tgz"'
    expect(faultsOfText('package-lock.json', host)).toHaveLength(1)
    expect(faultsOfText('package-lock.json', '"resolved": "packages/spillway"')).toEqual([])
  })

  it.each([
    'POST /v1/streams/events',
    'a path such as /metrics or /api/state',
    'import x from "../gate/gate.ts"',
  ])('passes: %s', (line) => {
    expect(faultsOfText('src/a.ts', line)).toEqual([])
  })
})
