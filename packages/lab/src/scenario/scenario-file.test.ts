import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readScenario } from './scenario-file.ts'

const path = new URL('../../data/example-scenario.yaml', import.meta.url)
const example = readFileSync(path, 'utf8')

describe('readScenario', () => {
  it('reads the example, and fills in what it leaves out', () => {
    const { scenario, times } = readScenario('example.yaml', example)
    expect(scenario).toMatchObject({
      name: 'a sale at noon',
      clients: { retryRatio: 1 },
      server: { slowdowns: [] },
    })
    expect(times).toBe(400 / 160)
  })

  it.each<[string, string, string]>([
    ['slots: 8', 'slots: -8', 's.yaml:8:3 server.slots must be an integer from 1 to 10000, got -8'],
    [
      'meanMs: 50',
      'meanMs: .nan',
      's.yaml:9:29 server.service.meanMs must be a finite number above 0, got null',
    ],
    ['timeoutMs: 500', 'patience: 500', 's.yaml:11:3 clients has no "patience"'],
    ['timeoutMs: 500', 'patience: 500', 'clients.timeoutMs is missing; it must be milliseconds above 0'],
    ['endMs: 20000', 'endMs: 500', 's.yaml:14:1'],
    ['fromMs: 0,', 'fromMs: 7,', 'load must be a list of steps, the first with fromMs 0'],
    ['ratePerSecond: 400', 'ratePerSecond: 1e12', 'at most 200000000 are run; lower the rates or endMs'],
    [
      'kind: bimodal',
      'kind: normal',
      'server.service.kind must be one of exponential, bimodal, fixed, got "normal"',
    ],
    ['retries: 2', 'retries: [', 's.yaml:'],
  ])('names the place when %s becomes %s', (from, to, sentence) => {
    expect(() => readScenario('s.yaml', example.replace(from, to))).toThrow(sentence)
  })

  it('refuses an empty file', () => {
    expect(() => readScenario('s.yaml', '')).toThrow('s.yaml:1:1 the scenario')
  })
})
