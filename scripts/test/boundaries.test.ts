import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspect } from '../boundaries/inspect.ts'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boundaries-'))
  plant('node_modules/some-package/package.json', '{"name":"some-package","main":"index.js"}')
  plant('node_modules/some-package/index.js', '')
  for (const [folder, name] of [
    ['spillway', 'spillway'],
    ['gateway', '@spillway/gateway'],
  ] as const) {
    plant(`packages/${folder}/package.json`, manifest(name))
    plant(`packages/${folder}/src/index.ts`, 'export const one = 1\n')
    mkdirSync(dirname(join(root, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'packages', folder), join(root, 'node_modules', name))
  }
  plant('packages/gateway/src/protocol/index.ts', 'export const wire = 1\n')
  plant('packages/spillway/src/clock/clock.ts', 'export const clock = 1\nexport type Clock = 1\n')
  plant(
    'packages/spillway/src/rate/rate.ts',
    "import { clock } from '../clock/clock.ts'\nexport const rate = clock\n",
  )
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function manifest(name: string): string {
  return JSON.stringify({
    name,
    type: 'module',
    exports: {
      '.': { '@spillway/source': './src/index.ts', default: './dist/index.js' },
      './protocol': { '@spillway/source': './src/protocol/index.ts' },
    },
  })
}

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('the boundary check', () => {
  it('finds nothing in a sound tree, and has read every file of it', async () => {
    plant('packages/gateway/src/main.ts', "import { one } from 'spillway'\nexport const two = one\n")
    plant(
      'packages/dashboard/src/page.ts',
      "import { wire } from '@spillway/gateway/protocol'\nexport const page = wire\n",
    )
    expect(await inspect(root)).toEqual({ read: 7, unread: [], faults: [] })
  })

  it('says so when it has read nothing', async () => {
    rmSync(join(root, 'packages'), { recursive: true })
    mkdirSync(join(root, 'packages'))
    expect(await inspect(root)).toMatchObject({ read: 0 })
  })

  it('lets tests import what their subject may not: the floors above, to show it at work', async () => {
    plant(
      'packages/spillway/src/clock/clock.test.ts',
      "import { rate } from '../rate/rate.ts'\nexport const up = rate\n",
    )
    expect(await inspect(root)).toMatchObject({ faults: [] })
  })

  it('reports a room that stands on no floor', async () => {
    plant('packages/spillway/src/cellar/wine.ts', 'export const wine = 1\n')
    plant('packages/spillway/src/adapters/koa/guard.ts', 'export const koa = 1\n')
    expect((await inspect(root)).faults).toEqual([
      'packages/spillway/src/adapters/koa stands on no floor: name it in floors.ts',
      'packages/spillway/src/cellar stands on no floor: name it in floors.ts',
    ])
  })

  const faults = [
    {
      fault: 'an upward import in the gateway',
      file: 'packages/gateway/src/config/upward.ts',
      text: "import { listen } from '../server/listen.ts'\nexport const up = listen\n",
      also: ['packages/gateway/src/server/listen.ts', 'export const listen = 1\n'],
      rule: 'config is on floor 0',
    },
    {
      fault: 'an upward import',
      file: 'packages/spillway/src/clock/upward.ts',
      text: "import { rate } from '../rate/rate.ts'\nexport const up = rate\n",
      rule: 'clock is on floor 0',
    },
    {
      fault: 'an upward import of a type',
      file: 'packages/spillway/src/queues/upward.ts',
      text: "import type { rate } from '../rate/rate.ts'\nexport type Up = typeof rate\n",
      rule: 'queues is on floor 1',
    },
    {
      fault: 'an import of a brother',
      file: 'packages/spillway/src/channel/brother.ts',
      text: "import { rate } from '../rate/rate.ts'\nexport const brother = rate\n",
      rule: 'channel is on floor 3',
    },
    {
      fault: 'a cycle of types alone',
      file: 'packages/spillway/src/rate/b.ts',
      text: "import type { C } from './c.ts'\nexport interface B { readonly c: C }\n",
      also: [
        'packages/spillway/src/rate/c.ts',
        "import type { B } from './b.ts'\nexport interface C { readonly b: B }\n",
      ],
      rule: 'no cycles',
    },
    {
      fault: 'an adapter that imports another adapter',
      file: 'packages/spillway/src/adapters/hono/guard.ts',
      text: "import { node } from '../node/node.ts'\nexport const hono = node\n",
      also: ['packages/spillway/src/adapters/node/node.ts', 'export const node = 1\n'],
      rule: 'adapters/hono is on floor 6',
    },
    {
      fault: 'a built-in module of Node outside adapters',
      file: 'packages/spillway/src/rate/node.ts',
      text: "import { hrtime } from 'node:process'\nexport const time = hrtime\n",
      rule: 'node:* only in adapters',
    },
    {
      fault: 'an npm package in the library',
      file: 'packages/spillway/src/rate/npm.ts',
      text: "import some from 'some-package'\nexport const it = some\n",
      rule: 'no npm package in the library',
    },
    {
      fault: 'the testing room in a source',
      file: 'packages/spillway/src/rate/virtual.ts',
      text: "import { virtual } from '../testing/virtual.ts'\nexport const v = virtual\n",
      also: ['packages/spillway/src/testing/virtual.ts', 'export const virtual = 1\n'],
      rule: 'only tests import testing',
    },
    {
      fault: 'another package by its path',
      file: 'packages/gateway/src/path.ts',
      text: "import { one } from '../../spillway/src/index.ts'\nexport const path = one\n",
      rule: 'another package only through its public names',
    },
    {
      fault: 'a name that another package does not export',
      file: 'packages/gateway/src/deep.ts',
      text: "import { clock } from 'spillway/src/clock/clock.ts'\nexport const deep = clock\n",
      rule: 'every import resolves',
    },
    {
      fault: 'the gateway in the library',
      file: 'packages/spillway/src/rate/gateway.ts',
      text: "import { one } from '@spillway/gateway'\nexport const g = one\n",
      rule: 'spillway may import no other package',
    },
    {
      fault: 'more than the protocol in the dashboard',
      file: 'packages/dashboard/src/page.ts',
      text: "import { one } from '@spillway/gateway'\nexport const page = one\n",
      rule: 'the dashboard sees the protocol alone',
    },
    {
      fault: 'the library in the dashboard',
      file: 'packages/dashboard/src/page.ts',
      text: "import { one } from 'spillway'\nexport const page = one\n",
      rule: 'dashboard may import gateway',
    },
    {
      fault: 'a test in a source',
      file: 'packages/spillway/src/rate/lean.ts',
      text: "import { t } from './rate.test.ts'\nexport const lean = t\n",
      also: ['packages/spillway/src/rate/rate.test.ts', 'export const t = 1\n'],
      rule: 'sources import neither tests nor scripts',
    },
  ]

  it.each(faults)('reports $fault', async ({ file, text, also, rule }) => {
    plant(file, text)
    if (also) plant(also[0] ?? '', also[1] ?? '')
    const { faults: found } = await inspect(root)
    expect(found.some((line) => line.startsWith(rule) && line.includes(file))).toBe(true)
  })
})
